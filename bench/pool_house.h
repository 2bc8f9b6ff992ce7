// A server and a daemon with 100,000 pooled rooms, for the figures that begin with them.
#ifndef ROOMKEEPER_BENCH_POOL_HOUSE_H_
#define ROOMKEEPER_BENCH_POOL_HOUSE_H_

#include <cstddef>
#include <string>

#include "bench/daemon_process.h"
#include "bench/server.h"

namespace roomkeeper::bench {

inline constexpr std::size_t pool_rooms = 100'000;

/// Fills rooms of the pool: `each` messages for each of the first `rooms`.
void fill_pool(const Server& server, std::size_t rooms, std::size_t each);

/// Thread: the one that made it.
class PoolHouse {
 public:
  /// Starts the server and the daemon and waits until all rooms are ready. Throws
  /// std::runtime_error.
  PoolHouse();

  Server server;
  House house;
  DaemonProcess daemon;
  double ready_after = 0;  ///< seconds from the start of the program
};

/// "12.3 MB".
std::string megabytes(std::uint64_t bytes);

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_POOL_HOUSE_H_
