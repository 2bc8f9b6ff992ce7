// A midnight that comes when it is wanted, and how long it takes until the server holds nothing
// that is older.
#ifndef ROOMKEEPER_BENCH_MIDNIGHT_H_
#define ROOMKEEPER_BENCH_MIDNIGHT_H_

#include <cstdint>
#include <string>

#include "bench/live_daemon.h"
#include "bench/server.h"
#include "policies/time.h"

namespace roomkeeper::bench {

inline constexpr int messages_per_room = 5;
inline constexpr int requests_in_flight = 16;

policies::WallTime wall_now();
/// Waits until `instant`. Throws std::runtime_error when it has passed already.
void wait_until(policies::WallTime instant, const std::string& what);

/// Messages that the daemon has purged at a midnight or made up for.
double purged_at_midnight(const LiveDaemon& daemon);

struct Midnight {
  double first_to_last = 0;  ///< seconds from the first purge that was answered to the last
  double all_gone = 0;  ///< seconds from the boundary until the server holds none of the messages
};

/// REQUIRES: the daemon watches, `instant` lies ahead, and all `messages` that the server holds in
/// rooms are to go. Besides them it may hold `others`. Throws std::runtime_error after a minute.
Midnight watch_midnight(const LiveDaemon& daemon, Holdings& holdings, policies::WallTime instant,
                        std::uint64_t messages, std::uint64_t others);

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_MIDNIGHT_H_
