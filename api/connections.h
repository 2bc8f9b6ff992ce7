// Connections: what `connection.ls`, `connection.kick` and `connection.events` are asked and say.
//
// Plain values; texts may hold bytes of strangers. Times are RFC 3339 UTC on the wire. Thread: any.
#ifndef ROOMKEEPER_API_CONNECTIONS_H_
#define ROOMKEEPER_API_CONNECTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "policies/time.h"

namespace roomkeeper::api {

/// One limit that counts a connection, or does not.
struct ConnectionCount {
  std::string limit{};  ///< policies::LimitKind's name
  std::string of{};     ///< user, room, server; empty for the account
  bool counted = false;
  std::string why{};  ///< why not: own, exempt_user, no_identity, shared_user; empty when it counts
};
struct ConnectionView {
  std::string server_id{};
  std::string server_name{};
  std::uint64_t cid = 0;
  std::string account{};
  std::string user{};
  std::string host{};
  std::string name{};
  std::string kind{};  ///< nats, websocket, mqtt
  policies::WallTime start{};
  std::string counts{};  ///< per user: "yes" or why not: own, exempt_user, no_identity, shared_user
  std::vector<ConnectionCount> limits{};  ///< every limit that it could count towards
  std::vector<std::string> rooms{};       ///< that a subscription names literally; the first 100
  std::uint64_t rooms_total = 0;
  bool wildcard = false;  ///< a subscription hears several rooms; it counts in none because of it
  bool admin = false;     ///< may take places that are reserved for administrators
  bool banned = false;
};
struct ConnectionListRequest {
  std::string user{};         ///< exact
  std::string room{};         ///< only those that name it in a subscription
  std::string server{};       ///< only those of the server of this name or id
  bool over = false;          ///< only those of a user, room, server or account over its limit
  bool wildcard = false;      ///< only those that hear several rooms
  std::uint64_t limit = 500;  ///< 1..1000
  std::uint64_t offset = 0;
};
struct ConnectionListReply {
  std::vector<ConnectionView> connections{};
  std::uint64_t total = 0;
  std::vector<std::string> silent_servers{};
};

/// Exactly one of cid, user, room.
struct KickRequest {
  std::string
      server_id{};  ///< with cid, a name or id; empty: any that has it (refused when several do)
  std::optional<std::uint64_t> cid{};
  std::string user{};    ///< all connections of the user
  std::string room{};    ///< all connections that name the room in a subscription
  std::string reason{};  ///< a sentence for the audit and the notice; at most kick_reason_max bytes
};
inline constexpr std::size_t kick_reason_max = 256;
struct KickReply {
  std::uint64_t kicked = 0;
  std::uint64_t gone = 0;                     ///< were already gone
  std::vector<std::string> failures{};        ///< in words; the first kick_failures_max
  std::uint64_t failed = 0;                   ///< all of them
  std::vector<std::string> silent_servers{};  ///< their connections were not seen
};
inline constexpr std::size_t kick_failures_max = 20;

/// What happened to connections, for a live view. Of what came since the daemon's start only the
/// newest are there.
struct ConnectionEventsRequest {
  /// Events behind this number; absent: none, only `next`, to begin with.
  std::optional<std::uint64_t> after{};
  std::string user{};         ///< exact; empty: all
  std::uint64_t limit = 500;  ///< 1..1000
};
struct ConnectionEvent {
  std::uint64_t number = 0;  ///< 1, 2, 3 since the daemon's start
  policies::WallTime at{};   ///< by the server's clock
  std::string what{};        ///< connect, disconnect, kick
  std::string server_name{};
  std::uint64_t cid = 0;
  std::string user{};
  std::string host{};
  std::string kind{};
  std::string name{};
  std::string limit{};   ///< kick: whose
  std::string reason{};  ///< kick: policies::Reason; disconnect: the server's words
};
struct ConnectionEventsReply {
  std::vector<ConnectionEvent> events{};
  std::uint64_t next = 0;         ///< `after` of the next request
  std::uint64_t missed = 0;       ///< events behind `after` that are not kept any more
  std::uint64_t connections = 0;  ///< that there are, as last seen
  std::string daemon{};  ///< changes when the daemon was restarted: then numbers begin anew
};

std::string encode(const ConnectionListRequest& value);
std::string encode(const ConnectionListReply& value);
std::string encode(const KickRequest& value);
std::string encode(const KickReply& value);
std::string encode(const ConnectionEventsRequest& value);
std::string encode(const ConnectionEventsReply& value);
std::string encode(const ConnectionEvent& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_CONNECTIONS_H_
