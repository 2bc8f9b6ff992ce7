// Arithmetic on times, and counts as ints, that end at the range's edge instead of wrapping around:
// timestamps and numbers of things come from strangers. Pure, thread: any.
#ifndef ROOMKEEPER_POLICIES_SATURATE_H_
#define ROOMKEEPER_POLICIES_SATURATE_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

#include "policies/time.h"

namespace roomkeeper::policies {

/// `span` >= 0.
constexpr WallTime saturated_add(WallTime at, Nanoseconds span) {
  return at > WallTime::max() - span ? WallTime::max() : at + span;
}

/// b - a where b >= a.
constexpr Nanoseconds saturated_distance(WallTime a, WallTime b) {
  const Nanoseconds from = a.time_since_epoch();
  const Nanoseconds to = b.time_since_epoch();
  if (from.count() < 0 && to > Nanoseconds::max() + from) return Nanoseconds::max();
  return to - from;
}

constexpr WallTime saturated_wall_time(std::chrono::sys_seconds at) {
  constexpr auto lowest = std::chrono::ceil<std::chrono::seconds>(WallTime::min());
  constexpr auto highest = std::chrono::floor<std::chrono::seconds>(WallTime::max());
  if (at < lowest) return WallTime::min();
  if (at > highest) return WallTime::max();
  return WallTime{at};
}

constexpr int saturated_int(std::size_t size) {
  return static_cast<int>(
      std::min(size, static_cast<std::size_t>(std::numeric_limits<int>::max())));
}

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_SATURATE_H_
