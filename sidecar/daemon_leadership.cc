// Who acts: how the daemon comes to lead or to watch, and stops.
#include <algorithm>
#include <chrono>
#include <utility>

#include "policies/backoff.h"
#include "sidecar/admin_leader.h"
#include "sidecar/daemon_state.h"
#include "sidecar/leader_metrics.h"
#include "sidecar/server_version.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::Result;
using namespace std::chrono_literals;

/// A replica that only watches reads the bucket this often, or rests so many times as long as that
/// takes.
constexpr policies::Nanoseconds state_look_interval = 10s;
constexpr int state_look_rest = 50;
/// Whose the account is has to be known before anybody leads, so it is asked for often.
constexpr policies::BackoffLimits account_retry{.first = 250ms, .longest = 2s};
/// A leader that cannot read the state so many times lets another replica try.
constexpr std::uint32_t load_failures_max = 3;
constexpr policies::BackoffLimits load_retry{.first = 500ms, .longest = 30s};

}  // namespace

void Daemon::State::ask_for_lease() {
  ++connects;
  load_failures = 0;
  lease.stop();
  stop_acting();
  const std::string version = app->server().version;
  if (!version.empty() && !is_supported(version)) {
    halted = "nats-server " + version +
             " is older than 2.10, which is the oldest that Roomkeeper works with";
    runtime.log.error("nats.unsupported", {{"version", version}});
    return;
  }
  halted = "asking who leads";
  monitor.start();
  capacity.start();
  ask_whose_account();
}

/// Another instance's account has its own leader, whom we must not keep away.
void Daemon::State::ask_whose_account() {
  state.ask_holder(lease_js,
                   lifetime.guard([this, asked = connects](const Result<std::string>& holder) {
                     if (stopping || asked != connects || app->state() != BusState::connected)
                       return;
                     if (holder && holder->empty()) {
                       load_failures = 0;
                       return lease.start();
                     }
                     halted = holder ? state.foreign_text() : holder.error().text;
                     if (load_failures == 0)
                       runtime.log.error("state.not_read", {{"error", halted}});
                     retry_with(account_retry, [this] { ask_whose_account(); });
                   }));
}

/// It has claimed the account since we asked.
void Daemon::State::leave_to_other_instance() {
  stop_acting();
  runtime.metrics.set(MetricId::leader, 0);
  halted = state.foreign_text();
  runtime.log.error("state.not_read", {{"error", halted}});
  lease.release(false, lifetime.guard([this] {
    if (stopping) return;
    load_failures = 1;  // told already
    retry_with(account_retry, [this] { ask_whose_account(); });
  }));
}

void Daemon::State::retry_with(const policies::BackoffLimits& limits, std::function<void()> again) {
  ++load_failures;
  runtime.loop.cancel(retry_timer);
  retry_timer = runtime.loop.run_after(policies::backoff(limits, load_failures, load_failures),
                                       lifetime.guard(std::move(again)));
}

void Daemon::State::role_changed(LeaseKeeper::Role role, policies::Reason reason) {
  if (stopping) return;
  stop_acting();
  tell_leadership(reason);
  monitor.start();
  capacity.start();
  if (role == LeaseKeeper::Role::leading) return begin_acting();
  begin_watching();
}

void Daemon::State::tell_leadership(policies::Reason reason) {
  const bool leads = lease.may_act();
  runtime.metrics.set(MetricId::leader, leads ? 1 : 0);
  replicas.say();
  if (!leads) {
    runtime.log.info("lease.watching", {{"replica", lease.name()}, {"reason", reason}});
    return withdraw_leader_metrics(runtime.metrics);
  }
  runtime.metrics.add(MetricId::leader_changes_total);
  runtime.log.info(
      "lease.leading",
      {{"replica", lease.name()}, {"reason", reason}, {"generation", lease.generation()}});
  api::AuditRecord entry;
  entry.kind = api::AuditKind::leader;
  entry.reason = reason;
  entry.text = "replica " + lease.name() + " leads";
  audit.record(std::move(entry));
}

ReplicaSaying Daemon::State::saying() const {
  const ServerInfo server = app->server();
  return {.name = lease.name(),
          .process = lease.process(),
          .leader = lease.may_act(),
          .note = leader_note(context),
          .version = ROOMKEEPER_VERSION,
          .configuration = runtime.config->content_hash,
          .started = context.started,
          .connection = {server.id, server.client_id}};
}

/// Of another replica: it says so itself, or it has our user and our connection's name. The user
/// alone would not do where everybody shares one.
bool Daemon::State::is_ours(const policies::Connection& connection) const {
  return replicas.has_connection(connection.key) ||
         (!own_user.user.empty() && connection.identity.user == own_user.user &&
          connection.identity.account == own_user.account &&
          connection.name == app_connection_name);
}

/// Others may lead first; without any this one leads again in a moment.
void Daemon::State::step_down() {
  stop_acting();
  runtime.metrics.set(MetricId::leader, 0);
  lease.release(true, lifetime.guard([this] {
    if (stopping || app->state() != BusState::connected) return;
    lease.start();
  }));
}

void Daemon::State::begin_acting() {
  load_failures = 0;
  halted = "reading the state bucket";
  load_state();
}

/// Looks at what the leader has done, so that reads are answered here too.
void Daemon::State::begin_watching() {
  halted.clear();
  look_at_state();
  reconciler.watch();
}

void Daemon::State::look_at_state() {
  const policies::MonoTime began = runtime.clock.mono();
  state.look(lifetime.guard([this, began](const Result<>& outcome) {
    if (stopping || lease.role() != LeaseKeeper::Role::watching) return;
    if (!state.foreign_instance().empty()) return leave_to_other_instance();
    halted = outcome ? std::string() : outcome.error().text;
    reconciler.mark_dirty();
    const policies::Nanoseconds rest = std::max<policies::Nanoseconds>(
        state_look_interval, state_look_rest * (runtime.clock.mono() - began));
    runtime.loop.cancel(look_timer);
    look_timer = runtime.loop.run_after(rest, lifetime.guard([this] { look_at_state(); }));
  }));
}

void Daemon::State::load_state() {
  state.load({.replica = lease.name(), .generation = lease.generation()},
             lifetime.guard([this](Result<> outcome) { state_loaded(std::move(outcome)); }));
}

void Daemon::State::state_loaded(Result<> outcome) {
  // By the role, not by the clock: right after a stall the lease may still be renewed.
  if (stopping || lease.role() != LeaseKeeper::Role::leading) return;
  if (outcome) {
    load_failures = 0;
    halted.clear();
    if (!lease.is_continuous()) {
      jobs.forget();
      moves.forget();
    }
    start_connections();
    copies.start();
    holds.start();
    moves.start();
    reconciler.start();
    retention.start();
    jobs.start();
    bans.start();
    if (system) system->connections.restore();
    return;
  }
  // Whether that one still leads is the lease's to say: it is written before we try again.
  if (state.later_generation() > 0) lease.rise_above(state.later_generation());
  runtime.log.error("state.not_read", {{"error", outcome.error()}});
  halted = outcome.error().text;
  if (!state.foreign_instance().empty()) return leave_to_other_instance();
  if (load_failures >= load_failures_max && replicas.replicas().size() > 1) return step_down();
  retry_with(load_retry, [this] { load_state(); });
}

void Daemon::State::stop_acting() {
  runtime.loop.cancel(retry_timer);
  runtime.loop.cancel(look_timer);
  if (!stopping) audit.stop();  // at the end it still has to tell
  copies.stop();
  holds.stop();
  reconciler.stop();
  retention.stop();
  jobs.stop();
  moves.stop();
  bans.stop();
  pools.stop();
  monitor.stop();
  capacity.stop();
  inventory.distrust();
  if (system) system->connections.stop();
}

}  // namespace roomkeeper::sidecar
