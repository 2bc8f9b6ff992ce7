// What only a system-account user may ask: who is connected, and to end a connection (nats-server
// >= 2.10).
//
// Subjects: `$SYS.REQ.SERVER.PING.CONNZ`, `$SYS.REQ.SERVER.<id>.CONNZ`, `.KICK`,
// `$SYS.REQ.SERVER.PING.STATZ`. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_SYSTEM_REQUESTS_H_
#define ROOMKEEPER_SIDECAR_NATS_SYSTEM_REQUESTS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "policies/limits.h"
#include "policies/result.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/request_queue.h"

namespace roomkeeper::sidecar::nats {

struct ServerStats {
  std::string id;
  std::string name;
  std::string version;
  std::uint64_t connections = 0;
  std::int64_t max_connections = -1;
  std::uint64_t slow_consumers = 0;
  std::uint64_t stale_connections = 0;
  std::uint64_t ha_assets = 0;
  std::uint64_t meta_pending = 0;
  std::uint64_t js_api_errors = 0;
};

/// What a server with JetStream has to store in, and what is taken of it.
struct StoreStats {
  std::string id;
  std::string name;
  std::string cluster;  ///< empty: in none
  std::string domain;   ///< of its JetStream; empty: none
  bool clustered = false;
  std::int64_t max_storage = -1;  ///< bytes; -1: it does not say
  std::int64_t max_memory = -1;
  std::uint64_t storage = 0;  ///< stored bytes
  std::uint64_t memory = 0;
  std::uint64_t reserved_storage = 0;  ///< bytes: max_bytes of the streams it has
  std::uint64_t reserved_memory = 0;
  std::uint64_t ha_assets = 0;
  std::int64_t max_ha_assets = 0;  ///< 0: unlimited
  policies::WallTime now{};        ///< the server's clock
};

struct StoresSeen {
  std::vector<StoreStats> stores;  ///< by id
  bool complete = false;           ///< every server that is there has answered
};

/// One look at all servers' connections of one account.
struct ConnectionsSeen {
  std::vector<policies::Connection> connections;
  std::vector<std::string> servers;  ///< ids that answered every page
  std::vector<std::string>
      silent;  ///< ids that were expected and did not answer, or stopped between pages
  bool truthful() const { return silent.empty() && !servers.empty(); }
};

class SystemRequests {
 public:
  SystemRequests(RequestQueue& queue, EventLoop& loop,
                 policies::Nanoseconds timeout = std::chrono::seconds(2));

  /// All servers' STATSZ, one each.
  void stats(std::function<void(std::vector<ServerStats>)> done);
  /// All servers' JSZ, one each; those without JetStream are left out.
  void stores(std::function<void(StoresSeen)> done);
  /// CONNZ of `account` (`auth: true`) from every server, each paged to an empty page (`total`
  /// ignores filters). `expected`: server ids known to be alive; one of them that does not answer
  /// is reported as silent.
  void connections(const std::string& account, std::vector<std::string> expected,
                   std::function<void(policies::Result<ConnectionsSeen>)> done);
  /// Errors: not_found (the connection is gone already).
  void kick(const policies::ConnectionKey& key, std::function<void(policies::Result<>)> done);

 private:
  RequestQueue& queue_;
  EventLoop& loop_;
  policies::Nanoseconds timeout_;
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SYSTEM_REQUESTS_H_
