#include "sidecar/clock.h"

namespace roomkeeper::sidecar {

policies::WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<policies::Nanoseconds>(std::chrono::system_clock::now());
}

policies::MonoTime SystemClock::mono() const {
  return std::chrono::time_point_cast<policies::Nanoseconds>(std::chrono::steady_clock::now());
}

}  // namespace roomkeeper::sidecar
