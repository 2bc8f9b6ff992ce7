#include "sidecar/reconciler.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "policies/backoff.h"
#include "sidecar/bucket_doubt.h"
#include "sidecar/room_metrics.h"

namespace roomkeeper::sidecar {
namespace {

using policies::Change;
using policies::ChangeKind;
using policies::Consent;
using policies::Plan;
using policies::Reason;
using policies::Result;
using policies::RoomState;
using policies::RoomVerdict;

using namespace std::chrono_literals;

/// Events are coalesced for this long before they cause a pass.
constexpr policies::Nanoseconds coalesce = 250ms;
/// Below this many streams a listing costs little, and what status shows is fresh.
constexpr std::size_t small_account = 1000;
constexpr std::uint64_t full_every = 10;
constexpr std::size_t failures_kept = 100;
/// So many changes in a row without an answer, beside all that were under way, end a pass.
constexpr std::size_t unanswered_more = 3;
constexpr std::size_t history_kept = 32;
constexpr std::size_t promises_kept = 64;
constexpr policies::BackoffLimits retry_limits{.first = 500ms, .longest = 60s};

}  // namespace

struct Reconciler::Pass {
  std::uint64_t epoch = 0;  ///< of its beginning: after a stop nothing of it is done any more
  PassProgress progress;
  Consent consent;
  Plan plan;
  std::size_t next = 0;        ///< the first change not submitted
  std::size_t open = 0;        ///< submitted, not finished
  std::size_t unanswered = 0;  ///< of the changes that ended last, in a row
  bool retry = false;
  policies::MonoTime began{};
  bool roster_done = false;            ///< its changes were written, or refused
  std::vector<policies::RoomId> left;  ///< rooms whose messages in their pool were removed
  std::set<std::string> touched;       ///< streams of this pass: their advisories are our own echo
};

Reconciler::Reconciler(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                       RoomDirectory& rooms, StateKeeper& state, PoolKeeper& pools,
                       StreamPurger& purger, PurgeGate& gate, AuditLog& audit)
    : runtime_(runtime),
      js_(js),
      inventory_(inventory),
      rooms_(rooms),
      state_(state),
      pools_(pools),
      guard_(runtime, inventory, state),
      applier_(runtime, js, inventory, gate, guard_, purger, rooms),
      change_audit_(audit) {}

Reconciler::~Reconciler() = default;

void Reconciler::start() {
  watching_ = false;
  begin();
}

void Reconciler::watch() {
  watching_ = true;
  next_consent_ = {};  // given to a leader
  begin();
}

void Reconciler::begin() {
  running_ = true;
  next_is_full_ = true;
  schedule(0s);
}

void Reconciler::stop() {
  ++epoch_;
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
}

void Reconciler::mark_dirty() {
  if (pass_) dirty_again_ = true;
  if (running_) schedule(coalesce);
}

void Reconciler::note_stream_event(const std::string& stream) {
  if (pass_ && pass_->touched.contains(stream)) return;
  inventory_.mark_dirty(stream);
  mark_dirty();
}

std::uint64_t Reconciler::request_pass(Consent consent) {
  next_consent_.all = next_consent_.all || consent.all;
  next_consent_.rooms.insert(next_consent_.rooms.end(), consent.rooms.begin(), consent.rooms.end());
  std::sort(next_consent_.rooms.begin(), next_consent_.rooms.end());
  next_consent_.pools.insert(next_consent_.pools.end(), consent.pools.begin(), consent.pools.end());
  std::sort(next_consent_.pools.begin(), next_consent_.pools.end());
  next_consent_.adopt.insert(next_consent_.adopt.end(), consent.adopt.begin(), consent.adopt.end());
  std::sort(next_consent_.adopt.begin(), next_consent_.adopt.end());
  wanted_pass_ = last_started_ + 1;
  if (promised_.empty() || promised_.back() != wanted_pass_) promised_.push_back(wanted_pass_);
  if (promised_.size() > promises_kept) promised_.pop_front();
  if (running_) schedule(0s);
  return wanted_pass_;
}

std::optional<PassProgress> Reconciler::progress(std::uint64_t pass) const {
  if (std::find(promised_.begin(), promised_.end(), pass) == promised_.end()) return std::nullopt;
  if (pass_ && pass_->progress.pass == pass) return pass_->progress;
  for (const PassProgress& past : history_) {
    if (past.pass == pass) return past;
  }
  return PassProgress{.pass = pass, .done = pass < last_started_, .failures = {}};
}

/// One timer: the earlier wish wins.
void Reconciler::schedule(policies::Nanoseconds delay) {
  if (pass_) return;  // end_pass looks at what was wished meanwhile
  const policies::MonoTime due = runtime_.clock.mono() + delay;
  if (timer_ != 0 && timer_due_ <= due) return;
  runtime_.loop.cancel(timer_);
  timer_due_ = due;
  timer_ = runtime_.loop.run_after(delay, lifetime_.guard([this] {
    timer_ = 0;
    begin_pass();
  }));
}

void Reconciler::begin_pass() {
  if (!running_ || pass_) return;
  // A write that failed left it unknown what the bucket holds; this pass still goes by what was
  // read before.
  if (!state_.loaded()) state_.read_again();
  pass_ = std::make_unique<Pass>();
  pass_->epoch = epoch_;
  pass_->progress.pass = ++last_started_;
  pass_->consent = std::exchange(next_consent_, {});
  pass_->began = runtime_.clock.mono();
  const bool full = next_is_full_ || inventory_.streams().streams.size() <= small_account ||
                    last_started_ % full_every == 0;
  // A pool is one stream among many rooms: what it stores is always looked at.
  for (const RoomVerdict& pool : rooms_.pools())
    inventory_.mark_dirty(runtime_.names().pool_stream(pool.room.text()));
  auto done = lifetime_.guard([this](Result<> outcome) { observed(std::move(outcome)); });
  if (full) {
    inventory_.refresh_full(nats::Priority::list, std::move(done));
  } else {
    inventory_.refresh_cheap(nats::Priority::list, std::move(done));
  }
}

void Reconciler::observed(Result<> outcome) {
  runtime_.metrics.set(metrics::MetricId::collector_success, {"inventory"}, outcome ? 1 : 0);
  if (!outcome) {
    runtime_.log.warn("inventory.failed", {{"error", outcome.error()}});
    next_is_full_ = false;  // asked for again by the retry, or by the next start
    end_pass(true);
    return;
  }
  next_is_full_ = false;
  pools_.look(lifetime_.guard([this] { counted(); }));
}

/// Stopped since it began: another replica may have led, and what it would do is out of date.
bool Reconciler::is_over() const {
  return pass_->epoch != epoch_;
}

void Reconciler::counted() {
  if (is_over()) return end_pass(true);
  refresh_desired();
  guard_.look();
  pass_->plan = plan_now(pass_->consent);
  if (watching_) return seen_only();
  guard_.allow(static_cast<std::size_t>(
      std::count_if(pass_->plan.changes.begin(), pass_->plan.changes.end(),
                    [](const Change& change) { return change.kind == ChangeKind::remove; })));
  // A room whose change has failed says so until it succeeds, also while it is being tried again.
  for (const auto* verdicts : {&pass_->plan.verdicts, &pass_->plan.pools}) {
    pass_->progress.held += static_cast<std::uint64_t>(std::count_if(
        verdicts->begin(), verdicts->end(),
        [](const RoomVerdict& verdict) { return policies::is_held(verdict) && !verdict.as_pool; }));
  }
  rooms_.set_verdicts_keeping_failures(std::move(pass_->plan.verdicts));
  rooms_.set_pools_keeping_failures(std::move(pass_->plan.pools));
  pass_->progress.total = pass_->plan.changes.size() + pass_->plan.roster.size();
  if (!pass_->plan.empty()) {
    runtime_.log.info("pass.planned",
                      {{"pass", pass_->progress.pass}, {"changes", pass_->progress.total}});
  }
  on_observed_();
  feed();
}

/// What another replica does about it is seen by the next look.
void Reconciler::seen_only() {
  rooms_.set_verdicts_keeping_failures(std::move(pass_->plan.verdicts));
  rooms_.set_pools_keeping_failures(std::move(pass_->plan.pools));
  on_observed_();
  end_pass(false);
}

void Reconciler::refresh_desired() {
  std::vector<std::string> doubts = state_.doubts();
  if (!state_.loaded()) doubts.push_back("the state bucket has not been read");
  if (!pools_.roster().doubt().empty()) doubts.push_back(pools_.roster().doubt());
  if (std::string doubt = doubt_about_bucket(runtime_, state_, inventory_.streams());
      !doubt.empty())
    doubts.push_back(std::move(doubt));
  rooms_.set_desired(merge_rooms(runtime_.config->rooms, state_.rooms(), state_.removed(), doubts));
}

policies::PlanLimits Reconciler::limits(const Consent& consent) const {
  const config::ReconcileConfig& settings = runtime_.config->reconcile;
  return {.instance = runtime_.config->instance,
          .on_removal = settings.on_removal,
          .adopt = settings.adopt,
          .allow_lossy = settings.allow_lossy,
          .consent = consent,
          .max_removals = settings.max_removals,
          .removals_in_last_hour = guard_.removals_in_last_hour()};
}

Plan Reconciler::plan_now(const Consent& consent) const {
  Plan plan =
      policies::plan_rooms(rooms_.desired(), inventory_.streams(), inventory_.seen(),
                           limits(consent), runtime_.names(), runtime_.zones, pools_.seen());
  on_planned_(plan);
  return plan;
}

/// Keeps a window of changes in the queue: enough to fill the in-flight budget, few enough to stay
/// small.
void Reconciler::feed() {
  const auto in_flight = static_cast<std::size_t>(runtime_.config->reconcile.in_flight);
  const std::size_t window = pass_->unanswered > 0 ? in_flight : in_flight * 2;
  // All that were under way and a few more: nobody is there. The next pass begins with a listing.
  const bool silent = pass_->unanswered > in_flight + unanswered_more;
  while (pass_->open < window && pass_->next < pass_->plan.changes.size() && running_ && !silent &&
         !is_over())
    submit(pass_->next++);
  if (pass_->open > 0) return;
  if (pass_->next < pass_->plan.changes.size()) {
    leave_rest();
    return end_pass(true);
  }
  write_roster();
}

/// What was not tried, because the connection was lost or nobody answered.
void Reconciler::leave_rest() {
  const std::size_t rest = pass_->plan.changes.size() - pass_->next;
  pass_->retry = true;
  pass_->progress.failed += rest;
  if (pass_->progress.failures.size() < failures_kept) {
    pass_->progress.failures.push_back(std::to_string(rest) +
                                       " more changes were not tried: nobody answers");
  }
}

/// After the streams, because a room can only be taken in by a pool that is there.
void Reconciler::write_roster() {
  std::vector<policies::RosterChange> changes;
  if (!std::exchange(pass_->roster_done, true)) {
    changes = std::exchange(pass_->plan.roster, {});
    std::erase_if(changes, [this](const policies::RosterChange& change) {
      return change.pool != nullptr &&
             inventory_.streams().find(runtime_.names().pool_stream(*change.pool)) == nullptr;
    });
    for (policies::RoomId& room : pass_->left)
      changes.push_back({.room = std::move(room), .pool = nullptr, .owner = {}});
  }
  if (is_over()) return end_pass(true);
  if (changes.empty()) return end_pass(pass_->retry);
  pools_.roster().write(changes, lifetime_.guard([this, changes](const Result<>& outcome) {
    roster_written(changes, outcome);
  }));
}

void Reconciler::roster_written(const std::vector<policies::RosterChange>& changes,
                                const Result<>& outcome) {
  const std::size_t planned = changes.size() - pass_->left.size();
  if (!outcome) {
    runtime_.log.warn("roster.not_written",
                      {{"rooms", changes.size()}, {"error", outcome.error()}});
    pass_->progress.failed += planned;
    pass_->progress.failures.push_back("the rooms of pools: " + outcome.error().text);
    return end_pass(true);
  }
  pass_->progress.applied += planned;
  runtime_.log.info("roster.written", {{"rooms", changes.size()}});
  for (const policies::RosterChange& change : changes) {
    if (change.pool == nullptr) {
      if (std::binary_search(rooms_.desired().removed_by_api.begin(),
                             rooms_.desired().removed_by_api.end(), change.room)) {
        state_.forget_room(change.room, [](const Result<>&) {});
      }
      continue;
    }
    const RoomVerdict* before = rooms_.verdict(change.room);
    if (before == nullptr || change.only_owner) continue;
    runtime_.metrics.add(metrics::MetricId::rooms_provisioned_total);
    Change taken_in{.kind = ChangeKind::create,
                    .room = change.room,
                    .stream = runtime_.names().pool_stream(*change.pool),
                    .reason = Reason::room_missing};
    taken_in.target = policies::ChangeTarget::pooled_room;
    change_audit_.note(taken_in,
                       {.done = true, .retry = false, .reason = Reason::room_missing, .detail = {}},
                       runtime_.clock.mono());
  }
  end_pass(pass_->retry);
}

void Reconciler::submit(std::size_t index) {
  const Change& change = pass_->plan.changes[index];
  const bool agreed = change.target == policies::ChangeTarget::pool_stream
                          ? pass_->consent.covers_pool(change.room)
                          : pass_->consent.covers(change.room);
  const bool lossy_allowed = runtime_.config->reconcile.allow_lossy || agreed;
  const bool only_if_empty =
      runtime_.config->reconcile.on_removal == policies::OnRemoval::remove_if_empty;
  ++pass_->open;
  pass_->touched.insert(change.stream);
  applier_.apply(
      change, lossy_allowed, only_if_empty,
      lifetime_.guard([this, index](const Applied& applied) { finished(index, applied); }));
}

void Reconciler::finished(std::size_t index, const Applied& applied) {
  const Change& change = pass_->plan.changes[index];
  --pass_->open;
  const bool unanswered = !applied.done && applied.reason == Reason::server_timeout;
  pass_->unanswered = unanswered ? pass_->unanswered + 1 : 0;
  change_audit_.note(change, applied, runtime_.clock.mono());
  report(change, applied);
  if (applied.done) {
    ++pass_->progress.applied;
    if (change.target == policies::ChangeTarget::pooled_room) {
      pass_->left.push_back(change.room);  // forgotten with its place in the roster
      pools_.watch().forget(change.stream, change.room.text());
    } else if (change.kind == ChangeKind::remove && change.reason == Reason::removed_by_api) {
      state_.forget_room(change.room, [](const Result<>&) {});
    }
  } else {
    ++pass_->progress.failed;
    pass_->retry = pass_->retry || applied.retry;
    if (pass_->progress.failures.size() < failures_kept) {
      pass_->progress.failures.push_back(change.room.text() + ": " +
                                         std::string(to_string(applied.reason)) + ": " +
                                         applied.detail);
    }
  }
  feed();
}

void Reconciler::report(const Change& change, const Applied& applied) {
  using metrics::MetricId;
  if (change.kind == ChangeKind::create) runtime_.metrics.add(MetricId::rooms_provisioned_total);
  if (applied.done) {
    runtime_.log.info("room.changed", {{"room", change.room.text()},
                                       {"stream", change.stream},
                                       {"change", to_string(change.kind)},
                                       {"reason", change.reason}});
    if (std::any_of(change.fields.begin(), change.fields.end(),
                    [](const policies::FieldChange& field) { return field.lossy; })) {
      on_consented_(change.stream);
    }
    for (const policies::FieldChange& field : change.fields) {
      if (change.kind == ChangeKind::update && !field.lossy) {
        runtime_.metrics.add(MetricId::policy_corrections_total,
                             {std::string(to_string(field.field))});
      }
    }
  } else {
    report_failure(change, applied);
    return;
  }
  if (change.target != policies::ChangeTarget::room_stream) return;  // seen by the end of the pass
  const RoomVerdict* before = rooms_.verdict(change.room);
  if (before == nullptr) return;
  // A creation is only planned where nothing blocks it: what the server had refused is done.
  const bool was_refused = before->state == RoomState::blocked && change.kind == ChangeKind::create;
  if (before->state == RoomState::pending || before->state == RoomState::failed || was_refused) {
    rooms_.set_verdict({.room = change.room,
                        .state = RoomState::ready,
                        .reason = Reason::ok,
                        .detail = {},
                        .fields = {}});
  }
}

void Reconciler::report_failure(const Change& change, const Applied& applied) {
  runtime_.metrics.add(metrics::MetricId::room_provision_errors_total,
                       {std::string(to_string(applied.reason))});
  runtime_.log.warn("room.not_changed", {{"room", change.room.text()},
                                         {"stream", change.stream},
                                         {"change", to_string(change.kind)},
                                         {"reason", applied.reason},
                                         {"detail", applied.detail}});
  RoomVerdict verdict{
      .room = change.room,
      .state = applied.reason == Reason::subject_overlap || applied.reason == Reason::no_capacity
                   ? RoomState::blocked
               : applied.reason == Reason::removal_guard ? RoomState::removing
                                                         : RoomState::failed,
      .reason = applied.reason,
      .detail = applied.detail,
      .fields = {}};
  if (change.target == policies::ChangeTarget::pool_stream) {
    rooms_.set_pool(std::move(verdict));
  } else {
    rooms_.set_verdict(std::move(verdict));
  }
}

void Reconciler::end_pass(bool retry_soon) {
  using metrics::MetricId;
  const std::unique_ptr<Pass> ended = std::move(pass_);
  change_audit_.flush();
  PassProgress progress = ended->progress;
  progress.done = true;
  const bool observed_all = inventory_.has_listed() && inventory_.streams().complete;
  if (observed_all) {
    ++finished_passes_;
    last_pass_ = runtime_.clock.wall();
    runtime_.metrics.set(MetricId::inventory_last_success_timestamp_seconds,
                         std::chrono::duration<double>(last_pass_->time_since_epoch()).count());
  }
  const double took = std::chrono::duration<double>(runtime_.clock.mono() - ended->began).count();
  runtime_.metrics.set(MetricId::collector_duration_seconds, {"inventory"}, took);
  if (progress.total > 0) {
    runtime_.log.info("pass.ended", {{"pass", progress.pass},
                                     {"applied", progress.applied},
                                     {"failed", progress.failed},
                                     {"held", progress.held},
                                     {"seconds", took}});
    // Verdicts of what was applied and of what was not are only complete after another look at
    // everything.
    Plan left = plan_now({});
    rooms_.set_verdicts_keeping_failures(std::move(left.verdicts));
    rooms_.set_pools_keeping_failures(std::move(left.pools));
  }
  history_.push_back(std::move(progress));
  if (history_.size() > history_kept) history_.pop_front();
  publish_metrics();
  if (!running_) return;
  if (observed_all) on_observed_();
  ++seed_;
  if (next_is_full_) schedule(0s);
  // A stream that is dirty because the server refused its change is no event: that comes at the
  // interval, or sooner where it may pass.
  const bool dirty = std::exchange(dirty_again_, false);
  if (dirty || wanted_pass_ > last_started_) schedule(coalesce);
  // A listing with gaps is looked at again soon: a stream made while it was read is enough for one.
  if (!observed_all) {
    retry_soon = true;
    next_is_full_ = true;
  }
  failures_in_a_row_ = retry_soon ? failures_in_a_row_ + 1 : 0;
  const policies::Nanoseconds interval = runtime_.config->reconcile.interval;
  schedule(retry_soon
               ? std::min(interval, policies::backoff(retry_limits, failures_in_a_row_, seed_))
               : policies::jittered(interval, 10, seed_));
}

std::uint64_t Reconciler::pending_changes() const {
  return pass_ ? pass_->plan.changes.size() - pass_->next + pass_->open : 0;
}

void Reconciler::publish_metrics() const {
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_.seen());
}

}  // namespace roomkeeper::sidecar
