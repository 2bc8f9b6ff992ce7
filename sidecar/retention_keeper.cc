#include "sidecar/retention_keeper.h"

#include <algorithm>
#include <utility>

#include "policies/backoff.h"
#include "sidecar/seconds.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using nats::Priority;
using policies::CutKind;
using policies::Nanoseconds;
using policies::ObservedStream;
using policies::ObservedStreams;
using policies::Reason;
using policies::Result;
using policies::RetentionRule;
using policies::UntilMidnight;
using policies::WallTime;

using namespace std::chrono_literals;

/// A deadline is closed by a listing whose server time is later than this after it.
constexpr Nanoseconds proof_after = 2s;
/// The timer fires a little late rather than a little early: a listing read before the boundary
/// moved shows nothing.
constexpr Nanoseconds margin = 5ms;
constexpr Nanoseconds skew_retry = 10s;
constexpr policies::BackoffLimits unclean_retry{.first = 200ms, .longest = 10s};

}  // namespace

/// A stream with messages older than the limit.
struct RetentionKeeper::Candidate {
  ObservedStream stream;
  WallTime limit{};
  Reason reason{};
};

struct RetentionKeeper::Pass {
  WallTime server_time{};
  bool complete = false;
  std::vector<Candidate> candidates;
  std::uint64_t listed_at = 0;  ///< StreamPurger's, from before the listing
  std::size_t next = 0;
  std::size_t open = 0;
  std::size_t failed = 0;
  std::uint64_t messages = 0;
  std::set<std::string> other_rule;  ///< streams whose rule was changed since it began
  bool feeding = false;  ///< a purge that ends at once must not begin the next one inside of itself
  std::map<Reason, std::vector<api::AuditRoom>> told;  ///< purged, not told to the audit yet
  policies::MonoTime began{};
};

RetentionKeeper::RetentionKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                                 RoomDirectory& rooms, const PoolKeeper& pools,
                                 StreamPurger& purger, AuditLog& audit)
    : runtime_(runtime),
      js_(js),
      inventory_(inventory),
      pools_(pools),
      purger_(purger),
      audit_(audit),
      rules_(runtime, rooms) {
  purger_.on_outcome(lifetime_.guard([this](const PurgeOrder& order, const PurgeOutcome& outcome) {
    history_.note(order, outcome, inventory_.server_now());
  }));
}

RetentionKeeper::~RetentionKeeper() = default;

void RetentionKeeper::start() {
  running_ = true;
  look_again();
}

void RetentionKeeper::stop() {
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
  // Nobody watches from here on: a deadline that passes meanwhile is made up.
  for (auto& [name, zone] : zones_) zone.watched = false;
}

void RetentionKeeper::look_again() {
  if (!running_) return;
  count_zones();
  publish_metrics();
  schedule();
}

void RetentionKeeper::Overdue::add(WallTime due, std::uint64_t of_rooms) {
  rooms += of_rooms;
  oldest_due = std::min(oldest_due, due);
}

/// Which zones and templates have rooms, and what is overdue, from what was last seen.
void RetentionKeeper::count_zones() {
  for (auto& [name, zone] : zones_) zone.rooms = zone.overdue_rooms = 0;
  templates_.clear();
  all_ = {};
  const WallTime now = inventory_.server_now();
  const auto pooled = pools_.rooms_by_pool();
  for (const ObservedStream& stream : inventory_.streams().streams) {
    if (!rules_.is_ours(stream)) continue;
    const policies::Mark& mark = *stream.config.mark;
    std::uint64_t rooms = 1;
    if (mark.is_pool()) {
      // A pool that has messages and no room is still there to be looked after.
      const auto found = pooled.find(mark.template_name);
      rooms = found == pooled.end() ? 1 : found->second;
    }
    count_stream(stream, rooms, now);
  }
  std::erase_if(zones_, [](const auto& entry) { return entry.second.rooms == 0; });
  count_again_at_ = WallTime::max();
  for (const auto& [name, zone] : zones_) {
    count_again_at_ = std::min(*count_again_at_, policies::next_deadline(*zone.zone, now));
  }
}

void RetentionKeeper::count_stream(const ObservedStream& stream, std::uint64_t rooms,
                                   WallTime now) {
  // A template without anything overdue says 0, and so does one whose rooms JetStream expires.
  Overdue& of_template = templates_[stream.config.mark->template_name];
  const RetentionRule* rule = rules_.rule_of(stream);
  const auto* midnight = rule == nullptr ? nullptr : std::get_if<UntilMidnight>(rule);
  if (midnight == nullptr) return;
  ZoneState& zone = zones_[midnight->zone->name()];
  zone.zone = midnight->zone;
  zone.rooms += rooms;
  const std::optional<WallTime> limit = rules_.limit_of(stream, now);
  if (!limit || stream.stored.messages == 0 || stream.stored.first_ts >= *limit) {
    consented_.erase(stream.name);
    return;
  }
  const WallTime due = rules_.due_at(stream, stream.stored.first_ts).value_or(now);
  zone.overdue_rooms += rooms;
  of_template.add(due, rooms);
  all_.add(due, rooms);
}

/// The next instant at which there is something to do: a deadline that is not closed, or the next
/// one to come.
void RetentionKeeper::schedule() {
  if (pass_ || zones_.empty()) return;
  const WallTime now = inventory_.server_now();
  std::optional<Nanoseconds> wait;
  for (const auto& [name, zone] : zones_) {
    const WallTime last = policies::last_deadline(*zone.zone, now);
    const bool open = !zone.closed || *zone.closed < last;
    Nanoseconds until = policies::next_deadline(*zone.zone, now) + margin - now;
    if (open)
      until = zone.watched ? std::max(last + proof_after + margin - now, Nanoseconds{0})
                           : Nanoseconds{0};
    if (zone.overdue_rooms > 0) until = Nanoseconds{0};
    wait = wait ? std::min(*wait, until) : until;
  }
  // A pass that left something behind without failing is not repeated at once for ever.
  if (unclean_in_a_row_ > 1)
    wait = std::max(*wait, policies::backoff(unclean_retry, unclean_in_a_row_, ++seed_));
  // Clocks are set, zones change: look again once an hour whatever happens.
  schedule_after(std::min(*wait, Nanoseconds(1h)));
}

void RetentionKeeper::schedule_after(Nanoseconds delay) {
  runtime_.loop.cancel(timer_);
  timer_ = runtime_.loop.run_after(delay, lifetime_.guard([this] {
    timer_ = 0;
    begin_pass();
  }));
}

void RetentionKeeper::begin_pass() {
  if (!running_ || pass_) return;
  pass_ = std::make_unique<Pass>();
  pass_->began = runtime_.clock.mono();
  pass_->listed_at = purger_.event_mark();
  js_.list_all(Priority::purge, lifetime_.guard([this](Result<ObservedStreams> listing) {
    listed(std::move(listing));
  }));
}

void RetentionKeeper::listed(Result<ObservedStreams> listing) {
  runtime_.metrics.set(MetricId::collector_success, {"retention"}, listing ? 1 : 0);
  if (!listing) {
    runtime_.log.warn("retention.listing_failed", {{"error", listing.error()}});
    const bool unanswered = listing.error().code == policies::ErrorCode::timeout ||
                            listing.error().code == policies::ErrorCode::unavailable;
    note_doubt(unanswered ? Reason::server_timeout : Reason::server_refused, listing.error().text);
    pass_.reset();
    if (running_) schedule_after(policies::backoff(unclean_retry, ++unclean_in_a_row_, ++seed_));
    return;
  }
  pass_->server_time = listing->server_time;
  pass_->complete = listing->complete;
  inventory_.take_listing(*listing);
  history_.keep_only(inventory_.streams());
  count_zones();
  if (!listing->streams.empty() && !clock_is_sound(listing->server_time)) {
    pass_.reset();
    publish_metrics();
    if (running_) schedule_after(skew_retry);
    return;
  }
  collect(*listing);
  tell_audit_of_begin();
  feed();
}

bool RetentionKeeper::clock_is_sound(WallTime server_time) {
  const WallTime ours = runtime_.clock.wall();
  runtime_.metrics.set(MetricId::clock_skew_seconds, seconds(server_time - ours));
  switch (policies::judge_skew(ours, server_time)) {
    case policies::Skew::none:
      return true;
    case policies::Skew::noticed:
      runtime_.log.warn("clock.skew", {{"seconds", seconds(server_time - ours)}});
      return true;
    case policies::Skew::too_far:
      runtime_.metrics.add(MetricId::purge_errors_total,
                           {std::string(to_string(Reason::clock_skew))});
      runtime_.log.error("retention.not_purged", {{"reason", Reason::clock_skew},
                                                  {"seconds", seconds(server_time - ours)}});
      note_doubt(Reason::clock_skew, "the server's clock is " +
                                         std::to_string((server_time - ours) / 1s) +
                                         " s away from ours");
      return false;
  }
  return false;
}

void RetentionKeeper::collect(const ObservedStreams& listing) {
  for (const ObservedStream& stream : listing.streams) {
    const std::optional<WallTime> limit = rules_.limit_of(stream, listing.server_time);
    if (!limit) continue;
    if (policies::plan_cut(stream.stored, *limit).kind == CutKind::nothing) continue;
    const auto zone = zones_.find(std::get<UntilMidnight>(*rule_of(stream)).zone->name());
    const bool watched = zone != zones_.end() && zone->second.watched;
    const Reason by_time = watched ? Reason::midnight : Reason::made_up;
    pass_->candidates.push_back(
        {.stream = stream,
         .limit = *limit,
         .reason = consented_.contains(stream.name) ? Reason::consent_given : by_time});
  }
}

/// A pass over several rooms leaves a trace even when the program is killed in the middle of it.
void RetentionKeeper::tell_audit_of_begin() {
  if (pass_->candidates.size() < 2) return;
  std::map<Reason, std::size_t> rooms;
  for (const Candidate& candidate : pass_->candidates) ++rooms[candidate.reason];
  for (const auto& [reason, count] : rooms) {
    api::AuditRecord entry;
    entry.kind = api::AuditKind::purge;
    entry.reason = reason;
    entry.text = "begins: " + std::to_string(count) + (count == 1 ? " room" : " rooms");
    audit_.record(std::move(entry));
  }
}

void RetentionKeeper::feed() {
  const std::size_t window = static_cast<std::size_t>(runtime_.config->reconcile.in_flight) * 2;
  pass_->feeding = true;
  while (running_ && pass_->open < window && pass_->next < pass_->candidates.size()) {
    ++pass_->open;
    submit(pass_->candidates[pass_->next++]);
  }
  pass_->feeding = false;
  if (pass_->open == 0) end_pass();
}

void RetentionKeeper::note_consent(const std::string& stream) {
  consented_.insert(stream);
  // What the running pass has decided, it has decided by the rule before.
  if (pass_) pass_->other_rule.insert(stream);
}

void RetentionKeeper::submit(const Candidate& candidate) {
  purger_.purge({.stream = candidate.stream,
                 .limit = candidate.limit,
                 .filter = {},
                 .reason = candidate.reason,
                 .priority = Priority::purge,
                 .listed_at = pass_->listed_at,
                 .still_due =
                     [this, stream = candidate.stream, limit = candidate.limit] {
                       // A longer rule that was read in the middle of the pass protects at once,
                       // and one that was agreed to rules from then on.
                       if (!pass_ || pass_->other_rule.contains(stream.name)) return false;
                       const auto now = rules_.limit_of(stream, inventory_.server_now());
                       return now && *now >= limit;
                     }},
                lifetime_.guard([this, candidate](const PurgeOutcome& outcome) {
                  purged(candidate, outcome);
                }));
}

void RetentionKeeper::purged(const Candidate& candidate, const PurgeOutcome& outcome) {
  --pass_->open;
  if (outcome.ok()) {
    pass_->messages += outcome.messages;
    if (candidate.reason == Reason::consent_given) {
      consented_.erase(candidate.stream.name);
      runtime_.log.info("room.purged", {{"room", candidate.stream.config.mark->room},
                                        {"reason", candidate.reason},
                                        {"messages", outcome.messages},
                                        {"stream", candidate.stream.name}});
    }
    note_for_audit(candidate, outcome);
  } else {
    ++pass_->failed;
  }
  if (!pass_->feeding) feed();
}

/// Rooms are told in groups: a midnight of thousands of rooms costs a few entries.
void RetentionKeeper::note_for_audit(const Candidate& candidate, const PurgeOutcome& outcome) {
  std::vector<api::AuditRoom>& group = pass_->told[candidate.reason];
  const policies::Mark& mark = *candidate.stream.config.mark;
  group.push_back({.room = mark.is_pool() ? "pool:" + mark.template_name : mark.room,
                   .messages = outcome.messages,
                   .before = outcome.before,
                   .up_to = outcome.cut});
  if (group.size() >= api::audit_rooms_max) tell_audit(candidate.reason, std::exchange(group, {}));
}

void RetentionKeeper::tell_audit(Reason reason, std::vector<api::AuditRoom> group) {
  if (group.empty()) return;
  api::AuditRecord entry;
  entry.kind = api::AuditKind::purge;
  entry.reason = reason;
  entry.messages = 0;
  for (const api::AuditRoom& room : group) *entry.messages += room.messages;
  entry.rooms = std::move(group);
  audit_.record(std::move(entry));
}

void RetentionKeeper::end_pass() {
  const std::unique_ptr<Pass> ended = std::move(pass_);
  for (auto& [reason, group] : ended->told) tell_audit(reason, std::move(group));
  const double took = seconds(runtime_.clock.mono() - ended->began);
  if (!ended->candidates.empty()) {
    runtime_.metrics.observe(MetricId::purge_duration_seconds, {}, took);
    runtime_.log.info("retention.pass", {{"streams", ended->candidates.size()},
                                         {"messages", ended->messages},
                                         {"failed", ended->failed},
                                         {"seconds", took}});
  }
  count_zones();
  if (ended->complete) {
    doubt_ = {};
  } else {
    note_doubt(Reason::observation_incomplete, "the server could not list all streams");
  }
  if (!running_) {
    publish_metrics();
    return;
  }
  if (ended->candidates.empty() && ended->complete) close_deadlines(ended->server_time);
  const bool clean = ended->candidates.empty() && ended->complete;
  unclean_in_a_row_ = clean ? 0 : unclean_in_a_row_ + 1;
  publish_metrics();
  if (ended->failed > 0 || !ended->complete) {
    schedule_after(policies::backoff(unclean_retry, unclean_in_a_row_, ++seed_));
  } else {
    schedule();
  }
}

/// The listing of `server_time` was complete and showed nothing overdue.
void RetentionKeeper::close_deadlines(WallTime server_time) {
  const WallTime now = server_time == WallTime{} ? inventory_.server_now() : server_time;
  runtime_.metrics.set(MetricId::purge_last_success_timestamp_seconds,
                       seconds(now.time_since_epoch()));
  for (auto& [name, zone] : zones_) {
    const WallTime last = policies::last_deadline(*zone.zone, now);
    const bool open = !zone.closed || *zone.closed < last;
    if (!open || now <= last + proof_after) {
      zone.watched = true;
      continue;
    }
    zone.closed = last;
    zone.closed_late = zone.watched ? now - last : Nanoseconds{0};
    zone.made_up = !zone.watched;
    runtime_.log.info(
        "retention.deadline_closed",
        {{"timezone", name}, {"made_up", !zone.watched}, {"after_seconds", seconds(now - last)}});
    zone.watched = true;
  }
}

void RetentionKeeper::note_doubt(Reason reason, std::string detail) {
  if (doubt_.reason != reason) doubt_.since = inventory_.server_now();
  doubt_.reason = reason;
  doubt_.detail = std::move(detail);
}

Nanoseconds RetentionKeeper::overdue() const {
  const WallTime now = inventory_.server_now();
  return now - std::min(all_.oldest_due, now);
}

void RetentionKeeper::refresh_metrics() {
  if (!count_again_at_) return;  // nothing was seen yet, so nothing is claimed
  if (inventory_.server_now() >= *count_again_at_ && !pass_) {
    count_zones();
    publish_metrics();
  } else if (all_.rooms > 0) {
    publish_overdue();
  }
}

void RetentionKeeper::publish_metrics() {
  const WallTime now = inventory_.server_now();
  std::vector<std::pair<metrics::LabelValues, double>> next;
  std::vector<std::pair<metrics::LabelValues, double>> late;
  for (const auto& [name, zone] : zones_) {
    next.push_back({{name}, seconds(policies::next_deadline(*zone.zone, now).time_since_epoch())});
    if (zone.closed) late.push_back({{name}, seconds(zone.closed_late)});
  }
  runtime_.metrics.replace(MetricId::next_purge_timestamp_seconds, next);
  runtime_.metrics.replace(MetricId::deadline_closed_late_seconds, late);
  publish_overdue();
}

void RetentionKeeper::publish_overdue() {
  const WallTime now = inventory_.server_now();
  std::vector<std::pair<metrics::LabelValues, double>> age;
  std::vector<std::pair<metrics::LabelValues, double>> rooms;
  for (const auto& [name, entry] : templates_) {
    age.push_back({{name}, seconds(now - std::min(entry.oldest_due, now))});
    rooms.push_back({{name}, static_cast<double>(entry.rooms)});
  }
  runtime_.metrics.replace(MetricId::retention_overdue_seconds, age);
  runtime_.metrics.replace(MetricId::rooms_overdue, rooms);
}

}  // namespace roomkeeper::sidecar
