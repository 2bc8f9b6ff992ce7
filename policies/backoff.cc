#include "policies/backoff.h"

#include <algorithm>

namespace roomkeeper::policies {
namespace {

// splitmix64's finishing steps: every bit of the input moves about half of the output's bits.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

// A count from 0 to `highest`, both included. The bias of % is below 1 in 10^6 for any interval of
// days.
std::uint64_t chosen_up_to(std::uint64_t highest, std::uint64_t seed) {
  return mixed(seed) % (highest + 1);
}

}  // namespace

Nanoseconds backoff(const BackoffLimits& limits, std::uint32_t failures, std::uint64_t seed) {
  const Nanoseconds longest = std::max(limits.longest, Nanoseconds::zero());
  Nanoseconds wait = std::clamp(limits.first, Nanoseconds::zero(), longest);
  // 63 doublings reach every ceiling; more would only cost time.
  for (std::uint32_t i = 1; i < std::min(failures, 64U) && wait < longest; ++i) {
    wait = wait > longest / 2 ? longest : wait * 2;
  }
  const auto most = static_cast<std::uint64_t>((wait / 4).count());
  return wait - Nanoseconds{static_cast<std::int64_t>(chosen_up_to(most, seed ^ mixed(failures)))};
}

Nanoseconds jittered(Nanoseconds interval, int percent, std::uint64_t seed) {
  if (interval <= Nanoseconds::zero()) return interval;
  const int share = std::clamp(percent, 0, 100);
  const Nanoseconds span = interval / 100 * share + interval % 100 * share / 100;
  const auto lowest = static_cast<std::uint64_t>((interval - span).count());
  const std::uint64_t up = chosen_up_to(2 * static_cast<std::uint64_t>(span.count()), seed);
  const auto highest = static_cast<std::uint64_t>(Nanoseconds::max().count());
  return Nanoseconds{static_cast<std::int64_t>(std::min(lowest + up, highest))};
}

}  // namespace roomkeeper::policies
