#include <ctime>

#include "sidecar/clock.h"

namespace roomkeeper::sidecar {

policies::WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<policies::Nanoseconds>(std::chrono::system_clock::now());
}

/// CLOCK_BOOTTIME: it goes on while the machine is suspended, and a lease with it.
policies::MonoTime SystemClock::mono() const {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return policies::MonoTime(std::chrono::seconds(now.tv_sec) +
                            std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace roomkeeper::sidecar
