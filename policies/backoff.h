// Back-off: exponential with a ceiling and jitter by identity, so that many do not line up. Pure.
#ifndef ROOMKEEPER_POLICIES_BACKOFF_H_
#define ROOMKEEPER_POLICIES_BACKOFF_H_

#include <cstdint>

#include "policies/time.h"

namespace roomkeeper::policies {

struct BackoffLimits {
  Nanoseconds first = std::chrono::milliseconds(250);
  Nanoseconds longest = std::chrono::seconds(30);
};

/// Wait before attempt `failures` + 1. `failures` >= 1; `seed` chooses the jitter (up to -25 %).
Nanoseconds backoff(const BackoffLimits& limits, std::uint32_t failures, std::uint64_t seed);
/// `interval` ± `percent` %, chosen by `seed`.
Nanoseconds jittered(Nanoseconds interval, int percent, std::uint64_t seed);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_BACKOFF_H_
