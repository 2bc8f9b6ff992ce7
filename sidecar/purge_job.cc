#include "sidecar/purge_job.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policies/backoff.h"
#include "sidecar/job_rooms.h"

namespace roomkeeper::sidecar {
namespace {

using api::JobState;
using metrics::MetricId;
using nats::Priority;
using policies::Nanoseconds;
using policies::ObservedStream;
using policies::Reason;
using policies::Result;

using namespace std::chrono_literals;

/// A job deletes nothing that a deadline, a kick or a person's request has to wait for.
constexpr Priority priority = Priority::apply;
constexpr std::uint32_t most_tries = 5;
constexpr std::uint32_t most_listings = 5;
/// How long a job waits for the copy of a hold before the room counts as failed.
constexpr Nanoseconds hold_patience = 10min;
constexpr policies::BackoffLimits retry_limits{.first = 250ms, .longest = 10s};

constexpr std::array<std::string_view, 4> outcome_names{"open", "done", "skipped", "failed"};

}  // namespace

PurgeJob::PurgeJob(JobParts parts, const api::JobRecord& record, std::function<void()> on_state)
    : parts_(parts),
      view_(record.job),
      on_state_(std::move(on_state)),
      tally_(record),
      own_pace_(record.job.rate),
      state_(api::parse_job_state(record.job.state).value_or(JobState::queued)),
      limit_(record.job.created),
      at_least_(record.job.at_least) {
  if (!ended()) state_ = JobState::queued;
  if (view_.selection.before_time) limit_ = std::min(limit_, *view_.selection.before_time);
}

void PurgeJob::run() {
  if (running_ || ended()) return;
  running_ = true;
  if (looking_) return;  // the listing is on its way
  if (open_ > 0) {
    look_again_ = true;
    return;
  }
  look_for_rooms();
}

void PurgeJob::suspend() {
  if (!running_) return;
  running_ = false;
  look_again_ = false;
  parts_.runtime.loop.cancel(timer_);
  timer_ = 0;
  due_.clear();
  later_.clear();
  tell_audit();
  if (!aborting_) set_state(JobState::queued);
}

void PurgeJob::abort() {
  if (ended() || aborting_) return;
  aborting_ = true;
  due_.clear();
  later_.clear();
  if (open_ == 0) return end(JobState::aborted, Reason::job_aborted, {});
  set_state(JobState::aborting);
}

void PurgeJob::give_up(std::string detail) {
  if (!ended()) end(JobState::failed, Reason::job_failed, std::move(detail));
}

api::JobView PurgeJob::view() const {
  api::JobView view = view_;
  view.state = std::string(to_string(state_));
  view.at_least = at_least_;
  tally_.write_counts(view, false);
  return view;
}

api::JobRecord PurgeJob::record() const {
  api::JobRecord record{.job = view(), .cursor = tally_.cursor(), .failures = tally_.failures()};
  if (!ended()) tally_.write_counts(record.job, true);
  return record;
}

api::JobReply PurgeJob::show(std::size_t limit, std::size_t offset) {
  return {.job = view(),
          .failures = tally_.failures(),
          .rooms = tally_.largest(limit, offset),
          .total = tally_.counted()};
}

MessageSelection PurgeJob::selection_of(std::size_t index) const {
  const api::PurgeSelection& selection = view_.selection;
  MessageSelection chosen{.filter = {},
                          .limit = limit_,
                          .before_seq = selection.before_seq.value_or(0),
                          .keep = selection.keep.value_or(0)};
  if (selection.user.empty()) return chosen;
  if (const auto room = policies::RoomId::parse(tally_.room(index)))
    chosen.filter = parts_.runtime.names().publish_subject(*room, selection.user);
  return chosen;
}

// --- which rooms

void PurgeJob::look_for_rooms() {
  set_state(JobState::running);
  streams_.clear();
  retries_.clear();
  if (!view_.selection.rooms.empty()) {
    std::vector<std::string> rooms = named_rooms(view_.selection, tally_.cursor());
    std::vector<ObservedStream> nameless(rooms.size());
    return begin_rooms(std::move(rooms), std::move(nameless));
  }
  looking_ = true;
  listed_at_ = parts_.purger.event_mark();
  parts_.js.list_all(priority, lifetime_.guard([this](Result<policies::ObservedStreams> listing) {
    listed(std::move(listing));
  }));
}

void PurgeJob::listed(Result<policies::ObservedStreams> listing) {
  looking_ = false;
  if (!running_ || ended()) return;
  if (!listing) return listing_failed(listing.error().text);
  if (!listing->complete) return listing_failed("the server could not list all streams");
  listing_failures_ = 0;
  std::vector<ObservedStream> streams =
      matching_rooms(std::move(*listing), view_.selection, parts_.runtime.names(),
                     parts_.runtime.config->instance, tally_.cursor());
  std::vector<std::string> rooms;
  rooms.reserve(streams.size());
  for (const ObservedStream& stream : streams) rooms.push_back(stream.config.mark->room);
  begin_rooms(std::move(rooms), std::move(streams));
}

void PurgeJob::listing_failed(const std::string& detail) {
  parts_.runtime.log.warn("job.listing_failed", {{"job", view_.id}, {"error", detail}});
  if (++listing_failures_ >= most_listings)
    return end(JobState::failed, Reason::job_failed, "listing the rooms: " + detail);
  set_state(JobState::waiting);
  looking_ = true;
  parts_.runtime.loop.run_after(policies::backoff(retry_limits, listing_failures_, 1),
                                lifetime_.guard([this] {
                                  looking_ = false;
                                  if (running_ && !ended()) look_for_rooms();
                                }));
}

void PurgeJob::begin_rooms(std::vector<std::string> rooms, std::vector<ObservedStream> streams) {
  tally_.begin(std::move(rooms));
  streams_ = std::move(streams);
  next_ = 0;
  feed();
}

// --- which room next

void PurgeJob::feed() {
  if (feeding_) return;
  feeding_ = true;
  while (running_ && !aborting_ && !looking_ && !look_again_) {
    const std::optional<std::size_t> index = next_room();
    if (!index) break;
    if (settle_at_once(*index)) continue;
    if (!may_begin()) break;
    drop_next();
    ++open_;
    begin(*index);
  }
  feeding_ = false;
  settle();
}

/// What is due again comes first: it holds the cursor back.
std::optional<std::size_t> PurgeJob::next_room() {
  if (!due_.empty()) return due_.front();
  while (next_ < tally_.size() && !tally_.is_open(next_)) ++next_;
  if (next_ < tally_.size()) return next_;
  return std::nullopt;
}

void PurgeJob::drop_next() {
  if (!due_.empty()) {
    due_.pop_front();
  } else {
    ++next_;
  }
}

/// Rooms of which the listing says already that nothing goes.
bool PurgeJob::settle_at_once(std::size_t index) {
  const ObservedStream& stream = streams_[index];
  if (!due_.empty() || stream.name.empty()) return false;
  const bool newer = stream.stored.created >= view_.created;
  if (!newer && stream.stored.messages > 0) return false;
  drop_next();
  note_done(index, newer ? RoomOutcome::skipped : RoomOutcome::done, 0, 0);
  return true;
}

bool PurgeJob::may_begin() {
  if (open_ >= window_) return false;
  const policies::MonoTime now = parts_.runtime.clock.mono();
  if (!own_pace_.take(now)) {
    arm(own_pace_.wait(now));
    return false;
  }
  if (!parts_.pace.take(now)) {
    own_pace_.give_back();
    arm(parts_.pace.wait(now));
    return false;
  }
  return true;
}

void PurgeJob::settle() {
  if (ended() || open_ > 0) return show_work();
  if (aborting_) return end(JobState::aborted, Reason::job_aborted, {});
  if (!running_ || looking_) return;
  if (look_again_) {
    look_again_ = false;
    return look_for_rooms();
  }
  if (next_room() || !later_.empty()) return show_work();
  const bool clean = tally_.failed() == 0;
  end(clean ? JobState::done : JobState::done_with_failures, Reason::manual, {});
}

void PurgeJob::show_work() {
  if (ended() || aborting_ || !running_) return;
  const bool only_later = open_ == 0 && !later_.empty() && !next_room();
  set_state(only_later ? JobState::waiting : JobState::running);
}

// --- one room

void PurgeJob::begin(std::size_t index) {
  const bool listed = !streams_[index].name.empty() && !retries_.contains(index);
  if (listed) return act(index);
  const auto room = policies::RoomId::parse(tally_.room(index));
  if (!room) return failed(index, room.error());
  // Named rooms and those that are tried again are asked for afresh, one by one.
  const std::uint64_t mark = parts_.purger.event_mark();
  parts_.js.info(priority, parts_.runtime.names().stream_of(*room),
                 lifetime_.guard([this, index, mark](Result<nats::StreamInfo> info) {
                   retries_[index].listed_at = mark;
                   refreshed(index, std::move(info));
                 }));
}

void PurgeJob::refreshed(std::size_t index, Result<nats::StreamInfo> info) {
  if (!info) {
    if (info.error().server_code == nats::server_code::stream_not_found)
      return finish(index, RoomOutcome::skipped, 0, 0);
    return failed(index, info.error());
  }
  const ObservedStream& stream = info->stream;
  if (!is_room_of_ours(stream, parts_.runtime.names(), parts_.runtime.config->instance)) {
    return given_up(index, Reason::unmarked_stream,
                    "stream " + stream.name + " is not marked as ours: nothing is purged");
  }
  streams_[index] = std::move(info->stream);
  act(index);
}

void PurgeJob::act(std::size_t index) {
  const policies::StoredRange& stored = streams_[index].stored;
  if (stored.created >= view_.created) return finish(index, RoomOutcome::skipped, 0, 0);
  if (stored.messages == 0) return finish(index, RoomOutcome::done, 0, 0);
  if (is_dry()) return count(index);
  if (view_.selection.keep) return find_end(index);
  purge(index, view_.selection.before_seq.value_or(0));
}

void PurgeJob::count(std::size_t index) {
  count_selection(parts_.js, priority, streams_[index], selection_of(index),
                  lifetime_.guard([this, index](const Result<std::uint64_t>& messages) {
                    if (!messages) return failed(index, messages.error());
                    finish(index, RoomOutcome::done, *messages, streams_[index].stored.messages);
                  }));
}

void PurgeJob::find_end(std::size_t index) {
  find_selection_end(parts_.js, priority, streams_[index], selection_of(index),
                     lifetime_.guard([this, index](const Result<std::uint64_t>& end) {
                       if (!end) return failed(index, end.error());
                       if (*end == 0)
                         return finish(index, RoomOutcome::done, 0,
                                       streams_[index].stored.messages);
                       purge(index, *end);
                     }));
}

void PurgeJob::purge(std::size_t index, std::uint64_t before_seq) {
  const auto retry = retries_.find(index);
  parts_.purger.purge(
      {.stream = streams_[index],
       .limit = limit_,
       .before_seq = before_seq,
       .filter = selection_of(index).filter,
       .reason = Reason::manual,
       .priority = priority,
       .listed_at = retry == retries_.end() ? listed_at_ : retry->second.listed_at},
      lifetime_.guard([this, index](const PurgeOutcome& outcome) { purged(index, outcome); }));
}

void PurgeJob::purged(std::size_t index, const PurgeOutcome& outcome) {
  if (!outcome.ok()) return failed(index, outcome.reason, outcome.detail);
  if (outcome.messages > 0) {
    told_.push_back({.room = tally_.room(index),
                     .messages = outcome.messages,
                     .before = outcome.before,
                     .up_to = outcome.cut});
    if (told_.size() >= api::audit_rooms_max) tell_audit();
  }
  finish(index, RoomOutcome::done, outcome.messages, outcome.before);
}

void PurgeJob::note_done(std::size_t index, RoomOutcome outcome, std::uint64_t messages,
                         std::uint64_t stored) {
  tally_.finish(index, outcome, messages, stored);
  streams_[index] = {};
  retries_.erase(index);
  count_room(outcome);
}

void PurgeJob::count_room(RoomOutcome outcome) {
  if (is_dry()) return;
  parts_.runtime.metrics.add(MetricId::purge_job_rooms_total,
                             {std::string(outcome_names[static_cast<std::size_t>(outcome)])});
}

void PurgeJob::finish(std::size_t index, RoomOutcome outcome, std::uint64_t messages,
                      std::uint64_t stored) {
  note_done(index, outcome, messages, stored);
  left_off();
}

void PurgeJob::left_off() {
  --open_;
  feed();
}

void PurgeJob::failed(std::size_t index, const policies::Error& error) {
  const bool silent =
      error.code == policies::ErrorCode::timeout || error.code == policies::ErrorCode::unavailable;
  failed(index, silent ? Reason::server_timeout : Reason::server_refused, error.text);
}

void PurgeJob::failed(std::size_t index, Reason reason, const std::string& detail) {
  // It may have been done and not been told.
  if (reason == Reason::server_timeout && !is_dry()) at_least_ = true;
  if (!running_ || aborting_ || look_again_) return left_off();  // open: the next look finds it
  Retry& retry = retries_[index];
  const policies::MonoTime now = parts_.runtime.clock.mono();
  if (++retry.tries == 1) retry.since = now;
  const bool hold = reason == Reason::hold_copying || reason == Reason::hold_behind;
  const bool again = hold ? now - retry.since < hold_patience : retry.tries < most_tries;
  if (again) {
    later_.emplace(now + policies::backoff(retry_limits, retry.tries, index), index);
    arm_for_later();
    return left_off();
  }
  given_up(index, reason, detail);
}

void PurgeJob::given_up(std::size_t index, Reason reason, const std::string& detail) {
  tally_.fail(index, std::string(to_string(reason)), detail);
  streams_[index] = {};
  retries_.erase(index);
  count_room(RoomOutcome::failed);
  left_off();
}

// --- time

void PurgeJob::arm_for_later() {
  if (later_.empty()) return;
  arm(std::max(later_.begin()->first - parts_.runtime.clock.mono(), Nanoseconds::zero()));
}

/// One timer, for whatever comes first.
void PurgeJob::arm(Nanoseconds delay) {
  const policies::MonoTime at = parts_.runtime.clock.mono() + delay;
  if (timer_ != 0 && timer_at_ <= at) return;
  parts_.runtime.loop.cancel(timer_);
  timer_at_ = at;
  timer_ = parts_.runtime.loop.run_after(delay, lifetime_.guard([this] {
    timer_ = 0;
    const policies::MonoTime now = parts_.runtime.clock.mono();
    while (!later_.empty() && later_.begin()->first <= now) {
      due_.push_back(later_.begin()->second);
      later_.erase(later_.begin());
    }
    arm_for_later();
    feed();
  }));
}

// --- the end

void PurgeJob::end(JobState state, Reason reason, std::string detail) {
  parts_.runtime.loop.cancel(timer_);
  timer_ = 0;
  tell_audit();
  view_.ended = parts_.inventory.server_now();
  if (state == JobState::aborted || state == JobState::failed)
    view_.reason = std::string(to_string(reason));
  view_.detail = std::move(detail);
  running_ = false;
  streams_ = {};
  tally_.shrink();
  set_state(state);
}

void PurgeJob::tell_audit() {
  if (told_.empty()) return;
  api::AuditRecord entry;
  entry.kind = api::AuditKind::purge;
  entry.reason = Reason::manual;
  entry.actor = {.origin = api::Origin::admin_api, .claimed = view_.who};
  entry.user = view_.selection.user;
  entry.job = view_.id;
  entry.messages = 0;
  for (const api::AuditRoom& room : told_) *entry.messages += room.messages;
  entry.rooms = std::exchange(told_, {});
  parts_.audit.record(std::move(entry));
}

void PurgeJob::set_state(JobState state) {
  if (state_ == state) return;
  state_ = state;
  on_state_();
}

}  // namespace roomkeeper::sidecar
