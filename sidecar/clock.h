// Port: time. The only source of `now` for the loops; policies get it as an argument.
//
// Implementations: SystemClock (sidecar/system_clock.cc), tests/support/manual_clock.h. Thread:
// any.
#ifndef ROOMKEEPER_SIDECAR_CLOCK_H_
#define ROOMKEEPER_SIDECAR_CLOCK_H_

#include "policies/time.h"

namespace roomkeeper::sidecar {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual policies::WallTime wall() const = 0;
  virtual policies::MonoTime mono() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  policies::WallTime wall() const override;
  policies::MonoTime mono() const override;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CLOCK_H_
