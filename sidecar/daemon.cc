#include "sidecar/daemon.h"

#include <chrono>
#include <memory>
#include <utility>

#include "sidecar/daemon_state.h"
#include "sidecar/replica_name.h"
#include "sidecar/server_version.h"
#include "sidecar/starting_counters.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::Result;
using namespace std::chrono_literals;

constexpr policies::Nanoseconds housekeeping_interval = 1s;
/// Of the time that the end may take, for the last entries of the audit.
constexpr policies::Nanoseconds audit_flush_longest = 2s;

nats::QueueLimits limits_of(const config::Config& config) {
  nats::QueueLimits limits;
  limits.in_flight = config.reconcile.in_flight;
  limits.timeout = config.nats.request_timeout;
  return limits;
}

/// The lease's own: nothing else may stand before it, and an answer that comes late is of no use.
nats::QueueLimits lease_limits(const config::Config& config) {
  nats::QueueLimits limits;
  limits.in_flight = 2;
  limits.timeout = policies::lease_renewal(config.replica.lease);
  return limits;
}

/// The audit's own: what it waits for holds back nothing else, and it takes little.
nats::QueueLimits audit_limits(const config::Config& config) {
  nats::QueueLimits limits = limits_of(config);
  limits.in_flight = AuditKeeper::outstanding_max;
  return limits;
}

api::AuditRecord audit_of_start(const config::Config& config) {
  api::AuditRecord entry;
  entry.kind = api::AuditKind::daemon_started;
  entry.text = "roomkeeper " ROOMKEEPER_VERSION " as instance " + config.instance + ", " +
               std::to_string(config.rooms.rooms.size()) + " rooms in its files";
  return entry;
}

}  // namespace

SystemSide::SystemSide(std::unique_ptr<MessageBus> connection, Runtime& runtime, MessageBus& app,
                       RoomDirectory& rooms, StateKeeper& state, BanKeeper& bans, AuditLog& audit)
    : bus(std::move(connection)),
      queue(*bus, runtime.loop, runtime.clock, limits_of(*runtime.config)),
      requests(queue, runtime.loop),
      connections(runtime, app, *bus, requests, rooms, state, bans, audit) {}

Daemon::State::State(DaemonParts parts)
    : runtime{.loop = parts.loop,
              .clock = parts.clock,
              .log = parts.log,
              .metrics = parts.metrics,
              .config = std::move(parts.config),
              .zones =
                  parts.zones ? std::move(parts.zones) : policies::ZoneLookup(config::find_zone)},
      health(parts.health),
      app(std::move(parts.app)),
      lease_queue(*app, runtime.loop, runtime.clock, lease_limits(*runtime.config)),
      lease_js(lease_queue, runtime.config->nats.js_domain),
      lease(runtime, lease_queue, lease_js, replica_name(*runtime.config), process_name(),
            [this] {
              return policies::ConfigurationId{
                  .hash = runtime.config->content_hash,
                  .revision = runtime.config->replica.configuration_revision,
                  .loaded = config_keeper.loaded()};
            }),
      replicas(runtime, *app, [this] { return saying(); }),
      queue(*app, runtime.loop, runtime.clock, limits_of(*runtime.config)),
      js(queue, runtime.config->nats.js_domain),
      bucket(queue, js, runtime.names().state_bucket),
      inventory(runtime, js),
      state(runtime, bucket),
      pools(runtime, js, inventory, state),
      audit_queue(*app, runtime.loop, runtime.clock, audit_limits(*runtime.config)),
      audit(runtime, audit_queue, inventory),
      copies(runtime, queue, js, audit),
      holds(runtime, js, inventory, pools, audit),
      purger(runtime, js, inventory, holds),
      reconciler(runtime, js, inventory, rooms, state, pools, purger, holds, audit),
      retention(runtime, js, inventory, rooms, pools, purger, audit),
      jobs(runtime, js, inventory, purger, audit, state, pools),
      moves(runtime, *app, js, inventory, rooms, state, pools, reconciler, retention.rules(),
            purger, holds, audit),
      bans(runtime, state, audit),
      system(parts.system ? std::make_unique<SystemSide>(std::move(parts.system), runtime, *app,
                                                         rooms, state, bans, audit)
                          : nullptr),
      monitor(runtime, js, system ? &system->requests : nullptr),
      capacity(runtime, *app, js, system ? &system->requests : nullptr),
      config_keeper(runtime, std::move(parts.config_path), std::move(parts.overrides), audit,
                    [this] { config_changed(); }),
      context{.runtime = runtime,
              .app = *app,
              .system = system ? system->bus.get() : nullptr,
              .queue = queue,
              .js = js,
              .inventory = inventory,
              .rooms = rooms,
              .state = state,
              .pools = pools,
              .reconciler = reconciler,
              .retention = retention,
              .jobs = jobs,
              .moves = moves,
              .holds = holds,
              .connections = system ? &system->connections : nullptr,
              .bans = bans,
              .monitor = monitor,
              .capacity = capacity,
              .config = config_keeper,
              .audit = audit,
              .lease = lease,
              .replicas = replicas,
              .started = runtime.clock.wall(),
              .halted = [this] { return halted; },
              .audit_health = [this] { return audit.health(); },
              .step_down = [this] { step_down(); }},
      admin(context),
      page(context),
      mailbox_rejected(std::move(parts.mailbox_rejected)) {
  watch_files = !config_keeper.path().empty();
}

void Daemon::State::start() {
  start_counters(runtime.metrics);
  halted = "not connected to NATS yet";
  runtime.metrics.set(MetricId::up, 0);
  runtime.metrics.set(MetricId::leader, 0);
  runtime.may_act = [this] { return lease.may_act(); };
  queue.set_gate(runtime.may_act);
  if (system) {
    system->queue.set_gate(runtime.may_act);
    system->connections.on_own(
        [this](const policies::Connection& connection) { return is_ours(connection); });
  }
  lease.on_change(
      [this](LeaseKeeper::Role role, policies::Reason reason) { role_changed(role, reason); });
  state.on_conflict([this] { lease.look_now(); });
  reconciler.on_observed([this] {
    if (lease.role() != LeaseKeeper::Role::leading) return tell_readiness();
    // Only now: a stream that is made while the others are listed makes that listing incomplete.
    if (!audit.running()) audit.start();
    holds.look_again();
    retention.look_again();
    if (system) system->connections.rooms_changed();
    tell_readiness();
  });
  reconciler.on_planned(
      [this](policies::Plan& plan) { capacity.hold_back(plan, inventory.streams()); });
  capacity.on_room([this] { reconciler.mark_dirty(); });
  reconciler.on_consented([this](const std::string& stream) { retention.note_consent(stream); });
  // Requests that are still on their way outlive this, and with them who observes them.
  js.set_error_observer(
      lifetime.guard([this](std::string_view operation, const policies::Error& error) {
        runtime.metrics.add(
            MetricId::jetstream_api_errors_total,
            {std::string(operation), error.server_code == 0 ? std::string(to_string(error.code))
                                                            : std::to_string(error.server_code)});
      }));
  for (nats::RequestQueue* observed : {&queue, &audit_queue}) {
    observed->set_observer(lifetime.guard([this](const nats::RequestOutcome& outcome) {
      const std::string operation(outcome.operation);
      runtime.metrics.add(MetricId::jetstream_api_requests_total, {operation});
      runtime.metrics.observe(MetricId::jetstream_api_request_duration_seconds, {operation},
                              std::chrono::duration<double>(outcome.took).count());
    }));
  }
  audit.record(audit_of_start(*runtime.config));
  jobs.on_purged([this] { reconciler.mark_dirty(); });
  if (system) bans.on_change([this] { system->connections.look_again(); });
  purger.on_objection([this](const PurgeOrder& order) { return moves.objection(order); });
  subscribe_advisories();
  if (const Result<> served = admin.start(); !served) {
    runtime.log.error("admin.not_served", {{"error", served.error()}});
  }
  if (const Result<> heard = replicas.start(); !heard) {
    runtime.log.error("replica.not_heard", {{"error", heard.error()}});
  }
  app->on_state(lifetime.guard([this](BusState now) { on_app(now); }));
  if (system) system->bus->on_state(lifetime.guard([this](BusState now) { on_system(now); }));
  if (app->state() == BusState::connected) on_app(BusState::connected);
  if (watch_files) config_keeper.start();
  told_error = app->last_error();  // nothing was tried yet
  if (system) told_system_error = system->bus->last_error();
  housekeeping();
}

void Daemon::State::subscribe_advisories() {
  const auto subscribe = [this](const std::string& subject, MessageBus::Handler handler) {
    const auto id = app->subscribe(subject, "", lifetime.guard(std::move(handler)));
    if (!id)
      runtime.log.warn("advisories.not_heard", {{"subject", subject}, {"error", id.error()}});
  };
  for (const char* event : {"CREATED", "DELETED", "UPDATED"}) {
    const std::string prefix = std::string("$JS.EVENT.ADVISORY.STREAM.") + event + ".";
    const bool another = std::string_view(event) != "UPDATED";
    subscribe(prefix + "*", [this, another, length = prefix.size()](const Message& advisory) {
      const std::string stream = advisory.subject.substr(length);
      if (!runtime.names().room_of_stream(stream) && !runtime.names().pool_of_stream(stream))
        return;
      if (another) purger.note_stream_event(stream);
      reconciler.note_stream_event(stream);
    });
  }
  if (!system) return;
  // nats-server says it in the system account only.
  const auto dropped = system->bus->subscribe(
      "$JS.EVENT.ADVISORY.API.LIMIT_REACHED", "", lifetime.guard([this](const Message&) {
        runtime.log.warn("jetstream.queue_dropped", {});
        runtime.metrics.add(MetricId::jetstream_api_pauses_total);
        queue.pause();
        audit_queue.pause();
      }));
  if (!dropped) runtime.log.warn("advisories.not_heard", {{"error", dropped.error()}});
}

void Daemon::State::on_app(BusState now) {
  if (stopping) return;
  runtime.metrics.set(MetricId::up, now == BusState::connected ? 1 : 0);
  if (now == BusState::connected) {
    const ServerInfo server = app->server();
    runtime.log.info("nats.connected", {{"server", server.name}, {"version", server.version}});
    replicas.listen_anew();
    ask_for_lease();
    return;
  }
  told_error = app->last_error();
  runtime.log.warn("nats.disconnected", {{"state", to_string(now)}, {"error", told_error}});
  lease.stop();
  stop_acting();
  runtime.metrics.set(MetricId::leader, 0);
  halted = "not connected to NATS: " + told_error;
  tell_readiness();
}

void Daemon::State::on_system(BusState now) {
  if (stopping) return;
  if (now == BusState::connected) {
    runtime.log.info("nats.system_connected", {{"server", system->bus->server().name}});
    if (app->state() == BusState::connected) {
      monitor.start();
      capacity.start();
    }
    start_connections();
  } else {
    told_system_error = system->bus->last_error();
    runtime.log.warn("nats.system_disconnected",
                     {{"state", to_string(now)}, {"error", told_system_error}});
    system->connections.stop();
  }
}

/// Needs both connections, and the name of our account.
void Daemon::State::start_connections() {
  if (lease.role() != LeaseKeeper::Role::leading || !system ||
      app->state() != BusState::connected || system->bus->state() != BusState::connected)
    return;
  const std::string version = app->server().version;
  if (!version.empty() && !is_supported(version)) return;
  runtime.loop.cancel(connections_timer);
  nats::ask_user_info(*app, runtime.config->nats.request_timeout,
                      lifetime.guard([this](Result<nats::UserInfo> user) {
                        if (stopping || lease.role() != LeaseKeeper::Role::leading ||
                            system->bus->state() != BusState::connected)
                          return;
                        if (!user) {
                          runtime.log.error("connections.no_account", {{"error", user.error()}});
                          connections_timer = runtime.loop.run_after(
                              5s, lifetime.guard([this] { start_connections(); }));
                          return;
                        }
                        own_user = *user;
                        system->connections.start(user->account);
                      }));
}

void Daemon::State::config_changed() {
  queue.set_in_flight(runtime.config->reconcile.in_flight);
  if (system) system->queue.set_in_flight(runtime.config->reconcile.in_flight);
  state.reparse();
  audit.config_changed();
  if (copies.running()) copies.start();
  jobs.look_again();
  reconciler.refresh_desired();
  reconciler.mark_dirty();
  retention.look_again();
  if (system) system->connections.look_again();
}

/// A server that was never there changes no state: without this the log would stay silent about it.
void Daemon::State::tell_missing_connection() {
  if (app->state() == BusState::connected) {
    told_error.clear();
    return;
  }
  const std::string error = app->last_error();
  if (error == told_error) return;
  told_error = error;
  halted = "not connected to NATS: " + error;
  runtime.log.warn("nats.not_connected", {{"state", to_string(app->state())}, {"error", error}});
}

void Daemon::State::tell_missing_system() {
  if (!system) return;
  const std::string error = system->bus->last_error();
  if (error == told_system_error) return;
  told_system_error = error;
  if (system->bus->state() == BusState::connected) return;
  runtime.log.warn("nats.system_not_connected",
                   {{"state", to_string(system->bus->state())}, {"error", error}});
}

void Daemon::State::tell_readiness() {
  health.ready = app->state() == BusState::connected && reconciler.ready() && halted.empty();
}

/// Once a second: what is cheap to read and has no event of its own.
void Daemon::State::housekeeping() {
  tell_missing_connection();
  tell_missing_system();
  runtime.metrics.set(MetricId::request_queue_waiting, static_cast<double>(queue.waiting()));
  runtime.metrics.set(MetricId::request_queue_in_flight, queue.in_flight());
  runtime.metrics.advance_to(MetricId::request_queue_rejected_total, {},
                             static_cast<double>(queue.rejected()));
  runtime.metrics.advance_to(MetricId::nats_reconnects_total, {},
                             static_cast<double>(app->reconnects()));
  if (mailbox_rejected) {
    runtime.metrics.advance_to(MetricId::mailbox_rejected_total, {},
                               static_cast<double>(mailbox_rejected()));
  }
  if (const auto skew = inventory.skew()) {
    runtime.metrics.set(MetricId::clock_skew_seconds, std::chrono::duration<double>(*skew).count());
  }
  if (lease.role() != LeaseKeeper::Role::watching) retention.refresh_metrics();
  tell_readiness();
  housekeeping_timer =
      runtime.loop.run_after(housekeeping_interval, lifetime.guard([this] { housekeeping(); }));
}

Daemon::Daemon(DaemonParts parts) : state_(std::make_unique<State>(std::move(parts))) {}
Daemon::~Daemon() = default;

void Daemon::start() {
  state_->start();
}

void Daemon::page(const metrics::PageQuestion& question, const metrics::PageAnswer& done) {
  state_->page.answer(question, done);
}

void Daemon::reload() {
  if (state_->watch_files) state_->config_keeper.reload();
}

std::string Daemon::status_line() const {
  if (state_->app->state() != BusState::connected)
    return "not connected to nats-server: " + state_->app->last_error();
  if (!state_->halted.empty()) return "does not act: " + state_->halted;
  if (!state_->lease.may_act()) return "stands by: another replica leads";
  return state_->reconciler.ready() ? "leads" : "leads; the first complete pass has not ended yet";
}

void Daemon::stop(std::function<void()> done) {
  state_->stopping = true;
  state_->health.ready = false;
  state_->stop_acting();
  state_->config_keeper.stop();
  state_->runtime.loop.cancel(state_->housekeeping_timer);
  auto open = std::make_shared<int>(state_->system ? 2 : 1);
  const auto closed = [open, done = std::move(done)] {
    if (--*open == 0) done();
  };
  if (state_->system) state_->system->bus->close(closed);
  // The others need not wait for the last words of the audit.
  const auto last_word = [state = state_.get(), closed, left = std::make_shared<int>(2)] {
    if (--*left == 0) state->app->close(closed);
  };
  state_->replicas.stop();
  state_->lease.release(false, last_word);
  state_->audit.flush(audit_flush_longest, last_word);
}

}  // namespace roomkeeper::sidecar
