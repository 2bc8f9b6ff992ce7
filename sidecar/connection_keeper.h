// The connection loop: keeps `connections_per_user` by kick.
//
// CONNECT and DISCONNECT events only wake it up; CONNZ of all servers is the truth. A server that
// does not answer: nobody is kicked in that pass. The first round after start only looks. Before a
// kick the user is told why on `rooms.<user>.notice`. Who has to go is policies::plan_kicks'
// decision. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_CONNECTION_KEEPER_H_
#define ROOMKEEPER_SIDECAR_CONNECTION_KEEPER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/limits.h"
#include "sidecar/audit_log.h"
#include "sidecar/lifetime.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/system_requests.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class ConnectionKeeper {
 public:
  /// `app` is our connection in the account that is kept; `system` the one behind `requests`.
  ConnectionKeeper(Runtime& runtime, MessageBus& app, MessageBus& system,
                   nats::SystemRequests& requests, AuditLog& audit);

  /// Both are connected and we may act. Looks at once; kicks from the second look on.
  void start(const std::string& account);
  void stop();
  /// The limits may have changed.
  void look_again();

  /// What the last look saw; empty before the first.
  const std::vector<policies::Connection>& seen() const { return seen_.connections; }
  const std::vector<std::string>& silent_servers() const { return seen_.silent; }
  const policies::KickPlan& last_plan() const { return plan_; }
  const std::string& account() const { return account_; }
  bool running() const { return running_; }

  /// A fresh look for the admin API, then the answer. Errors: unavailable.
  using Looked = std::function<void(policies::Result<nats::ConnectionsSeen>)>;
  void look_now(Looked done);
  /// Kicks one connection: notice first. Errors: not_found. Whoever asks tells the audit.
  void kick(const policies::Kick& kick, std::function<void(policies::Result<>)> done);

 private:
  void subscribe_events();
  void schedule(policies::Nanoseconds delay);
  void look();
  void looked(policies::Result<nats::ConnectionsSeen> seen);
  void note_servers(const nats::ConnectionsSeen& seen);
  std::vector<std::string> expected_servers() const;
  void mark_own(nats::ConnectionsSeen& seen) const;
  void act(const policies::KickPlan& plan);
  void send_notice(const policies::Kick& kick);
  void after_notices(std::function<void()> then);
  void kicked(const policies::Kick& kick, const policies::Result<>& outcome);
  void tell_audit(const policies::Kick& kick, const policies::Result<>& outcome);
  void publish_metrics();

  Runtime& runtime_;
  MessageBus& app_;
  MessageBus& system_;
  nats::SystemRequests& requests_;
  AuditLog& audit_;
  std::string account_;
  std::vector<SubscriptionId> subscriptions_;
  bool running_ = false;
  bool looking_ = false;
  bool dirty_ = false;  ///< an event came while looking
  bool has_looked_ = false;
  TimerId timer_ = 0;
  policies::MonoTime timer_due_{};
  policies::MonoTime last_look_{};
  nats::ConnectionsSeen seen_;
  std::map<std::string, policies::MonoTime> servers_;  ///< when each server answered last
  policies::KickPlan plan_;
  policies::KickHistory history_;
  std::uint64_t seed_ = 1;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CONNECTION_KEEPER_H_
