// A clock that a test sets: wall time and monotonic time move only when told to.
//
// Wall time starts at 2026-01-01T00:00:00Z, monotonic time at an hour. Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SUPPORT_MANUAL_CLOCK_H_
#define ROOMKEEPER_TESTS_SUPPORT_MANUAL_CLOCK_H_

#include "policies/time.h"
#include "sidecar/clock.h"

namespace roomkeeper::testing {

class ManualClock final : public sidecar::Clock {
 public:
  ManualClock();
  explicit ManualClock(policies::WallTime start);

  policies::WallTime wall() const override { return wall_; }
  policies::MonoTime mono() const override { return mono_; }

  /// Time passes: both move. A negative duration is ignored; time only jumps back by set_wall.
  void advance(policies::Nanoseconds passed);
  /// Somebody corrected the clock: only wall time jumps, forward or back.
  void set_wall(policies::WallTime wall) { wall_ = wall; }

 private:
  policies::WallTime wall_;
  policies::MonoTime mono_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_MANUAL_CLOCK_H_
