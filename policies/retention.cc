#include "policies/retention.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <utility>

#include "policies/saturate.h"

namespace roomkeeper::policies {
namespace {

constexpr std::string_view forever_text = "forever";
constexpr std::string_view for_prefix = "for:";
constexpr std::string_view midnight_prefix = "midnight:";
constexpr Nanoseconds shortest_age = std::chrono::seconds(1);
constexpr std::size_t longest_text =
    128;  // the longest zone name of the database has 32 characters
constexpr Nanoseconds backstop_margin = std::chrono::hours(1);

// Only what to_text writes: digits without sign or leading zero.
std::optional<std::int64_t> parse_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0') || text.front() == '-') return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

Result<RetentionRule> parse_for(std::string_view text) {
  const auto age = parse_number(text);
  if (!age || Nanoseconds{*age} < shortest_age) {
    return fail(ErrorCode::invalid, "expected `for:` and a number of nanoseconds, 1 s or more");
  }
  return KeepFor{Nanoseconds{*age}};
}

Result<RetentionRule> parse_midnight(std::string_view text, const ZoneLookup& zones) {
  const auto colon = text.find(':');
  const auto days = parse_number(text.substr(0, colon));
  if (colon == std::string_view::npos || !days || *days > max_retention_days) {
    return fail(ErrorCode::invalid,
                "expected `midnight:`, days from 0 to 3650, `:` and a time zone");
  }
  const date::time_zone* zone = zones ? zones(text.substr(colon + 1)) : nullptr;
  if (zone == nullptr) return fail(ErrorCode::invalid, "the time zone is not known here");
  return UntilMidnight{static_cast<int>(*days), zone};
}

std::string age_for_people(Nanoseconds age) {
  if (age <= Nanoseconds::zero()) return "0s";
  struct Unit {
    Nanoseconds size;
    std::string_view name;
  };
  static constexpr std::array<Unit, 7> units{{{std::chrono::hours(24), "d"},
                                              {std::chrono::hours(1), "h"},
                                              {std::chrono::minutes(1), "m"},
                                              {std::chrono::seconds(1), "s"},
                                              {std::chrono::milliseconds(1), "ms"},
                                              {std::chrono::microseconds(1), "us"},
                                              {Nanoseconds(1), "ns"}}};
  std::string text;
  for (const Unit& unit : units) {
    if (age < unit.size) continue;
    text += std::to_string(age / unit.size);
    text += unit.name;
    age %= unit.size;
  }
  return text;
}

bool same_zone(const UntilMidnight& a, const UntilMidnight& b) {
  return a.zone == b.zone || a.zone->name() == b.zone->name();
}

struct ToText {
  std::string operator()(const KeepForever&) const { return std::string(forever_text); }
  std::string operator()(const KeepFor& rule) const {
    return std::string(for_prefix) + std::to_string(rule.age.count());
  }
  std::string operator()(const UntilMidnight& rule) const {
    return std::string(midnight_prefix) + std::to_string(rule.days) + ":" + rule.zone->name();
  }
};

struct Describe {
  std::string operator()(const KeepForever&) const { return std::string(forever_text); }
  std::string operator()(const KeepFor& rule) const { return "for " + age_for_people(rule.age); }
  std::string operator()(const UntilMidnight& rule) const {
    return "until midnight, " + std::to_string(rule.days) +
           (rule.days == 1 ? " day, " : " days, ") + rule.zone->name();
  }
};

struct GoneAt {
  WallTime at;
  std::optional<WallTime> operator()(const KeepForever&) const { return std::nullopt; }
  std::optional<WallTime> operator()(const KeepFor& rule) const {
    return saturated_add(at, rule.age);
  }
  // boundary(T) passes `at` exactly when today(T) - days is a later date than today(at).
  std::optional<WallTime> operator()(const UntilMidnight& rule) const {
    return first_instant(*rule.zone, local_today(*rule.zone, at) + date::days{rule.days + 1});
  }
};

struct Backstop {
  Nanoseconds operator()(const KeepForever&) const { return {}; }
  Nanoseconds operator()(const KeepFor& rule) const { return rule.age; }
  Nanoseconds operator()(const UntilMidnight& rule) const {
    return day_spans(*rule.zone, rule.days + 1).longest + backstop_margin;
  }
};

// from, to.
struct MayShorten {
  bool operator()(const KeepFor& from, const KeepFor& to) const { return to.age < from.age; }
  bool operator()(const UntilMidnight& from, const UntilMidnight& to) const {
    return !same_zone(from, to) || to.days < from.days;
  }
  // Who writes at the very end of a day is kept for the `days` days that follow, and no longer.
  bool operator()(const KeepFor& from, const UntilMidnight& to) const {
    return day_spans(*to.zone, to.days).shortest < from.age;
  }
  bool operator()(const UntilMidnight& from, const KeepFor& to) const {
    return to.age < day_spans(*from.zone, from.days + 1).longest;
  }
  bool operator()(const auto&, const KeepForever&) const { return false; }
  bool operator()(const KeepForever&, const KeepFor&) const { return true; }
  bool operator()(const KeepForever&, const UntilMidnight&) const { return true; }
};

}  // namespace

std::string to_text(const RetentionRule& rule) {
  return std::visit(ToText{}, rule);
}

Result<RetentionRule> parse_retention(std::string_view text, const ZoneLookup& zones) {
  if (text.size() > longest_text)
    return fail(ErrorCode::invalid, "the retention is too long to be one");
  if (text == forever_text) return KeepForever{};
  if (text.starts_with(for_prefix)) return parse_for(text.substr(for_prefix.size()));
  if (text.starts_with(midnight_prefix)) {
    return parse_midnight(text.substr(midnight_prefix.size()), zones);
  }
  return fail(ErrorCode::invalid, "expected `forever`, `for:<ns>` or `midnight:<days>:<zone>`");
}

std::string describe(const RetentionRule& rule) {
  return std::visit(Describe{}, rule);
}

WallTime boundary(const UntilMidnight& rule, WallTime now) {
  return first_instant(*rule.zone, local_today(*rule.zone, now) - date::days{rule.days});
}

std::optional<WallTime> gone_at(const RetentionRule& rule, WallTime at) {
  return std::visit(GoneAt{at}, rule);
}

Nanoseconds backstop_max_age(const RetentionRule& rule) {
  return std::visit(Backstop{}, rule);
}

bool may_shorten(const RetentionRule& from, const RetentionRule& to) {
  return std::visit(MayShorten{}, from, to);
}

}  // namespace roomkeeper::policies
