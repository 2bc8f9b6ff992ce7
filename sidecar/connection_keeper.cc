#include "sidecar/connection_keeper.h"

#include <algorithm>
#include <utility>

#include "policies/backoff.h"
#include "sidecar/limit_rules.h"
#include "sidecar/lowered_record.h"
#include "sidecar/nats/client_event.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using nats::ConnectionsSeen;
using policies::Connection;
using policies::LimitKind;
using policies::Nanoseconds;
using policies::Reason;
using policies::Result;

using namespace std::chrono_literals;

constexpr Nanoseconds silent_retry = 2s;
constexpr Nanoseconds server_gone_after = 30s;
/// Servers whose clocks differ by less are taken to agree.
constexpr Nanoseconds clock_tolerance = 1s;
/// For the pages of a list.
constexpr Nanoseconds asked_kept = 30s;

/// Limits in whose order the metrics stand; bans have no maximum to show.
constexpr LimitKind shown[] = {LimitKind::connections_per_user, LimitKind::room_connections,
                               LimitKind::account_connections, LimitKind::server_connections};

}  // namespace

ConnectionKeeper::ConnectionKeeper(Runtime& runtime, MessageBus& app, MessageBus& system,
                                   nats::SystemRequests& requests, RoomDirectory& rooms,
                                   StateKeeper& state, BanKeeper& bans, AuditLog& audit)
    : runtime_(runtime),
      app_(app),
      system_(system),
      requests_(requests),
      rooms_(rooms),
      state_(state),
      bans_(bans),
      report_(runtime, audit) {}

void ConnectionKeeper::start(const std::string& account) {
  account_ = account;
  running_ = true;
  ++round_;
  looking_ = false;
  has_looked_ = false;
  kicking_.clear();
  servers_.clear();
  subscribe_events();
  looks_.reset(runtime_.clock.mono());
  schedule();
}

void ConnectionKeeper::stop() {
  running_ = false;
  ++round_;
  looking_ = false;
  runtime_.metrics.set(MetricId::collector_success, {"connections"}, 0);
  runtime_.loop.cancel(timer_);
  timer_ = 0;
  for (const SubscriptionId id : subscriptions_) system_.unsubscribe(id);
  subscriptions_.clear();
  report_.flush();
}

void ConnectionKeeper::look_again() {
  looks_.again(runtime_.clock.mono());
  schedule();
}

void ConnectionKeeper::rooms_changed() {
  if (running_ && rooms_limited(*runtime_.config, rooms_)) look_again();
}

void ConnectionKeeper::restore() {
  lowered_ = {};
  if (const auto found = state_.others().find(lowered_key); found != state_.others().end()) {
    auto entries = decode_lowered(found->second);
    if (entries) {
      lowered_.restore(*std::move(entries));
    } else {
      // As if nothing had ever been lowered: everybody who is inside now may stay.
      runtime_.log.warn("limits.bad_record", {{"key", lowered_key}, {"error", entries.error()}});
    }
  }
  look_again();
}

policies::LimitSources ConnectionKeeper::sources() const {
  return {.room =
              [this](const policies::RoomId& room) {
                return room_limit(*runtime_.config, rooms_, room);
              },
          .banned =
              [this](const policies::Identity& one) {
                // Whoever was made an administrator since is not locked out by an old ban.
                return bans_.banned(one.user) &&
                       !runtime_.config->limits.connections.admins.contains(one);
              },
          .lowered = [this](const std::string& rule) -> std::optional<policies::WallTime> {
            // Not known yet who was inside: then everybody was.
            if (state_.loads() == 0 || !rooms_.desired_known()) return policies::WallTime::max();
            return lowered_.inside(rule);
          }};
}

// ---- when to look
// ---------------------------------------------------------------------------------------------------

void ConnectionKeeper::subscribe_events() {
  for (const SubscriptionId id : subscriptions_) system_.unsubscribe(id);
  subscriptions_.clear();
  for (const bool connects : {true, false}) {
    auto id = system_.subscribe(
        "$SYS.ACCOUNT." + account_ + (connects ? ".CONNECT" : ".DISCONNECT"), "",
        lifetime_.guard([this, connects](const Message& message) { on_event(message, connects); }));
    if (id) {
      subscriptions_.push_back(*id);
    } else {
      runtime_.log.warn("connections.no_events", {{"error", id.error()}});
    }
  }
}

void ConnectionKeeper::on_event(const Message& message, bool connects) {
  runtime_.metrics.add(MetricId::connection_events_total, {connects ? "connect" : "disconnect"});
  const policies::MonoTime now = runtime_.clock.mono();
  const Result<ClientEvent> event = nats::parse_client_event(message.data);
  if (!event) {
    runtime_.log.debug("connections.bad_event", {{"error", event.error()}});
    looks_.changed(now, true);
  } else if (!event->is_client) {
    return;  // a leaf node: counts nowhere
  } else if (connects) {
    events_.connected(*event);
    looks_.connected(now, event->key, event->identity, runtime_.config->limits.connections,
                     bans_.banned(event->identity.user));
  } else {
    events_.disconnected(*event);
    looks_.changed(now, false);
  }
  schedule();
}

void ConnectionKeeper::schedule() {
  const auto due = looks_.due();
  if (!running_ || looking_ || !due) return;
  if (timer_ != 0 && timer_due_ <= due->at) return;
  runtime_.loop.cancel(timer_);
  timer_due_ = due->at;
  timer_ = runtime_.loop.run_after(std::max(due->at - runtime_.clock.mono(), Nanoseconds::zero()),
                                   lifetime_.guard([this, why = due->why] {
                                     timer_ = 0;
                                     look(why);
                                   }));
}

// ---- one look
// -------------------------------------------------------------------------------------------------------

void ConnectionKeeper::look(std::string_view why) {
  if (!running_ || looking_) return;
  looking_ = true;
  ++look_;
  look_began_ = runtime_.clock.mono();
  looks_.begin(look_began_);
  runtime_.metrics.add(MetricId::connection_looks_total, {std::string(why)});
  ask(lifetime_.guard(
      [this, round = round_](Result<ConnectionsSeen> seen) { looked(round, std::move(seen)); }));
}

void ConnectionKeeper::look_now(Looked done, Nanoseconds max_age) {
  const bool kept = !asked_.servers.empty() && runtime_.clock.mono() - asked_at_ < max_age;
  if (kept && runtime_.loop.post(lifetime_.guard([this, done] { done(asked_); }))) return;
  runtime_.metrics.add(MetricId::connection_looks_total, {"asked"});
  ask(lifetime_.guard([this, done = std::move(done)](Result<ConnectionsSeen> seen) {
    if (seen) {
      // A list shows everybody, also who came while it was made.
      auto& all = seen->connections;
      all.insert(all.end(), seen->late.begin(), seen->late.end());
      seen->late.clear();
      asked_ = *seen;
      asked_at_ = runtime_.clock.mono();
      forget_asked();
    }
    done(std::move(seen));
  }));
}

/// Thousands of connections are not kept for longer than somebody turns pages.
void ConnectionKeeper::forget_asked() {
  runtime_.loop.cancel(forget_timer_);
  forget_timer_ = runtime_.loop.run_after(asked_kept, lifetime_.guard([this] { asked_ = {}; }));
}

void ConnectionKeeper::ask(Looked done) {
  requests_.connections(
      account_, expected_servers(), listening(*runtime_.config, rooms_),
      lifetime_.guard([this, done = std::move(done)](Result<ConnectionsSeen> seen) {
        if (seen) mark_own(*seen);
        done(std::move(seen));
      }));
}

void ConnectionKeeper::note_servers(const ConnectionsSeen& seen) {
  std::erase_if(servers_, [now = runtime_.clock.mono()](const auto& server) {
    return now - server.second > server_gone_after;
  });
  for (const std::string& server : seen.servers) servers_[server] = runtime_.clock.mono();
  runtime_.metrics.set(MetricId::servers_silent, static_cast<double>(seen.silent.size()));
}

/// Who must answer for a look to be truthful. A server that has been silent for long has left for
/// good.
std::vector<std::string> ConnectionKeeper::expected_servers() const {
  std::vector<std::string> expected;
  for (const auto& [server, answered] : servers_) {
    if (runtime_.clock.mono() - answered <= server_gone_after) expected.push_back(server);
  }
  return expected;
}

void ConnectionKeeper::mark_own(ConnectionsSeen& seen) const {
  const ServerInfo server = app_.server();
  for (auto* list : {&seen.connections, &seen.late})
    for (Connection& connection : *list) {
      const bool this_one =
          connection.key.cid == server.client_id && connection.key.server_id == server.id;
      connection.own = connection.own || this_one || is_own_(connection);
    }
}

void ConnectionKeeper::looked(std::uint64_t round, Result<ConnectionsSeen> seen) {
  if (round != round_) return;
  looking_ = false;
  const policies::MonoTime now = runtime_.clock.mono();
  const bool truthful = seen && seen->truthful();
  runtime_.metrics.set(MetricId::collector_success, {"connections"}, truthful ? 1 : 0);
  runtime_.metrics.set(MetricId::collector_duration_seconds, {"connections"},
                       std::chrono::duration<double>(now - look_began_).count());
  if (truthful) {
    seen_ = *std::move(seen);
    note_servers(seen_);
    decide();
  } else {
    look_failed(std::move(seen));
    looks_.failed(now, silent_retry);
  }
  schedule();
}

void ConnectionKeeper::look_failed(Result<ConnectionsSeen> seen) {
  runtime_.metrics.add(MetricId::servers_silent_total);
  runtime_.log.warn("connections.not_seen",
                    {{"reason", Reason::server_silent},
                     {"error", seen ? std::string("silent servers") : seen.error().text}});
  if (!seen) {
    runtime_.metrics.set(MetricId::servers_silent, static_cast<double>(servers_.size()));
    return;
  }
  seen_ = *std::move(seen);
  note_servers(seen_);
}

/// The account is ours to keep: the bucket was read, and it names no other instance.
bool ConnectionKeeper::may_act() const {
  return runtime_.may_act() && state_.loads() > 0 && state_.foreign_instance().empty();
}

/// On their way out: neither counted nor kicked twice. What a look saw that began before the
/// server's answer may be older than the kick.
void ConnectionKeeper::leave_out_kicked() {
  std::erase_if(kicking_, [this](const auto& one) { return one.second > 0 && one.second < look_; });
  std::erase_if(seen_.connections,
                [this](const Connection& one) { return kicking_.contains(one.key); });
}

void ConnectionKeeper::decide() {
  const bool may_kick = may_act() && std::exchange(has_looked_, true);
  const config::LimitsConfig& config = runtime_.config->limits;
  const policies::MonoTime now = runtime_.clock.mono();
  leave_out_kicked();
  note_rules();
  plan_ = policies::plan_kicks(seen_.connections, config.connections, config.kicks, now, history_,
                               sources(), may_kick);
  rooms_.set_listeners(plan_.rooms);
  publish_metrics();
  tell_left(may_kick);
  looks_.ended(now, seen_.connections, config.connections, plan_,
               rooms_limited(*runtime_.config, rooms_),
               policies::jittered(config.interval, 10, ++seed_));
  if (!may_kick && plan_.delayed > 0) looks_.again(now);
  if (!plan_.kicks.empty()) act(plan_);
}

/// What has to go and is not kicked now, and why.
void ConnectionKeeper::tell_left(bool may_kick) {
  if (plan_.delayed > 0 && !may_kick) {
    runtime_.log.info("connections.left_for_now",
                      {{"reason", Reason::first_look}, {"connections", plan_.delayed}});
  } else if (plan_.delayed > 0) {
    // Several times a second in a storm; the metric says it too.
    runtime_.log.debug("connections.left_for_now",
                       {{"reason", Reason::rate_limited}, {"connections", plan_.delayed}});
  }
  int kept = 0;
  for (const LimitKind kind : shown) kept += plan_.of(kind).kept;
  if (kept != kept_) {
    runtime_.log.info("connections.kept",
                      {{"reason", Reason::limit_lowered}, {"connections", kept}});
  }
  kept_ = kept;
}

/// Limits that were lowered since the last look, and who was inside then.
void ConnectionKeeper::note_rules() {
  if (!state_.loaded() || !rooms_.desired_known()) return;
  policies::WallTime newest{};
  for (const Connection& one : seen_.connections)
    newest = std::max(newest, one.came() + clock_tolerance);
  if (lowered_.update(lenient_rules(*runtime_.config, rooms_), newest)) lowered_kept_ = false;
  if (!lowered_kept_) keep_rules();
}

void ConnectionKeeper::keep_rules() {
  lowered_kept_ = true;
  state_.put_entry(std::string(lowered_key), encode_lowered(lowered_.entries()),
                   lifetime_.guard([this](const Result<>& written) {
                     if (written) return;
                     lowered_kept_ = false;  // with the next look
                     runtime_.log.warn("limits.not_kept", {{"error", written.error()}});
                   }));
}

void ConnectionKeeper::publish_metrics() {
  std::map<policies::Exemption, double> kinds;
  const policies::ConnectionLimits& limits = runtime_.config->limits.connections;
  for (const Connection& connection : seen_.connections)
    kinds[policies::exemption(connection, limits)] += 1;
  std::vector<std::pair<metrics::LabelValues, double>> series;
  for (const auto& [kind, count] : kinds) {
    series.push_back(
        {{kind == policies::Exemption::none ? "counted" : std::string(to_string(kind))}, count});
  }
  metrics::Metrics& out = runtime_.metrics;
  out.replace(MetricId::connections, series);
  out.set(MetricId::wildcard_listeners, plan_.wildcard);
  out.set(MetricId::kicks_delayed, plan_.delayed);
  std::vector<std::pair<metrics::LabelValues, double>> headroom;
  for (const LimitKind kind : shown) {
    const std::string name(to_string(kind));
    const policies::LimitFigures& figures = plan_.of(kind);
    const auto& nearest = figures.nearest;
    out.set(MetricId::limit_used, {name}, nearest ? nearest->used : figures.most_used);
    out.set(MetricId::limit_max, {name}, nearest ? *nearest->limit.limit.max : -1);
    out.set(MetricId::limit_over, {name}, figures.over);
    out.set(MetricId::limit_kept, {name}, figures.kept);
    if (nearest) headroom.push_back({{name}, static_cast<double>(*nearest->headroom())});
  }
  out.replace(MetricId::limit_headroom, headroom);
}

}  // namespace roomkeeper::sidecar
