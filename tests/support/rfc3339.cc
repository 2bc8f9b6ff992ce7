#include "tests/support/rfc3339.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace roomkeeper::testing {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

std::optional<int> number(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int value = 0;
  const char* begin = text.data() + at;
  const auto parsed = std::from_chars(begin, begin + digits, value);
  if (parsed.ec != std::errc() || parsed.ptr != begin + digits || value < 0) return std::nullopt;
  return value;
}

/// `Z`, `+hh:mm` or `-hh:mm`.
std::optional<minutes> offset_of(std::string_view text) {
  if (text == "Z") return minutes(0);
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hour = number(text, 1, 2);
  const auto minute = number(text, 4, 2);
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes offset = hours(*hour) + minutes(*minute);
  return text[0] == '-' ? -offset : offset;
}

/// `.123` at the front of `rest`; eats it.
std::optional<policies::Nanoseconds> fraction_of(std::string_view& rest) {
  if (rest.empty() || rest[0] != '.') return policies::Nanoseconds::zero();
  rest.remove_prefix(1);
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits) {
    if (digits < 9) value = value * 10 + (rest[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  for (std::size_t i = digits; i < 9; ++i) value *= 10;
  rest.remove_prefix(digits);
  return policies::Nanoseconds(value);
}

}  // namespace

std::string to_rfc3339(policies::WallTime time) {
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  std::string result(text.data());
  if (clock.subseconds().count() != 0) {
    std::snprintf(text.data(), text.size(), ".%09lld",
                  static_cast<long long>(clock.subseconds().count()));
    result += text.data();
    result.erase(result.find_last_not_of('0') + 1);
  }
  return result + "Z";
}

std::optional<policies::WallTime> from_rfc3339(std::string_view text) {
  const auto year = number(text, 0, 4);
  const auto month = number(text, 5, 2);
  const auto day = number(text, 8, 2);
  const auto hour = number(text, 11, 2);
  const auto minute = number(text, 14, 2);
  const auto second = number(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60 || *year < 1678 || *year > 2261) {
    return std::nullopt;
  }
  std::string_view rest = text.substr(19);
  const auto fraction = fraction_of(rest);
  const auto offset = offset_of(rest);
  if (!fraction || !offset) return std::nullopt;
  return policies::WallTime(sys_days(date).time_since_epoch()) + hours(*hour) + minutes(*minute) +
         seconds(*second) + *fraction - *offset;
}

}  // namespace roomkeeper::testing
