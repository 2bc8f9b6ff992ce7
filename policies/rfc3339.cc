#include "policies/rfc3339.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

#include <date/date.h>

namespace roomkeeper::policies {
namespace {

/// Reads the text from left to right; `ok` is false once anything did not fit.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return position_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = peek();
      if (c < '0' || c > '9') {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (c - '0');
      ++position_;
    }
    return value;
  }

  void literal(std::string_view allowed) {
    if (at_end() || allowed.find(text_[position_]) == std::string_view::npos) {
      ok_ = false;
      return;
    }
    ++position_;
  }

  /// Nanoseconds of `.123`; 0 when there is no fraction.
  std::int64_t fraction() {
    if (peek() != '.') return 0;
    ++position_;
    std::int64_t value = 0;
    int count = 0;
    for (; peek() >= '0' && peek() <= '9'; ++position_, ++count) {
      if (count < 9) value = value * 10 + (peek() - '0');
    }
    if (count == 0 || count > 9) ok_ = false;
    for (; count < 9; ++count) value *= 10;
    return value;
  }

  /// Offset from UTC in seconds.
  std::int64_t offset() {
    const char sign = peek();
    literal("Zz+-");
    if (!ok_ || sign == 'Z' || sign == 'z') return 0;
    const int hours = digits(2);
    literal(":");
    const int minutes = digits(2);
    if (hours > 23 || minutes > 59) ok_ = false;
    const std::int64_t seconds = hours * 3600 + minutes * 60;
    return sign == '-' ? -seconds : seconds;
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

std::optional<WallTime> scan(std::string_view text) {
  Scanner in(text);
  const int year = in.digits(4);
  in.literal("-");
  const int month = in.digits(2);
  in.literal("-");
  const int day = in.digits(2);
  in.literal("Tt");
  const int hour = in.digits(2);
  in.literal(":");
  const int minute = in.digits(2);
  in.literal(":");
  const int second = in.digits(2);
  const std::int64_t nanoseconds = in.fraction();
  const std::int64_t offset = in.offset();
  if (!in.ok() || !in.at_end() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const date::year_month_day date{date::year(year), date::month(static_cast<unsigned>(month)),
                                  date::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = date::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset;
  constexpr std::int64_t most =
      9'223'372'035;  // one second inside what 64 bits of nanoseconds hold
  if (seconds > most || seconds < -most) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds) + Nanoseconds(nanoseconds));
}

}  // namespace

Result<WallTime> parse_rfc3339(std::string_view text) {
  const std::optional<WallTime> time = scan(text);
  if (!time) {
    return fail(ErrorCode::invalid,
                "expected a time such as 2026-11-22T00:00:00Z or 2026-11-22T00:00:00+09:00");
  }
  return *time;
}

std::string format_rfc3339(WallTime time) {
  const auto day = date::floor<date::days>(time);
  const date::year_month_day date(day);
  const date::hh_mm_ss<Nanoseconds> clock(time - day);
  std::array<char, 80> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  std::string result(text.data(), static_cast<std::size_t>(length));
  if (const std::int64_t fraction = clock.subseconds().count(); fraction != 0) {
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), ".%09lld", static_cast<long long>(fraction));
    std::string tail(digits.data());
    tail.erase(tail.find_last_not_of('0') + 1);
    result += tail;
  }
  return result + 'Z';
}

}  // namespace roomkeeper::policies
