// The two kinds of time. Policies never read a clock: `now` is an argument.
#ifndef ROOMKEEPER_POLICIES_TIME_H_
#define ROOMKEEPER_POLICIES_TIME_H_

#include <chrono>
#include <cstdint>

namespace roomkeeper::policies {

using Nanoseconds = std::chrono::duration<std::int64_t, std::nano>;

/// UTC, as JetStream stamps messages: nanoseconds since 1970 (range: 1678 to 2262).
using WallTime = std::chrono::time_point<std::chrono::system_clock, Nanoseconds>;

/// Never goes back; only differences mean something.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Nanoseconds>;

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_TIME_H_
