// What only a system-account user may ask: who is connected, and to end a connection (nats-server
// >= 2.10).
//
// Subjects: `$SYS.REQ.SERVER.PING.CONNZ`, `$SYS.REQ.SERVER.<id>.CONNZ`, `.KICK`,
// `$SYS.REQ.SERVER.PING.STATZ`. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_SYSTEM_REQUESTS_H_
#define ROOMKEEPER_SIDECAR_NATS_SYSTEM_REQUESTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "policies/connection.h"
#include "policies/listening.h"
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
  /// Those that were there when the look began; sorted by key, each once.
  std::vector<policies::Connection> connections;
  /// Those that came while it was made. Somebody who lost a connection that was listed already may
  /// be back as one of them: counted together that would be one too many.
  std::vector<policies::Connection> late{};
  std::vector<std::string> servers;            ///< ids that answered every page
  std::map<std::string, std::string> names{};  ///< of servers, by id
  std::vector<std::string>
      silent;  ///< ids that were expected and did not answer, or stopped between pages
  bool truthful() const { return silent.empty() && !servers.empty(); }
};

struct PageSizes;  ///< of CONNZ, system_requests.cc

class SystemRequests {
 public:
  SystemRequests(RequestQueue& queue, EventLoop& loop,
                 policies::Nanoseconds timeout = std::chrono::seconds(2));

  /// All servers' STATSZ, one each.
  void stats(std::function<void(std::vector<ServerStats>)> done);
  /// All servers' JSZ, one each; those without JetStream are left out.
  void stores(std::function<void(StoresSeen)> done);
  /// CONNZ of `account` (`auth: true`) from every server, each paged until nothing new comes
  /// (`total` ignores filters). `expected`: server ids known to be alive; one of them that does not
  /// answer is reported as silent. `listening`: what subscriptions are read by; null: they are not
  /// asked for. Pages are long while connections are short, because each costs the server a walk
  /// over all of them.
  void connections(const std::string& account, std::vector<std::string> expected,
                   std::shared_ptr<const policies::Listening> listening,
                   std::function<void(policies::Result<ConnectionsSeen>)> done);
  /// The server's time when it ended the connection. Errors: not_found (it is gone already);
  /// unavailable or timeout: the server is.
  void kick(const policies::ConnectionKey& key,
            std::function<void(policies::Result<policies::WallTime>)> done);

 private:
  RequestQueue& queue_;
  EventLoop& loop_;
  policies::Nanoseconds timeout_;
  std::shared_ptr<PageSizes> page_sizes_;  ///< shared with the looks that run
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SYSTEM_REQUESTS_H_
