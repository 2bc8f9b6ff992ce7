// Local days: when a date of a time zone begins (design.md, "Retention").
//
// Pure, over the IANA database: a midnight that does not exist is the first instant after the gap,
// one that happens twice is the earlier. Where a zone skipped a whole date, that date begins when
// the next one does. All functions are total: what lies outside of WallTime's range (1677 to 2262)
// is clamped to it. Thread: any (date::time_zone is immutable once loaded).
#ifndef ROOMKEEPER_POLICIES_CALENDAR_H_
#define ROOMKEEPER_POLICIES_CALENDAR_H_

#include <date/tz.h>

#include "policies/time.h"

namespace roomkeeper::policies {

/// The first instant of a local date. Never runs backwards from one date to the next.
WallTime first_instant(const date::time_zone& zone, date::local_days day);
/// The latest local date whose first instant is not after `now` (so it never runs backwards, also
/// where clocks are set back across midnight).
date::local_days local_today(const date::time_zone& zone, WallTime now);
/// The next instant at which a boundary of the zone moves: always after `now`.
WallTime next_deadline(const date::time_zone& zone, WallTime now);
/// The deadline that moved the boundary to where it is now: at or before `now`.
WallTime last_deadline(const date::time_zone& zone, WallTime now);

/// How long `count` consecutive local days can last.
struct DaySpans {
  Nanoseconds shortest{};
  Nanoseconds longest{};
};

/// Over every first day from 1970-01-01 to 2037-12-31 (where compiled zone files end). `count` >=
/// 0; 0 gives 0.
DaySpans day_spans(const date::time_zone& zone, int count);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_CALENDAR_H_
