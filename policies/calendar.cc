#include "policies/calendar.h"

#include <algorithm>
#include <chrono>

#include "policies/saturate.h"

namespace roomkeeper::policies {
namespace {

using std::chrono::seconds;

// No zone is further from UTC: POSIX allows 24:59:59, the database has had 15:13:42 at most.
constexpr std::chrono::hours farthest_offset{26};

date::sys_seconds utc_midnight(date::local_days day) {
  return date::sys_seconds{seconds{day.time_since_epoch()}};
}

// The earliest instant at which the zone's clocks show `day` or later. Walks the stretches of
// constant offset, mostly one: date's own conversion from local time looks at two neighbours only.
date::sys_seconds first_second(const date::time_zone& zone, date::local_days day) {
  const date::sys_seconds midnight = utc_midnight(day);
  date::sys_info stretch = zone.get_info(midnight - farthest_offset);
  while (midnight - stretch.offset >= stretch.end) {
    date::sys_info next = zone.get_info(stretch.end);
    if (next.end <= stretch.end) break;  // the end of the calendar itself
    stretch = std::move(next);
  }
  return std::max(midnight - stretch.offset, stretch.begin);  // begin: the midnight fell into a gap
}

struct Today {
  date::local_days day;
  date::sys_seconds tomorrow;  // first second of the next date that exists
};

Today today_at(const date::time_zone& zone, WallTime now) {
  const auto at = std::chrono::floor<seconds>(now);
  const seconds local = (at + zone.get_info(at).offset).time_since_epoch();
  Today today{date::local_days{std::chrono::floor<date::days>(local)}, {}};
  today.tomorrow = first_second(zone, today.day + date::days{1});
  // Where clocks were set back across midnight, the later date has begun already.
  while (today.tomorrow <= at) {
    today.day += date::days{1};
    today.tomorrow = first_second(zone, today.day + date::days{1});
  }
  return today;
}

constexpr date::local_days first_day = date::local_days{date::year{1970} / 1 / 1};
constexpr date::local_days last_day = date::local_days{date::year{2037} / 12 / 31};

}  // namespace

WallTime first_instant(const date::time_zone& zone, date::local_days day) {
  return saturated_wall_time(first_second(zone, day));
}

date::local_days local_today(const date::time_zone& zone, WallTime now) {
  return today_at(zone, now).day;
}

WallTime next_deadline(const date::time_zone& zone, WallTime now) {
  return saturated_wall_time(today_at(zone, now).tomorrow);
}

WallTime last_deadline(const date::time_zone& zone, WallTime now) {
  return first_instant(zone, local_today(zone, now));
}

// The span of `count` days is constant from one first day to the next unless a transition lies near
// either end, so the days around the transitions see every value that occurs.
DaySpans day_spans(const date::time_zone& zone, int count) {
  if (count <= 0) return {};
  const date::days span{count};
  seconds shortest = seconds::max();
  seconds longest = seconds::min();
  const auto look = [&](date::local_days day) {
    if (day < first_day || day > last_day) return;
    const seconds length = first_second(zone, day + span) - first_second(zone, day);
    shortest = std::min(shortest, length);
    longest = std::max(longest, length);
  };
  look(first_day);
  const date::sys_seconds until = utc_midnight(last_day + span) + farthest_offset;
  for (auto at = zone.get_info(utc_midnight(first_day) - farthest_offset).end; at < until;) {
    const date::local_days near{std::chrono::floor<date::days>(at.time_since_epoch())};
    for (date::days off{-2}; off <= date::days{2}; ++off) {
      look(near + off);
      look(near + off - span);
    }
    const auto next = zone.get_info(at).end;
    if (next <= at) break;
    at = next;
  }
  return {shortest, longest};
}

}  // namespace roomkeeper::policies
