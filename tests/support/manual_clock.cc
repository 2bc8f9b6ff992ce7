#include "tests/support/manual_clock.h"

#include <chrono>

namespace roomkeeper::testing {

namespace {

policies::WallTime default_start() {
  using namespace std::chrono;
  return policies::WallTime(sys_days(year(2026) / January / 1).time_since_epoch());
}

}  // namespace

ManualClock::ManualClock() : ManualClock(default_start()) {}

ManualClock::ManualClock(policies::WallTime start) : wall_(start), mono_(std::chrono::hours(1)) {}

void ManualClock::advance(policies::Nanoseconds passed) {
  if (passed <= policies::Nanoseconds::zero()) return;
  wall_ += passed;
  mono_ += passed;
}

}  // namespace roomkeeper::testing
