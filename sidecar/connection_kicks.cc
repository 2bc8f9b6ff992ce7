// How the connection loop ends connections: the notices, then the kicks, then what became of them.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "policies/ids.h"
#include "sidecar/connection_keeper.h"
#include "sidecar/notice.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::Kick;
using policies::Nanoseconds;
using policies::Reason;
using policies::Result;
using policies::WallTime;

using namespace std::chrono_literals;

/// How long the notices may take to reach the server before the kicks go out all the same.
constexpr Nanoseconds notice_timeout = 500ms;
constexpr Nanoseconds longest_told = 5min;
/// A look's own requests wait behind no more kicks than that.
constexpr std::size_t kick_portion_max = 200;

/// Metrics' label: an administrator's kick is no limit's.
std::string limit_label(const Kick& kick) {
  return kick.reason == Reason::kicked_by_admin ? "none" : std::string(to_string(kick.limit));
}

}  // namespace

/// Kicks that belong together, on their way in portions.
struct ConnectionKeeper::KickBatch {
  std::vector<Kick> kicks;
  std::string note;
  Kicked done;
  std::uint64_t round = 0;
  std::size_t next = 0;  ///< the first that is not on its way
  std::size_t open = 0;  ///< on their way
};

void ConnectionKeeper::act(const policies::KickPlan& plan) {
  kick_all(plan.kicks, {}, [](const Kick&, const Result<>&) {});
}

void ConnectionKeeper::kick_all(std::vector<Kick> kicks, const std::string& note, Kicked done) {
  for (const Kick& kick : kicks) kicking_[kick.key] = 0;
  auto batch = std::make_shared<KickBatch>();
  batch->kicks = std::move(kicks);
  batch->note = note;
  batch->done = std::move(done);
  batch->round = round_;
  kick_portion(batch);
}

/// The notices of a portion, then its kicks; the next one when all are answered.
void ConnectionKeeper::kick_portion(const std::shared_ptr<KickBatch>& batch) {
  const std::size_t first = batch->next;
  batch->next = std::min(first + kick_portion_max, batch->kicks.size());
  batch->open = batch->next - first;
  if (batch->open == 0) return;
  for (std::size_t i = first; i < batch->next; ++i) send_notice(batch->kicks[i], batch->note);
  after_notices([this, batch, first] {
    for (std::size_t i = first; i < batch->next; ++i) kick_one(batch, batch->kicks[i]);
  });
}

void ConnectionKeeper::kick_one(const std::shared_ptr<KickBatch>& batch, const Kick& kick) {
  const auto answered = [this, batch, kick](const Result<>& outcome) {
    batch->done(kick, outcome);
    if (--batch->open == 0) kick_portion(batch);
  };
  if (batch->round != round_)
    return answered(policies::fail(policies::ErrorCode::unavailable, "no longer connected"));
  requests_.kick(kick.key, lifetime_.guard([this, kick, answered](const Result<WallTime>& outcome) {
    kicked(kick, outcome);
    answered(outcome ? Result<>() : policies::pass(outcome.error()));
  }));
}

void ConnectionKeeper::send_notice(const Kick& kick, const std::string& note) {
  const Result<policies::UserId> user = policies::UserId::from_nats_name(kick.identity.user);
  if (!user) return;
  // Best effort: a client that cannot be told is kicked all the same.
  const Result<> sent =
      app_.publish(runtime_.names().notice_subject(*user), encode_notice(kick, note));
  if (!sent) {
    runtime_.log.debug("connections.no_notice",
                       {{"user", to_string(kick.identity)}, {"error", sent.error()}});
  }
}

/// A round trip behind the notices on the same connection: once it is answered the server has
/// routed them.
void ConnectionKeeper::after_notices(std::function<void()> then) {
  app_.request("$SYS.REQ.USER.INFO", "", {}, notice_timeout,
               lifetime_.guard([then = std::move(then)](const Result<Message>&) { then(); }));
}

void ConnectionKeeper::kicked(const Kick& kick, const Result<WallTime>& outcome) {
  const bool gone = outcome || outcome.error().code == policies::ErrorCode::not_found;
  if (gone) {
    kicking_[kick.key] = look_;
  } else {
    kicking_.erase(kick.key);
  }
  const bool asked = kick.reason == Reason::kicked_by_admin;
  if (!asked) policies::note_ended(history_, kick.decided, runtime_.clock.mono());
  if (!asked) report_.told(kick, outcome ? Result<>() : policies::pass(outcome.error()));
  if (outcome) {
    tell_metrics(kick, *outcome);
    if (kick.reason == Reason::banned) bans_.count_kick(kick.identity.user);
    const auto name = seen_.names.find(kick.key.server_id);
    events_.kicked(kick, name == seen_.names.end() ? kick.key.server_id : name->second, *outcome);
    return;
  }
  if (gone) return;  // meanwhile: what was wanted
  runtime_.metrics.add(MetricId::kick_errors_total);
  if (!asked) look_again();
}

void ConnectionKeeper::tell_metrics(const Kick& kick, WallTime ended) {
  const std::string reason(to_string(kick.reason));
  runtime_.metrics.add(MetricId::kicks_total, {limit_label(kick), reason});
  if (kick.reason == Reason::kicked_by_admin) return;
  runtime_.metrics.add(MetricId::connections_rejected_total, {reason});
  const Nanoseconds took = ended - kick.caused;
  // A server that does not say its time, or whose clock was put back; or no matter of kicking: the
  // limit was lowered, or somebody who had long been connected entered a full room.
  if (ended == WallTime{} || took < Nanoseconds::zero() || took > longest_told) return;
  runtime_.metrics.observe(MetricId::connect_to_kick_seconds, {limit_label(kick)},
                           std::chrono::duration<double>(took).count());
}

}  // namespace roomkeeper::sidecar
