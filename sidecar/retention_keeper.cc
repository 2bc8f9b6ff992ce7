#include "sidecar/retention_keeper.h"

#include <algorithm>
#include <set>
#include <utility>

#include "policies/backoff.h"
#include "policies/purge_limit.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using nats::Priority;
using policies::CutEvidence;
using policies::CutKind;
using policies::CutPlan;
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
constexpr std::size_t rules_remembered = 10'000;
constexpr policies::BackoffLimits retry_limits{.first = 200ms, .longest = 10s};

double seconds(Nanoseconds value) {
  return std::chrono::duration<double>(value).count();
}

}  // namespace

/// A stream with messages older than the limit.
struct RetentionKeeper::Candidate {
  ObservedStream stream;
  WallTime limit{};
  Reason reason{};
  CutPlan cut;
};

struct RetentionKeeper::Pass {
  WallTime server_time{};
  bool complete = false;
  std::vector<Candidate> candidates;
  std::set<std::string> changed;  ///< streams made or deleted since the listing
  std::size_t next = 0;
  std::size_t open = 0;
  std::size_t failed = 0;
  std::uint64_t messages = 0;
  policies::MonoTime began{};
};

RetentionKeeper::RetentionKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                                 RoomDirectory& rooms)
    : runtime_(runtime), js_(js), inventory_(inventory), rooms_(rooms) {}

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

void RetentionKeeper::note_stream_event(const std::string& stream) {
  if (pass_) pass_->changed.insert(stream);
}

void RetentionKeeper::look_again() {
  if (!running_) return;
  count_zones();
  publish_metrics();
  schedule();
}

const RetentionRule* RetentionKeeper::rule_of(const ObservedStream& stream) {
  const auto& mark = stream.config.mark;
  if (!mark || mark->instance != runtime_.config->instance) return nullptr;
  auto found = rules_.find(mark->retention);
  if (found == rules_.end()) {
    if (rules_.size() >= rules_remembered) rules_.clear();
    Result<RetentionRule> rule = policies::parse_retention(mark->retention, runtime_.zones);
    if (!rule) {
      runtime_.log.error("retention.unreadable",
                         {{"stream", stream.name}, {"error", rule.error()}});
    }
    found = rules_.emplace(mark->retention, rule ? std::optional(*rule) : std::nullopt).first;
  }
  return found->second ? &*found->second : nullptr;
}

/// Up to when this stream's messages must be gone; nullopt when that is not Roomkeeper's to do.
std::optional<WallTime> RetentionKeeper::limit_of(const ObservedStream& stream, WallTime now) {
  const RetentionRule* applied = rule_of(stream);
  if (applied == nullptr) return std::nullopt;
  const Result<policies::RoomId> id = policies::RoomId::parse(stream.config.mark->room);
  const policies::RoomSpec* room = id ? rooms_.desired().find(*id) : nullptr;
  return policies::purge_limit(*applied, room == nullptr ? nullptr : &room->settings->retention,
                               now);
}

/// Which zones and templates have rooms, and what is overdue, from what was last seen.
void RetentionKeeper::count_zones() {
  for (auto& [name, zone] : zones_) zone.rooms = zone.overdue_rooms = 0;
  templates_.clear();
  overdue_ = {};
  const WallTime now = inventory_.server_now();
  for (const ObservedStream& stream : inventory_.streams().streams) {
    const RetentionRule* rule = rule_of(stream);
    const auto* midnight = rule == nullptr ? nullptr : std::get_if<UntilMidnight>(rule);
    if (midnight == nullptr) continue;
    ZoneState& zone = zones_[midnight->zone->name()];
    zone.zone = midnight->zone;
    ++zone.rooms;
    Overdue& of_template = templates_[stream.config.mark->template_name];
    const std::optional<WallTime> limit = limit_of(stream, now);
    if (!limit || stream.stored.messages == 0 || stream.stored.first_ts >= *limit) continue;
    const Nanoseconds age = now - policies::gone_at(*rule, stream.stored.first_ts).value_or(now);
    ++zone.overdue_rooms;
    ++of_template.rooms;
    of_template.oldest = std::max(of_template.oldest, age);
    overdue_ = std::max(overdue_, age);
  }
  std::erase_if(zones_, [](const auto& entry) { return entry.second.rooms == 0; });
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
    wait = std::max(*wait, policies::backoff(retry_limits, unclean_in_a_row_, ++seed_));
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
  js_.list_all(Priority::purge, lifetime_.guard([this](Result<ObservedStreams> listing) {
    listed(std::move(listing));
  }));
}

void RetentionKeeper::listed(Result<ObservedStreams> listing) {
  runtime_.metrics.set(MetricId::collector_success, {"retention"}, listing ? 1 : 0);
  if (!listing) {
    runtime_.log.warn("retention.listing_failed", {{"error", listing.error()}});
    pass_.reset();
    if (running_) schedule_after(policies::backoff(retry_limits, ++unclean_in_a_row_, ++seed_));
    return;
  }
  pass_->server_time = listing->server_time;
  pass_->complete = listing->complete;
  inventory_.take_listing(*listing);
  if (!listing->streams.empty() && !clock_is_sound(listing->server_time)) {
    pass_.reset();
    if (running_) schedule_after(skew_retry);
    return;
  }
  count_zones();
  collect(*listing);
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
      return false;
  }
  return false;
}

void RetentionKeeper::collect(const ObservedStreams& listing) {
  for (const ObservedStream& stream : listing.streams) {
    const std::optional<WallTime> limit = limit_of(stream, listing.server_time);
    if (!limit) continue;
    const CutPlan cut = policies::plan_cut(stream.stored, *limit);
    if (cut.kind == CutKind::nothing) continue;
    const auto zone = zones_.find(std::get<UntilMidnight>(*rule_of(stream)).zone->name());
    const bool watched = zone != zones_.end() && zone->second.watched;
    pass_->candidates.push_back({.stream = stream,
                                 .limit = *limit,
                                 .reason = watched ? Reason::midnight : Reason::made_up,
                                 .cut = cut});
  }
}

void RetentionKeeper::feed() {
  const std::size_t window = static_cast<std::size_t>(runtime_.config->reconcile.in_flight) * 2;
  while (running_ && pass_->open < window && pass_->next < pass_->candidates.size()) {
    ++pass_->open;
    submit(pass_->candidates[pass_->next++]);
  }
  if (pass_->open == 0) end_pass();
}

void RetentionKeeper::submit(const Candidate& candidate) {
  if (candidate.cut.kind == CutKind::look_up) {
    look_up(candidate);
    return;
  }
  purge(candidate, {.cut = candidate.cut.cut,
                    .stored = candidate.stream.stored,
                    .created_at_look_up = candidate.stream.stored.created,
                    .cut_ts = std::nullopt,
                    .last_stored_ts = std::nullopt});
}

void RetentionKeeper::look_up(const Candidate& candidate) {
  nats::find_cut(js_, Priority::purge, candidate.stream.name, candidate.stream.stored,
                 candidate.limit, lifetime_.guard([this, candidate](Result<nats::Cut> cut) {
                   if (!cut) {
                     runtime_.log.warn("retention.no_cut",
                                       {{"stream", candidate.stream.name}, {"error", cut.error()}});
                     finished(false);
                     return;
                   }
                   verify(candidate, *cut);
                 }));
}

/// The cut took several requests: what it is checked against is read once more.
void RetentionKeeper::verify(const Candidate& candidate, const nats::Cut& cut) {
  js_.info(Priority::purge, candidate.stream.name,
           lifetime_.guard([this, candidate, cut](Result<nats::StreamInfo> info) {
             if (!info) {
               runtime_.log.warn("retention.no_info",
                                 {{"stream", candidate.stream.name}, {"error", info.error()}});
               finished(false);
               return;
             }
             const CutEvidence evidence{.cut = cut.seq,
                                        .stored = info->stream.stored,
                                        .created_at_look_up = candidate.stream.stored.created,
                                        .cut_ts = cut.ts,
                                        .last_stored_ts = std::nullopt};
             // The newest messages were deleted one by one and the server still names their time.
             const bool tail_deleted = !cut.ts && info->stream.stored.last_ts >= candidate.limit;
             if (tail_deleted) {
               ask_for_tail(candidate, evidence);
             } else {
               purge(candidate, evidence);
             }
           }));
}

void RetentionKeeper::ask_for_tail(const Candidate& candidate, CutEvidence evidence) {
  js_.last_message(Priority::purge, candidate.stream.name,
                   lifetime_.guard([this, candidate, evidence](
                                       Result<std::optional<nats::StoredMessage>> last) mutable {
                     if (!last) {
                       runtime_.log.warn("retention.no_tail", {{"stream", candidate.stream.name},
                                                               {"error", last.error()}});
                       finished(false);
                       return;
                     }
                     if (*last) evidence.last_stored_ts = (*last)->time;
                     purge(candidate, evidence);
                   }));
}

void RetentionKeeper::purge(const Candidate& candidate, const CutEvidence& evidence) {
  // A listing takes its time, and so do two thousand purges: a stream that was recreated meanwhile
  // has other messages.
  const bool recreated = pass_->changed.contains(candidate.stream.name);
  const Reason verdict =
      recreated ? Reason::stream_recreated : policies::check_cut(evidence, candidate.limit);
  if (verdict != Reason::ok) {
    runtime_.metrics.add(MetricId::purge_errors_total, {std::string(to_string(verdict))});
    runtime_.log.warn(
        "retention.not_purged",
        {{"stream", candidate.stream.name}, {"reason", verdict}, {"cut", evidence.cut}});
    finished(false);
    return;
  }
  runtime_.metrics.add(MetricId::purges_total, {std::string(to_string(candidate.reason))});
  js_.purge(Priority::purge, candidate.stream.name,
            {.filter = {}, .up_to = evidence.cut, .keep = 0},
            lifetime_.guard([this, candidate, evidence](Result<std::uint64_t> count) {
              purged(candidate, evidence, std::move(count));
            }));
}

void RetentionKeeper::purged(const Candidate& candidate, const CutEvidence& evidence,
                             Result<std::uint64_t> count) {
  if (!count) {
    runtime_.metrics.add(MetricId::purge_errors_total,
                         {std::string(to_string(count.error().code == policies::ErrorCode::timeout
                                                    ? Reason::server_timeout
                                                    : Reason::server_refused))});
    runtime_.log.warn("retention.purge_failed",
                      {{"stream", candidate.stream.name}, {"error", count.error()}});
    finished(false);
    return;
  }
  runtime_.metrics.add(MetricId::purged_messages_total, {std::string(to_string(candidate.reason))},
                       static_cast<double>(*count));
  pass_->messages += *count;
  ObservedStream left = candidate.stream;
  left.stored = evidence.stored;
  left.stored.messages -= std::min(*count, left.stored.messages);
  left.stored.first_seq = evidence.cut;
  left.stored.first_ts = evidence.cut_ts.value_or(WallTime{});
  inventory_.put(std::move(left), {});
  finished(true);
}

void RetentionKeeper::finished(bool ok) {
  --pass_->open;
  if (!ok) ++pass_->failed;
  feed();
}

void RetentionKeeper::end_pass() {
  const std::unique_ptr<Pass> ended = std::move(pass_);
  const double took = seconds(runtime_.clock.mono() - ended->began);
  if (!ended->candidates.empty()) {
    runtime_.metrics.observe(MetricId::purge_duration_seconds, {}, took);
    runtime_.log.info("retention.pass", {{"streams", ended->candidates.size()},
                                         {"messages", ended->messages},
                                         {"failed", ended->failed},
                                         {"seconds", took}});
  }
  count_zones();
  if (!running_) {
    publish_metrics();
    return;
  }
  if (ended->candidates.empty() && ended->complete) close_deadlines(ended->server_time);
  const bool clean = ended->candidates.empty() && ended->complete;
  unclean_in_a_row_ = clean ? 0 : unclean_in_a_row_ + 1;
  publish_metrics();
  if (ended->failed > 0 || !ended->complete) {
    schedule_after(policies::backoff(retry_limits, unclean_in_a_row_, ++seed_));
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
    runtime_.log.info(
        "retention.deadline_closed",
        {{"timezone", name}, {"made_up", !zone.watched}, {"after_seconds", seconds(now - last)}});
    zone.watched = true;
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
  std::vector<std::pair<metrics::LabelValues, double>> age;
  std::vector<std::pair<metrics::LabelValues, double>> rooms;
  for (const auto& [name, entry] : templates_) {
    age.push_back({{name}, seconds(entry.oldest)});
    rooms.push_back({{name}, static_cast<double>(entry.rooms)});
  }
  runtime_.metrics.replace(MetricId::retention_overdue_seconds, age);
  runtime_.metrics.replace(MetricId::rooms_overdue, rooms);
}

}  // namespace roomkeeper::sidecar
