// Takes, keeps and gives up the lease: at most one replica acts at any time (design.md, "High
// availability").
//
// Polls the key while another replica leads, renews it while this one does, and stops before the
// time at which somebody else may take it, also after a stall: may_act() looks at the clock.
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_LEASE_KEEPER_H_
#define ROOMKEEPER_SIDECAR_LEASE_KEEPER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "policies/lease.h"
#include "policies/result.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/lease_key.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class LeaseKeeper {
 public:
  enum class Role : std::uint8_t {
    none,      ///< not known yet who leads
    watching,  ///< another replica leads, or this one must not
    leading,
  };
  /// Called on every change of role, with why.
  using Changed = std::function<void(Role role, policies::Reason reason)>;

  /// What this replica has in force, as others compare it.
  using Configuration = std::function<policies::ConfigurationId()>;

  /// `name`: of this replica; `process`: of this run of it, unlike any other's.
  LeaseKeeper(Runtime& runtime, nats::RequestQueue& queue, nats::JetStream& js, std::string name,
              std::string process, Configuration configuration);

  void on_change(Changed changed) { changed_ = std::move(changed); }
  /// Connected: asks for the lease.
  void start();
  /// Not connected: leads no more, and nobody is told. The lease itself ends by not being renewed.
  void stop();
  /// Hands over: the next candidate takes it at once. Completes in any case, within half a second.
  /// With `stay_away` this replica lets the others go first for twice the length of the lease.
  void release(bool stay_away, std::function<void()> done);
  /// The state bucket knows a leader of this generation although the lease does not, as after the
  /// loss of the lease's bucket: this one's becomes higher. REQUIRES: it leads.
  void rise_above(std::uint64_t generation);
  /// Somebody else has written where only the leader writes: looks who leads, at once.
  void look_now();

  Role role() const { return role_; }
  /// By the clock of this very moment: false after a stall, before anybody could notice.
  bool may_act() const;
  /// Why this replica does not lead; `ok` when it does.
  policies::Reason reason() const { return reason_; }
  /// The last record that was read or written; empty: none.
  const std::optional<policies::LeaseRecord>& record() const { return watch_.record(); }
  /// Of this replica's own lease; REQUIRES: it leads.
  std::uint64_t generation() const { return generation_; }
  /// Nobody else has led between this leadership and the last one of this process. REQUIRES: it
  /// leads.
  bool is_continuous() const { return continuous_; }
  const std::string& name() const { return name_; }
  const std::string& process() const { return process_; }
  policies::ConfigurationId configuration() const { return configuration_(); }

 private:
  void schedule(policies::Nanoseconds delay);
  void tick();
  void ensure();
  void read();
  void was_read(const policies::Result<nats::LeaseReading>& reading);
  void consider();
  void write(policies::Reason reason);
  void was_written(policies::MonoTime sent, policies::Reason reason,
                   const policies::LeaseRecord& record,
                   const policies::Result<std::uint64_t>& revision);
  void hold_until(policies::MonoTime end);
  void lose(policies::Reason reason);
  void enter(Role role, policies::Reason reason);
  bool yields() const;
  void hand_over(std::uint64_t revision, bool again, std::function<void()> done);

  Runtime& runtime_;
  nats::LeaseKey key_;
  const std::string name_;
  const std::string process_;
  const Configuration configuration_;
  Changed changed_ = [](Role, policies::Reason) {};
  policies::LeaseWatch watch_;
  bool running_ = false;
  bool ensured_ = false;
  bool must_read_ = true;    ///< before the next write: what the key holds is not known
  std::uint64_t epoch_ = 0;  ///< answers of an earlier start decide nothing
  bool asking_ = false;      ///< one request at a time
  Role role_ = Role::none;
  policies::Reason reason_ = policies::Reason::leader_elsewhere;
  std::uint64_t generation_ = 0;
  bool continuous_ = false;
  std::string told_;  ///< the last error about the bucket that was logged
  policies::MonoTime act_until_{};
  policies::MonoTime yield_until_{};
  TimerId timer_ = 0;
  TimerId end_timer_ = 0;  ///< of the own lease
  Lifetime lifetime_;
};

std::string_view to_string(LeaseKeeper::Role role);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LEASE_KEEPER_H_
