// Watches the servers: STATSZ of each (with a system account), the account's storage, the round
// trip; all become metrics.
#ifndef ROOMKEEPER_SIDECAR_SERVER_MONITOR_H_
#define ROOMKEEPER_SIDECAR_SERVER_MONITOR_H_

#include <optional>
#include <vector>

#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/system_requests.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// Thread: the loop's.
class ServerMonitor {
 public:
  ServerMonitor(Runtime& runtime, nats::JetStream& js, nats::SystemRequests* requests);
  void start();
  void stop();
  /// Of the last look; nullopt before the first.
  const std::optional<nats::AccountInfo>& account() const { return account_; }
  const std::vector<nats::ServerStats>& servers() const { return servers_; }

 private:
  void look();
  void took_account(policies::Result<nats::AccountInfo> account, policies::MonoTime asked);
  void took_servers(std::vector<nats::ServerStats> servers);

  Runtime& runtime_;
  nats::JetStream& js_;
  nats::SystemRequests* requests_;  ///< null without a system account
  bool running_ = false;
  TimerId timer_ = 0;
  std::optional<nats::AccountInfo> account_;
  std::vector<nats::ServerStats> servers_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_SERVER_MONITOR_H_
