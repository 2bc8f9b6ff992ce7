// The calendar of the model: when local dates begin, found by looking at a clock minute after
// minute.
//
// Shares nothing with policies/calendar. A date begins at the first minute at which the zone's
// clocks show it or a later one; so a midnight that does not exist is the first minute after the
// gap, one that happens twice is the earlier, and a date that was skipped begins with the next.
#ifndef ROOMKEEPER_TESTS_SIMULATION_LOCAL_DAYS_H_
#define ROOMKEEPER_TESTS_SIMULATION_LOCAL_DAYS_H_

#include <map>
#include <string>

#include <date/tz.h>

#include "policies/time.h"

namespace roomkeeper::testing {

class LocalDays {
 public:
  /// Knows the dates from a fortnight before `around` to three weeks after it. Instants outside
  /// throw.
  LocalDays(const date::time_zone& zone, policies::WallTime around);

  /// The first instant of the date `days` before the one that it is at `now`.
  policies::WallTime boundary(int days, policies::WallTime now) const;
  /// When the date after the one at `now` begins.
  policies::WallTime next_midnight(policies::WallTime now) const;

  /// Of a zone by name, around an instant; made once.
  static const LocalDays& of(const std::string& zone, policies::WallTime around);

 private:
  date::local_days today(policies::WallTime now) const;

  std::map<date::local_days, policies::WallTime> starts_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_LOCAL_DAYS_H_
