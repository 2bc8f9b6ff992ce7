#include "config/range.h"

#include <algorithm>

#include "config/rooms.h"
#include "config/units.h"

namespace roomkeeper::config {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

std::string IdRange::id(std::uint32_t number) const {
  const std::string digits = std::to_string(number);
  std::string out = before;
  out.append(width > digits.size() ? width - digits.size() : 0, '0');
  return out + digits + after;
}

Result<IdRange> parse_range(std::string_view text) {
  const auto bad = [text] {
    return fail(ErrorCode::invalid,
                "expected ids with one range of numbers such as game-{1..20}, not " + quote(text));
  };
  const std::size_t open = text.find('{');
  const std::size_t dots = text.find("..", open == std::string_view::npos ? text.size() : open);
  const std::size_t close = text.find('}', dots == std::string_view::npos ? text.size() : dots);
  if (close == std::string_view::npos ||
      text.find_first_of("{}", close + 1) != std::string_view::npos)
    return bad();
  const std::string_view low_text = text.substr(open + 1, dots - open - 1);
  const std::string_view high_text = text.substr(dots + 2, close - dots - 2);
  constexpr std::int64_t highest = 999'999'999;
  const auto low = parse_integer(low_text, 0, highest);
  const auto high = parse_integer(high_text, 0, highest);
  constexpr std::size_t most_digits = 16;
  if (!low || !high || low_text.size() > most_digits || high_text.size() > most_digits)
    return bad();
  if (*low > *high)
    return fail(ErrorCode::invalid, "expected the smaller number first, not " + quote(text));
  if (*high - *low >= static_cast<std::int64_t>(max_range)) {
    return fail(ErrorCode::invalid, "expected at most 100000 rooms in a range, not " + quote(text));
  }
  IdRange range;
  range.before = text.substr(0, open);
  range.after = text.substr(close + 1);
  range.low = static_cast<std::uint32_t>(*low);
  range.high = static_cast<std::uint32_t>(*high);
  const auto padded = [](std::string_view digits) {
    return digits.size() > 1 && digits.front() == '0';
  };
  if (padded(low_text) || padded(high_text))
    range.width = std::max(low_text.size(), high_text.size());
  return range;
}

}  // namespace roomkeeper::config
