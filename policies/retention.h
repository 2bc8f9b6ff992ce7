// Retention: which messages must be gone, and when (design.md, "Retention"). Local days stand in
// calendar.h, the cut of a stream in cut.h; both come with this header.
//
// Pure: a zone is a `const date::time_zone&` located by config; `now` is an argument (the server's
// time). Local midnights are IANA's: one that does not exist is the first instant after the gap,
// one that happens twice is the earlier. Thread: any (date::time_zone is immutable once loaded).
#ifndef ROOMKEEPER_POLICIES_RETENTION_H_
#define ROOMKEEPER_POLICIES_RETENTION_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <date/tz.h>

#include "policies/calendar.h"
#include "policies/cut.h"
#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// Nothing expires by age.
struct KeepForever {
  bool operator==(const KeepForever&) const = default;
};

/// JetStream's own max_age. Range: 1 s and more (the server refuses less than 100 ms).
struct KeepFor {
  Nanoseconds age{};
  bool operator==(const KeepFor&) const = default;
};

/// Everything of a day is gone at the local midnight `days` days after that day's end.
struct UntilMidnight {
  int days = 0;                           ///< 0..3650; 0: gone at the end of the same day
  const date::time_zone* zone = nullptr;  ///< never null in a rule; owned by the tz database
  bool operator==(const UntilMidnight&) const = default;
};

inline constexpr int max_retention_days = 3650;

using RetentionRule = std::variant<KeepForever, KeepFor, UntilMidnight>;

/// Finds a zone by its IANA name; nullptr when unknown.
using ZoneLookup = std::function<const date::time_zone*(std::string_view name)>;

/// Stable text for stream metadata and plans: `forever`, `for:<ns>`, `midnight:<days>:<zone>`.
std::string to_text(const RetentionRule& rule);
/// Errors: invalid (unknown shape, zone or range).
Result<RetentionRule> parse_retention(std::string_view text, const ZoneLookup& zones);
/// For people: `until midnight, 0 days, Asia/Seoul`, `for 30d`, `forever`.
std::string describe(const RetentionRule& rule);

/// What is older than this must be gone at `now`.
WallTime boundary(const UntilMidnight& rule, WallTime now);
/// When a message of time `at` must be gone: the first instant T with at < boundary(rule, T).
/// nullopt: never.
std::optional<WallTime> gone_at(const RetentionRule& rule, WallTime at);

/// max_age for the stream of a room with this rule; 0 is unlimited. For UntilMidnight: the longest
/// span of (days + 1) consecutive local days of the zone since 1970, plus 1 h, as a backstop while
/// Roomkeeper is down.
Nanoseconds backstop_max_age(const RetentionRule& rule);

/// True unless every message is provably kept at least as long under `to` as under `from`. Another
/// zone is always tighter; zones are compared by name, so that a reloaded database changes nothing.
bool may_shorten(const RetentionRule& from, const RetentionRule& to);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_RETENTION_H_
