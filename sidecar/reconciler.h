// The provisioning loop: observe, plan, apply, report.
//
// Level-triggered: an event only marks dirty; a pass runs anyway at the configured interval ±10 %.
// Cheap passes read STREAM.NAMES; a full listing is read at start, on reconnect and every tenth
// pass (each pass in a small account). Decisions are policies::plan_rooms'. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_RECONCILER_H_
#define ROOMKEEPER_SIDECAR_RECONCILER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/plan.h"
#include "sidecar/change_applier.h"
#include "sidecar/change_audit.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/removal_guard.h"
#include "sidecar/room_directory.h"
#include "sidecar/runtime.h"
#include "sidecar/state_keeper.h"
#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {

struct PassProgress {
  std::uint64_t pass = 0;
  bool done = false;
  std::uint64_t total = 0;
  std::uint64_t applied = 0;
  std::uint64_t failed = 0;
  std::uint64_t held = 0;
  std::vector<std::string> failures;  ///< at most 100
};

class Reconciler {
 public:
  Reconciler(Runtime& runtime, nats::JetStream& js, Inventory& inventory, RoomDirectory& rooms,
             StateKeeper& state, PoolKeeper& pools, StreamPurger& purger, PurgeGate& gate,
             AuditLog& audit);
  ~Reconciler();
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  /// Called after every look at the server, before changes are applied, and after a pass.
  void on_observed(std::function<void()> handler) { on_observed_ = std::move(handler); }
  /// Called with each plan before anybody sees it: takes out what cannot be done.
  void on_planned(std::function<void(policies::Plan&)> handler) {
    on_planned_ = std::move(handler);
  }
  /// Called when a change that ends stored messages of a stream earlier was made, with consent.
  void on_consented(std::function<void(const std::string& stream)> handler) {
    on_consented_ = std::move(handler);
  }
  /// Connected and allowed to act: passes begin, with a full one.
  void start();
  /// Connected, and another replica acts: passes look and plan, and change nothing.
  void watch();
  /// Not connected, or not allowed to act: no pass begins; the running one ends by its failing
  /// requests.
  void stop();

  /// Something may have changed: a pass soon (coalesced).
  void mark_dirty();
  /// A stream may have changed; changes of our own that the server reports back are ignored.
  void note_stream_event(const std::string& stream);
  /// A pass as soon as possible, with this consent. Returns its number for progress().
  std::uint64_t request_pass(policies::Consent consent);
  /// Of a pass that request_pass() promised, one of the last 64 at least; nullopt for any other
  /// number: that of another replica, say, which led when it was asked.
  std::optional<PassProgress> progress(std::uint64_t pass) const;

  /// What would be done now, from what was last seen.
  policies::Plan plan_now(const policies::Consent& consent) const;
  policies::PlanLimits limits(const policies::Consent& consent) const;
  /// Merges files and API rooms into the directory; called on reload and before every pass.
  void refresh_desired();
  /// Why removals cannot be counted at the moment, so that none is made; empty: they can.
  std::string removal_doubt() const { return guard_.doubt(); }

  /// What counts removals; for those that no pass has planned.
  RemovalGuard& guard() { return guard_; }

  bool ready() const { return finished_passes_ > 0; }
  std::uint64_t finished_passes() const { return finished_passes_; }
  std::optional<policies::WallTime> last_pass() const { return last_pass_; }
  std::uint64_t pending_changes() const;

 private:
  struct Pass;
  void begin();
  void schedule(policies::Nanoseconds delay);
  void begin_pass();
  void observed(policies::Result<> outcome);
  bool is_over() const;
  void counted();
  void seen_only();
  void feed();
  void leave_rest();
  void submit(std::size_t index);
  void finished(std::size_t index, const Applied& applied);
  void report(const policies::Change& change, const Applied& applied);
  void report_failure(const policies::Change& change, const Applied& applied);
  void write_roster();
  void roster_written(const std::vector<policies::RosterChange>& changes,
                      const policies::Result<>& outcome);
  void end_pass(bool retry_soon);
  void publish_metrics() const;

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  RoomDirectory& rooms_;
  StateKeeper& state_;
  PoolKeeper& pools_;
  RemovalGuard guard_;
  ChangeApplier applier_;
  ChangeAudit change_audit_;
  std::function<void()> on_observed_ = [] {};
  std::function<void(policies::Plan&)> on_planned_ = [](policies::Plan&) {};
  std::function<void(const std::string&)> on_consented_ = [](const std::string&) {};
  bool running_ = false;
  bool watching_ = false;
  std::uint64_t epoch_ = 0;  ///< grows with every stop
  bool next_is_full_ = true;
  bool dirty_again_ = false;  ///< marked dirty while a pass was running
  TimerId timer_ = 0;
  policies::MonoTime timer_due_{};
  std::unique_ptr<Pass> pass_;      ///< the running one
  policies::Consent next_consent_;  ///< asked for since the running pass began
  std::uint64_t last_started_ = 0;
  std::uint64_t wanted_pass_ = 0;  ///< the highest number that was promised
  std::deque<std::uint64_t> promised_;
  std::uint64_t finished_passes_ = 0;
  std::uint32_t failures_in_a_row_ = 0;
  std::uint64_t seed_ = 1;
  std::optional<policies::WallTime> last_pass_;
  std::deque<PassProgress> history_;  ///< the last 32
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_RECONCILER_H_
