#include "sidecar/connection_keeper.h"

#include <algorithm>
#include <map>
#include <utility>

#include "policies/backoff.h"
#include "policies/ids.h"
#include "sidecar/notice.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using nats::ConnectionsSeen;
using policies::Connection;
using policies::Kick;
using policies::Nanoseconds;
using policies::Reason;
using policies::Result;

using namespace std::chrono_literals;

/// Events of this long are one look; no two looks begin closer together.
constexpr Nanoseconds coalesce = 250ms;
/// After the first look, which only looks.
constexpr Nanoseconds second_look = 500ms;
/// How long the notices may take to reach the server before the kicks go out all the same.
constexpr Nanoseconds notice_timeout = 500ms;
constexpr Nanoseconds server_gone_after = 30s;
constexpr std::string_view limit_name = "connections_per_user";

}  // namespace

ConnectionKeeper::ConnectionKeeper(Runtime& runtime, MessageBus& app, MessageBus& system,
                                   nats::SystemRequests& requests, AuditLog& audit)
    : runtime_(runtime), app_(app), system_(system), requests_(requests), audit_(audit) {}

void ConnectionKeeper::start(const std::string& account) {
  account_ = account;
  running_ = true;
  has_looked_ = false;
  servers_.clear();
  subscribe_events();
  schedule(0s);
}

void ConnectionKeeper::stop() {
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
  for (const SubscriptionId id : subscriptions_) system_.unsubscribe(id);
  subscriptions_.clear();
}

void ConnectionKeeper::look_again() {
  if (running_) schedule(0s);
}

void ConnectionKeeper::subscribe_events() {
  for (const SubscriptionId id : subscriptions_) system_.unsubscribe(id);
  subscriptions_.clear();
  for (const char* event : {".CONNECT", ".DISCONNECT"}) {
    // A DISCONNECT frees room but makes nobody go: it only keeps what status shows fresh.
    const bool connects = std::string_view(event) == ".CONNECT";
    auto id = system_.subscribe("$SYS.ACCOUNT." + account_ + event, "",
                                lifetime_.guard([this, connects](const Message&) {
                                  if (connects && looking_) dirty_ = true;
                                  if (connects) schedule(coalesce);
                                }));
    if (id) {
      subscriptions_.push_back(*id);
    } else {
      runtime_.log.warn("connections.no_events", {{"error", id.error()}});
    }
  }
}

/// One timer, the earlier wish wins, and never two looks within `coalesce`.
void ConnectionKeeper::schedule(Nanoseconds delay) {
  if (!running_ || looking_) return;
  const policies::MonoTime now = runtime_.clock.mono();
  policies::MonoTime due = now + delay;
  if (has_looked_) due = std::max(due, last_look_ + coalesce);
  if (timer_ != 0 && timer_due_ <= due) return;
  runtime_.loop.cancel(timer_);
  timer_due_ = due;
  timer_ = runtime_.loop.run_after(due - now, lifetime_.guard([this] {
    timer_ = 0;
    look();
  }));
}

void ConnectionKeeper::look() {
  if (!running_ || looking_) return;
  looking_ = true;
  dirty_ = false;
  last_look_ = runtime_.clock.mono();
  look_now(lifetime_.guard([this](Result<ConnectionsSeen> seen) { looked(std::move(seen)); }));
}

void ConnectionKeeper::look_now(Looked done) {
  requests_.connections(
      account_, expected_servers(),
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
  for (Connection& connection : seen.connections) {
    connection.own =
        connection.key.server_id == server.id && connection.key.cid == server.client_id;
  }
}

void ConnectionKeeper::looked(Result<ConnectionsSeen> seen) {
  looking_ = false;
  const bool truthful = seen && seen->truthful();
  runtime_.metrics.set(MetricId::collector_success, {"connections"}, truthful ? 1 : 0);
  runtime_.metrics.set(MetricId::collector_duration_seconds, {"connections"},
                       std::chrono::duration<double>(runtime_.clock.mono() - last_look_).count());
  if (!truthful) {
    runtime_.metrics.add(MetricId::servers_silent_total);
    runtime_.log.warn("connections.not_seen",
                      {{"reason", Reason::server_silent},
                       {"error", seen ? std::string("silent servers") : seen.error().text}});
    if (seen) {
      seen_ = std::move(*seen);
      note_servers(seen_);
    }
    schedule(2s);
    return;
  }
  seen_ = std::move(*seen);
  note_servers(seen_);
  const bool may_kick = std::exchange(has_looked_, true);
  policies::KickHistory untouched = history_;
  plan_ = policies::plan_kicks(seen_.connections, runtime_.config->limits.connections,
                               runtime_.config->limits.kicks, runtime_.clock.mono(),
                               may_kick ? history_ : untouched);
  publish_metrics();
  if (may_kick && !plan_.kicks.empty()) act(plan_);
  if (plan_.over_limit > 0 && (!may_kick || plan_.delayed > 0)) {
    runtime_.log.info("connections.left_for_now",
                      {{"reason", may_kick ? Reason::rate_limited : Reason::first_look},
                       {"users", plan_.over_limit}});
  }
  Nanoseconds next = policies::jittered(runtime_.config->limits.interval, 10, ++seed_);
  if (plan_.look_again_after) next = std::min(next, *plan_.look_again_after);
  if (!may_kick && plan_.over_limit > 0) next = std::min(next, second_look);
  schedule(dirty_ ? coalesce : next);
}

void ConnectionKeeper::act(const policies::KickPlan& plan) {
  std::map<policies::Identity, int> by_identity;
  for (const Kick& kick : plan.kicks) {
    ++by_identity[kick.identity];
    send_notice(kick);
  }
  for (const auto& [identity, count] : by_identity) {
    runtime_.log.info("connections.kicked",
                      {{"user", to_string(identity)}, {"limit", limit_name}, {"count", count}});
  }
  after_notices([this, kicks = plan.kicks] {
    for (const Kick& kick : kicks) {
      requests_.kick(kick.key,
                     lifetime_.guard([this, kick](Result<> outcome) { kicked(kick, outcome); }));
    }
  });
}

void ConnectionKeeper::send_notice(const Kick& kick) {
  const Result<policies::UserId> user = policies::UserId::from_nats_name(kick.identity.user);
  if (!user) return;
  // Best effort: a client that cannot be told is kicked all the same.
  const Result<> sent = app_.publish(runtime_.names().notice_subject(*user), encode_notice(kick));
  if (!sent)
    runtime_.log.debug("connections.no_notice",
                       {{"user", to_string(kick.identity)}, {"error", sent.error()}});
}

/// A round trip behind the notices on the same connection: once it is answered the server has
/// routed them.
void ConnectionKeeper::after_notices(std::function<void()> then) {
  app_.request("$SYS.REQ.USER.INFO", "", {}, notice_timeout,
               lifetime_.guard([then = std::move(then)](const Result<Message>&) { then(); }));
}

void ConnectionKeeper::kick(const Kick& kick, std::function<void(Result<>)> done) {
  send_notice(kick);
  after_notices([this, kick, done = std::move(done)] {
    requests_.kick(kick.key, lifetime_.guard([this, kick, done](Result<> outcome) {
      kicked(kick, outcome);
      done(std::move(outcome));
    }));
  });
}

void ConnectionKeeper::kicked(const Kick& kick, const Result<>& outcome) {
  const std::string reason(to_string(kick.reason));
  if (kick.reason != Reason::kicked_by_admin) tell_audit(kick, outcome);
  if (outcome) {
    runtime_.metrics.add(MetricId::kicks_total, {std::string(limit_name), reason});
    if (kick.reason != Reason::kicked_by_admin)
      runtime_.metrics.add(MetricId::connections_rejected_total, {reason});
    return;
  }
  // Gone meanwhile: what was wanted.
  if (outcome.error().code == policies::ErrorCode::not_found) return;
  runtime_.metrics.add(MetricId::kick_errors_total);
  runtime_.log.warn(
      "connections.not_kicked",
      {{"user", to_string(kick.identity)}, {"cid", kick.key.cid}, {"error", outcome.error()}});
}

void ConnectionKeeper::tell_audit(const Kick& kick, const Result<>& outcome) {
  // Gone meanwhile: nothing was done.
  if (!outcome && outcome.error().code == policies::ErrorCode::not_found) return;
  api::AuditRecord entry;
  entry.kind = api::AuditKind::kick;
  entry.reason = kick.reason;
  entry.actor.origin = api::Origin::limit;
  entry.user = to_string(kick.identity);
  entry.connections = outcome ? 1 : 0;
  entry.ok = outcome.has_value();
  entry.text = std::string(limit_name) + ": " + std::to_string(kick.used) + " connections, " +
               std::to_string(kick.max) + " allowed";
  if (!outcome) entry.text += "; " + outcome.error().text;
  audit_.record(std::move(entry));
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
  runtime_.metrics.replace(MetricId::connections, series);
  const std::string limit(limit_name);
  runtime_.metrics.set(MetricId::limit_used, {limit}, plan_.most_used);
  runtime_.metrics.set(MetricId::limit_max, {limit},
                       limits.per_user.max ? *limits.per_user.max : -1);
  runtime_.metrics.set(MetricId::limit_over, {limit}, plan_.over_limit);
  runtime_.metrics.set(MetricId::kicks_delayed, plan_.delayed);
}

}  // namespace roomkeeper::sidecar
