#include "sidecar/daemon.h"

#include <optional>
#include <utility>

#include "policies/backoff.h"
#include "sidecar/admin_service.h"
#include "sidecar/audit_keeper.h"
#include "sidecar/ban_keeper.h"
#include "sidecar/capacity_keeper.h"
#include "sidecar/config_keeper.h"
#include "sidecar/connection_keeper.h"
#include "sidecar/hold_keeper.h"
#include "sidecar/inventory.h"
#include "sidecar/job_keeper.h"
#include "sidecar/move_keeper.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/key_value.h"
#include "sidecar/nats/request_queue.h"
#include "sidecar/nats/system_requests.h"
#include "sidecar/nats/user_info.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/reconciler.h"
#include "sidecar/retention_keeper.h"
#include "sidecar/room_directory.h"
#include "sidecar/server_monitor.h"
#include "sidecar/server_version.h"
#include "sidecar/state_keeper.h"
#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::Result;
using namespace std::chrono_literals;

constexpr policies::Nanoseconds housekeeping_interval = 1s;
/// Of the time that the end may take, for the last entries of the audit.
constexpr policies::Nanoseconds audit_flush_longest = 2s;
constexpr policies::BackoffLimits retry_limits{.first = 500ms, .longest = 30s};

nats::QueueLimits limits_of(const config::Config& config) {
  nats::QueueLimits limits;
  limits.in_flight = config.reconcile.in_flight;
  limits.timeout = config.nats.request_timeout;
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

/// Counters are there from the start, so that rate() sees the first event.
void start_counters(metrics::Metrics& metrics) {
  using policies::Reason;
  for (const Reason reason :
       {Reason::midnight, Reason::made_up, Reason::consent_given, Reason::manual}) {
    metrics.add(MetricId::purges_total, {std::string(to_string(reason))}, 0);
    metrics.add(MetricId::purged_messages_total, {std::string(to_string(reason))}, 0);
  }
  for (const Reason reason : {Reason::clock_skew, Reason::unsafe_cut, Reason::stream_recreated,
                              Reason::settings_changed, Reason::hold_copying, Reason::hold_behind,
                              Reason::server_refused, Reason::server_timeout}) {
    metrics.add(MetricId::purge_errors_total, {std::string(to_string(reason))}, 0);
  }
  metrics.add(MetricId::audit_dropped_total, {}, 0);
  for (const Reason reason : {Reason::evict_oldest, Reason::reject_new}) {
    for (const auto kind :
         {policies::LimitKind::connections_per_user, policies::LimitKind::room_connections,
          policies::LimitKind::account_connections, policies::LimitKind::server_connections}) {
      metrics.add(MetricId::kicks_total,
                  {std::string(to_string(kind)), std::string(to_string(reason))}, 0);
    }
    metrics.add(MetricId::connections_rejected_total, {std::string(to_string(reason))}, 0);
  }
  const std::string banned(to_string(Reason::banned));
  metrics.add(MetricId::kicks_total, {"ban", banned}, 0);
  metrics.add(MetricId::connections_rejected_total, {banned}, 0);
}

/// What only exists with a system account.
struct SystemSide {
  std::unique_ptr<MessageBus> bus;
  nats::RequestQueue queue;
  nats::SystemRequests requests;
  ConnectionKeeper connections;

  SystemSide(std::unique_ptr<MessageBus> connection, Runtime& runtime, MessageBus& app,
             RoomDirectory& rooms, StateKeeper& state, BanKeeper& bans, AuditLog& audit)
      : bus(std::move(connection)),
        queue(*bus, runtime.loop, runtime.clock, limits_of(*runtime.config)),
        requests(queue, runtime.loop),
        connections(runtime, app, *bus, requests, rooms, state, bans, audit) {}
};

}  // namespace

struct Daemon::State {
  Runtime runtime;
  metrics::Health& health;
  std::unique_ptr<MessageBus> app;
  nats::RequestQueue queue;
  nats::JetStream js;
  nats::KeyValue bucket;
  Inventory inventory;
  RoomDirectory rooms;
  StateKeeper state;
  PoolKeeper pools;
  nats::RequestQueue audit_queue;
  AuditKeeper audit;
  HoldKeeper holds;
  StreamPurger purger;
  Reconciler reconciler;
  RetentionKeeper retention;
  JobKeeper jobs;
  MoveKeeper moves;
  BanKeeper bans;
  std::unique_ptr<SystemSide> system;
  ServerMonitor monitor;
  CapacityKeeper capacity;
  ConfigKeeper config_keeper;
  AdminContext context;
  AdminService admin;
  std::function<std::uint64_t()> mailbox_rejected;
  bool watch_files = false;
  bool stopping = false;
  std::uint32_t load_failures = 0;
  std::string halted;      ///< why we do not act; empty when we do
  std::string told_error;  ///< the last reason for having no connection that was logged
  TimerId retry_timer = 0;
  TimerId connections_timer = 0;  ///< our account's name is asked for again
  TimerId housekeeping_timer = 0;
  Lifetime lifetime;

  explicit State(DaemonParts parts);
  void start();
  void on_app(BusState now);
  void on_system(BusState now);
  void begin_acting();
  void load_state();
  void state_loaded(Result<> outcome);
  void stop_acting();
  void start_connections();
  void config_changed();
  void tell_missing_connection();
  void tell_readiness();
  void subscribe_advisories();
  void housekeeping();
};

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
      queue(*app, runtime.loop, runtime.clock, limits_of(*runtime.config)),
      js(queue, runtime.config->nats.js_domain),
      bucket(queue, js, runtime.names().state_bucket),
      inventory(runtime, js),
      state(runtime, bucket),
      pools(runtime, js, inventory, state),
      audit_queue(*app, runtime.loop, runtime.clock, audit_limits(*runtime.config)),
      audit(runtime, audit_queue, inventory),
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
              .started = runtime.clock.wall(),
              .halted = [this] { return halted; },
              .audit_health = [this] { return audit.health(); }},
      admin(context),
      mailbox_rejected(std::move(parts.mailbox_rejected)) {
  watch_files = !config_keeper.path().empty();
}

void Daemon::State::start() {
  start_counters(runtime.metrics);
  halted = "not connected to NATS yet";
  runtime.metrics.set(MetricId::up, 0);
  runtime.metrics.set(MetricId::leader, 1);
  reconciler.on_observed([this] {
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
  app->on_state(lifetime.guard([this](BusState now) { on_app(now); }));
  if (system) system->bus->on_state(lifetime.guard([this](BusState now) { on_system(now); }));
  if (app->state() == BusState::connected) on_app(BusState::connected);
  if (watch_files) config_keeper.start();
  told_error = app->last_error();  // nothing was tried yet
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
    begin_acting();
    return;
  }
  runtime.log.warn("nats.disconnected", {{"state", to_string(now)}, {"error", app->last_error()}});
  stop_acting();
  halted = "not connected to NATS: " + app->last_error();
  tell_readiness();
}

void Daemon::State::begin_acting() {
  stop_acting();
  const std::string version = app->server().version;
  if (!version.empty() && !is_supported(version)) {
    halted = "nats-server " + version +
             " is older than 2.10, which is the oldest that Roomkeeper works with";
    runtime.log.error("nats.unsupported", {{"version", version}});
    return;
  }
  halted = "reading the state bucket";
  monitor.start();
  capacity.start();
  start_connections();
  load_state();
}

void Daemon::State::load_state() {
  state.load(lifetime.guard([this](Result<> outcome) { state_loaded(std::move(outcome)); }));
}

void Daemon::State::state_loaded(Result<> outcome) {
  if (stopping || app->state() != BusState::connected) return;
  if (outcome) {
    load_failures = 0;
    halted.clear();
    holds.start();
    moves.start();
    reconciler.start();
    retention.start();
    jobs.start();
    bans.start();
    if (system) system->connections.restore();
    return;
  }
  runtime.log.error("state.not_read", {{"error", outcome.error()}});
  halted = outcome.error().text;
  ++load_failures;
  retry_timer =
      runtime.loop.run_after(policies::backoff(retry_limits, load_failures, load_failures),
                             lifetime.guard([this] { load_state(); }));
}

void Daemon::State::stop_acting() {
  runtime.loop.cancel(retry_timer);
  if (!stopping) audit.stop();  // at the end it still has to tell
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

void Daemon::State::on_system(BusState now) {
  if (stopping) return;
  if (now == BusState::connected) {
    runtime.log.info("nats.system_connected", {{"server", system->bus->server().name}});
    start_connections();
  } else {
    runtime.log.warn("nats.system_disconnected",
                     {{"state", to_string(now)}, {"error", system->bus->last_error()}});
    system->connections.stop();
  }
}

/// Needs both connections, and the name of our account.
void Daemon::State::start_connections() {
  if (!system || app->state() != BusState::connected || system->bus->state() != BusState::connected)
    return;
  const std::string version = app->server().version;
  if (!version.empty() && !is_supported(version)) return;
  runtime.loop.cancel(connections_timer);
  nats::ask_user_info(*app, runtime.config->nats.request_timeout,
                      lifetime.guard([this](Result<nats::UserInfo> user) {
                        if (stopping || app->state() != BusState::connected ||
                            system->bus->state() != BusState::connected)
                          return;
                        if (!user) {
                          runtime.log.error("connections.no_account", {{"error", user.error()}});
                          connections_timer = runtime.loop.run_after(
                              5s, lifetime.guard([this] { start_connections(); }));
                          return;
                        }
                        system->connections.start(user->account);
                        monitor.start();
                        capacity.start();
                      }));
}

void Daemon::State::config_changed() {
  queue.set_in_flight(runtime.config->reconcile.in_flight);
  if (system) system->queue.set_in_flight(runtime.config->reconcile.in_flight);
  state.reparse();
  audit.config_changed();
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

void Daemon::State::tell_readiness() {
  health.ready = app->state() == BusState::connected && reconciler.ready() && halted.empty();
}

/// Once a second: what is cheap to read and has no event of its own.
void Daemon::State::housekeeping() {
  tell_missing_connection();
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
  retention.refresh_metrics();
  tell_readiness();
  housekeeping_timer =
      runtime.loop.run_after(housekeeping_interval, lifetime.guard([this] { housekeeping(); }));
}

Daemon::Daemon(DaemonParts parts) : state_(std::make_unique<State>(std::move(parts))) {}
Daemon::~Daemon() = default;

void Daemon::start() {
  state_->start();
}

void Daemon::reload() {
  if (state_->watch_files) state_->config_keeper.reload();
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
  state_->audit.flush(audit_flush_longest,
                      [state = state_.get(), closed] { state->app->close(closed); });
}

}  // namespace roomkeeper::sidecar
