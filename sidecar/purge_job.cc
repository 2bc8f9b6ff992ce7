#include "sidecar/purge_job.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policies/backoff.h"

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

constexpr std::uint32_t most_listings = 5;

}  // namespace

PurgeJob::PurgeJob(JobParts parts, const api::JobRecord& record, std::function<void()> on_state)
    : parts_(parts),
      view_(record.job),
      on_state_(std::move(on_state)),
      tally_(record),
      own_pace_(record.job.rate),
      state_(api::parse_job_state(record.job.state).value_or(JobState::queued)),
      limit_(record.job.created),
      search_(parts.runtime, parts.js, parts.pools),
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
  const auto room = policies::RoomId::parse(tally_.room(index));
  const policies::Names& names = parts_.runtime.names();
  const std::string pool =
      rooms_[index].pooled ? names.pool_of_stream(rooms_[index].stream->name).value_or("") : "";
  if (room && !selection.user.empty()) {
    chosen.filter = names.publish_subject(*room, pool, selection.user);
  } else if (room && !pool.empty()) {
    chosen.filter = names.subscribe_subject(*room, pool);
  }
  return chosen;
}

// --- which rooms

void PurgeJob::look_for_rooms() {
  set_state(JobState::running);
  rooms_.clear();
  retries_.clear();
  if (!view_.selection.rooms.empty())
    return begin_rooms(named_rooms(view_.selection, tally_.cursor()));
  looking_ = true;
  listed_at_ = parts_.purger.event_mark();
  search_.find(
      view_.selection, tally_.cursor(), job_priority,
      lifetime_.guard([this](Result<std::vector<JobRoom>> rooms) { listed(std::move(rooms)); }));
}

void PurgeJob::listed(Result<std::vector<JobRoom>> rooms) {
  looking_ = false;
  if (!running_ || ended()) return;
  if (!rooms) return listing_failed(rooms.error().text);
  listing_failures_ = 0;
  begin_rooms(std::move(*rooms));
}

void PurgeJob::listing_failed(const std::string& detail) {
  parts_.runtime.log.warn("job.listing_failed", {{"job", view_.id}, {"error", detail}});
  if (++listing_failures_ >= most_listings)
    return end(JobState::failed, Reason::job_failed, "listing the rooms: " + detail);
  set_state(JobState::waiting);
  looking_ = true;
  parts_.runtime.loop.run_after(policies::backoff(job_retry_limits, listing_failures_, 1),
                                lifetime_.guard([this] {
                                  looking_ = false;
                                  if (running_ && !ended()) look_for_rooms();
                                }));
}

void PurgeJob::begin_rooms(std::vector<JobRoom> rooms) {
  std::vector<std::string> names;
  names.reserve(rooms.size());
  for (JobRoom& room : rooms) names.push_back(std::exchange(room.room, {}));
  tally_.begin(std::move(names));
  rooms_ = std::move(rooms);
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
  const JobRoom& room = rooms_[index];
  if (!due_.empty() || !room.stream) return false;
  const bool newer = room.stream->stored.created >= view_.created;
  if (!newer && (!room.counted || room.chosen > 0)) return false;
  drop_next();
  note_done(index, newer ? RoomOutcome::skipped : RoomOutcome::done, 0, newer ? 0 : room.stored);
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
  rooms_ = {};
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
