// A client's connection as the servers list it. Value types; thread: any.
#ifndef ROOMKEEPER_POLICIES_CONNECTION_H_
#define ROOMKEEPER_POLICIES_CONNECTION_H_

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "policies/ids.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// A connection's key: cids restart with the server, the server id does not survive a restart.
struct ConnectionKey {
  std::string server_id;
  std::uint64_t cid = 0;
  auto operator<=>(const ConnectionKey&) const = default;
};

/// (account, authorized user) as the server says it.
struct Identity {
  std::string account;
  std::string user;
  auto operator<=>(const Identity&) const = default;
};
std::string to_string(const Identity& identity);  ///< `ACCOUNT/user`

struct Connection {
  ConnectionKey key;
  Identity identity;
  WallTime start{};  ///< by that server's clock
  std::string host;  ///< address and name are for display only
  std::string name;
  std::string kind;  ///< "nats", "websocket", "mqtt"
  bool own = false;  ///< one of Roomkeeper's own, or of the system account: always exempt
  /// A subscription hears messages of several rooms: counts in none of them because of that.
  bool wildcard = false;
  std::vector<RoomId> rooms{};  ///< that its subscriptions name literally; sorted, each once
  /// By how much its server's clock is ahead of most servers' clocks; 0 where they agree within a
  /// second. Within clock_ahead_max.
  Nanoseconds clock_ahead{};
  static constexpr Nanoseconds clock_ahead_max = std::chrono::hours(24 * 366);

  /// `start` by the clock of most servers: for comparing connections of different servers.
  WallTime came() const {
    const bool far =
        start < WallTime::min() + clock_ahead_max || start > WallTime::max() - clock_ahead_max;
    return far ? start : start - clock_ahead;
  }
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_CONNECTION_H_
