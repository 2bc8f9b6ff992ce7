// The connection loop: keeps the connection limits and the bans, by kick.
//
// CONNECT and DISCONNECT events only wake it up; CONNZ of all servers is the truth. A server that
// does not answer: nobody is kicked in that pass. The first round after start only looks. Before a
// kick the user is told why on `rooms.<user>.notice`. Who has to go is policies::plan_kicks'
// decision, and when to look policies::LookSchedule's. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_CONNECTION_KEEPER_H_
#define ROOMKEEPER_SIDECAR_CONNECTION_KEEPER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/kick_plan.h"
#include "policies/look_schedule.h"
#include "policies/lowered_limits.h"
#include "sidecar/audit_log.h"
#include "sidecar/ban_keeper.h"
#include "sidecar/connection_events.h"
#include "sidecar/kick_report.h"
#include "sidecar/lifetime.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/system_requests.h"
#include "sidecar/room_directory.h"
#include "sidecar/runtime.h"
#include "sidecar/state_keeper.h"

namespace roomkeeper::sidecar {

class ConnectionKeeper {
 public:
  /// `app` is our connection in the account that is kept; `system` the one behind `requests`.
  ConnectionKeeper(Runtime& runtime, MessageBus& app, MessageBus& system,
                   nats::SystemRequests& requests, RoomDirectory& rooms, StateKeeper& state,
                   BanKeeper& bans, AuditLog& audit);

  /// Which connections are of another replica of ours: never counted, never kicked.
  void on_own(std::function<bool(const policies::Connection&)> is_own) {
    is_own_ = std::move(is_own);
  }
  /// Both are connected and we may act. Looks at once; kicks from the second look on.
  void start(const std::string& account);
  void stop();
  /// The limits or the bans may have changed.
  void look_again();
  /// The rooms may have changed.
  void rooms_changed();
  /// The state bucket was read.
  void restore();

  /// What the last look saw; empty before the first.
  const std::vector<policies::Connection>& seen() const { return seen_.connections; }
  const std::vector<std::string>& silent_servers() const { return seen_.silent; }
  const policies::KickPlan& last_plan() const { return plan_; }
  const std::string& account() const { return account_; }
  bool running() const { return running_; }
  const ConnectionEvents& events() const { return events_; }
  /// The limits of rooms, the bans and what was lowered, as the next look will use them. Good while
  /// this lives.
  policies::LimitSources sources() const;

  /// A look for the admin API, subscriptions included, then the answer. `max_age`: how old it may
  /// be; the next page of a list is of the same look. Errors: unavailable.
  using Looked = std::function<void(policies::Result<nats::ConnectionsSeen>)>;
  void look_now(Looked done, policies::Nanoseconds max_age = {});
  /// Ends connections that somebody asked to end: notices first, with `note` as their text. `done`
  /// once for each. Errors: not_found. Not held back by kicks_per_second. Whoever asks tells the
  /// audit.
  using Kicked = std::function<void(const policies::Kick& kick, const policies::Result<>& outcome)>;
  void kick_all(std::vector<policies::Kick> kicks, const std::string& note, Kicked done);

 private:
  void subscribe_events();
  void on_event(const Message& message, bool connects);
  void schedule();
  void look(std::string_view why);
  void ask(Looked done);
  void forget_asked();
  void looked(std::uint64_t round, policies::Result<nats::ConnectionsSeen> seen);
  bool may_act() const;
  void leave_out_kicked();
  void look_failed(policies::Result<nats::ConnectionsSeen> seen);
  void decide();
  void tell_left(bool may_kick);
  void note_servers(const nats::ConnectionsSeen& seen);
  std::vector<std::string> expected_servers() const;
  void mark_own(nats::ConnectionsSeen& seen) const;
  void note_rules();
  void keep_rules();
  void publish_metrics();
  // connection_kicks.cc
  void act(const policies::KickPlan& plan);
  struct KickBatch;
  void kick_portion(const std::shared_ptr<KickBatch>& batch);
  void kick_one(const std::shared_ptr<KickBatch>& batch, const policies::Kick& kick);
  void send_notice(const policies::Kick& kick, const std::string& note);
  void after_notices(std::function<void()> then);
  void kicked(const policies::Kick& kick, const policies::Result<policies::WallTime>& outcome);
  void tell_metrics(const policies::Kick& kick, policies::WallTime ended);

  Runtime& runtime_;
  MessageBus& app_;
  MessageBus& system_;
  nats::SystemRequests& requests_;
  RoomDirectory& rooms_;
  StateKeeper& state_;
  BanKeeper& bans_;
  KickReport report_;
  ConnectionEvents events_;
  std::function<bool(const policies::Connection&)> is_own_ = [](const policies::Connection&) {
    return false;
  };
  std::string account_;
  std::vector<SubscriptionId> subscriptions_;
  bool running_ = false;
  bool looking_ = false;
  bool has_looked_ = false;
  TimerId timer_ = 0;
  policies::MonoTime timer_due_{};
  policies::MonoTime look_began_{};
  policies::LookSchedule looks_;
  nats::ConnectionsSeen seen_;
  nats::ConnectionsSeen asked_;  ///< by look_now, for its next page
  policies::MonoTime asked_at_{};
  TimerId forget_timer_ = 0;
  std::map<std::string, policies::MonoTime> servers_;  ///< when each server answered last
  /// Kicks under way, as good as gone; and those that were answered, with the last look that began
  /// before: what it saw may be older than the kick. 0: not answered.
  std::map<policies::ConnectionKey, std::uint64_t> kicking_;
  std::uint64_t round_ = 0;  ///< grows with each start and stop: answers of older ones are none
  std::uint64_t look_ = 0;   ///< number of the last look that began
  policies::KickPlan plan_;
  policies::KickHistory history_;
  policies::LoweredLimits lowered_;
  bool lowered_kept_ = true;  ///< the bucket has them as they are
  int kept_ = 0;              ///< connections that a lowered limit lets be, as last told
  std::uint64_t seed_ = 1;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CONNECTION_KEEPER_H_
