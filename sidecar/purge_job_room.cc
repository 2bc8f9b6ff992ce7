// A purge job's work on one room: where it is, what it stores, its purge, and what comes after a
// failure (PurgeJob's other half).
#include <algorithm>
#include <array>
#include <utility>

#include "policies/backoff.h"
#include "sidecar/purge_job.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::Nanoseconds;
using policies::ObservedStream;
using policies::Reason;
using policies::Result;

using namespace std::chrono_literals;

constexpr std::uint32_t most_tries = 5;
/// How long a job waits for a copy, of a hold or of a move, before the room counts as failed.
constexpr Nanoseconds patience = 10min;
constexpr std::array<std::string_view, 4> outcome_names{"open", "done", "skipped", "failed"};

}  // namespace

void PurgeJob::begin(std::size_t index) {
  const auto room = policies::RoomId::parse(tally_.room(index));
  if (!room) return failed(index, room.error());
  if (is_elsewhere(index, *room)) return;
  const bool listed = rooms_[index].stream && !retries_.contains(index);
  if (!listed) return ask_for(index, *room);
  if (!rooms_[index].counted) return count_first(index);
  act(index);
}

/// True: the room's messages are not where they were listed, or are on their way; the room is done
/// with for now.
bool PurgeJob::is_elsewhere(std::size_t index, const policies::RoomId& room) {
  const std::vector<policies::RoomId>& moving = parts_.pools.seen().moving;
  if (std::binary_search(moving.begin(), moving.end(), room)) {
    failed(index, Reason::moving, "its messages are being copied to another place");
    return true;
  }
  const JobRoom& listed = rooms_[index];
  if (!listed.stream) return false;
  const Home home = home_of_named(parts_.runtime.names(), parts_.pools, parts_.inventory, room);
  const bool is_there = parts_.inventory.streams().find(home.stream) != nullptr;
  if (home.stream == listed.stream->name || !is_there) return false;
  given_up(index, Reason::moved,
           "it was in " + listed.stream->name + " when the job began, and is in " + home.stream +
               " now: ask again");
  return true;
}

/// Named rooms and those that are tried again are asked for afresh, one by one.
void PurgeJob::ask_for(std::size_t index, const policies::RoomId& room) {
  const Home home = home_of_named(parts_.runtime.names(), parts_.pools, parts_.inventory, room);
  const std::uint64_t mark = parts_.purger.event_mark();
  parts_.js.info(job_priority, home.stream,
                 lifetime_.guard([this, index, home, mark](Result<nats::StreamInfo> info) {
                   retries_[index].listed_at = mark;
                   refreshed(index, home, std::move(info));
                 }));
}

void PurgeJob::refreshed(std::size_t index, const Home& home, Result<nats::StreamInfo> info) {
  if (!info) {
    if (info.error().server_code == nats::server_code::stream_not_found)
      return finish(index, RoomOutcome::skipped, 0, 0);
    return failed(index, info.error());
  }
  const ObservedStream& stream = info->stream;
  const policies::Names& names = parts_.runtime.names();
  const std::string& instance = parts_.runtime.config->instance;
  if (!(home.is_pooled() ? is_pool_of_ours(stream, names, instance)
                         : is_room_of_ours(stream, names, instance))) {
    return given_up(index, Reason::unmarked_stream,
                    "stream " + stream.name + " is not marked as ours: nothing is purged");
  }
  JobRoom& room = rooms_[index];
  room.stored = room.chosen = stream.stored.messages;
  room.pooled = home.is_pooled();
  room.counted = !room.pooled;
  room.stream = std::make_shared<const ObservedStream>(std::move(info->stream));
  room.pooled ? count_first(index) : act(index);
}

void PurgeJob::count_first(std::size_t index) {
  const auto id = policies::RoomId::parse(tally_.room(index));
  const policies::Names& names = parts_.runtime.names();
  const std::string pool = names.pool_of_stream(rooms_[index].stream->name).value_or("");
  search_.count(rooms_[index], names.subscribe_subject(*id, pool), job_priority,
                lifetime_.guard([this, index](Result<JobRoom> room) {
                  if (!room) return failed(index, room.error());
                  rooms_[index] = std::move(*room);
                  act(index);
                }));
}

void PurgeJob::act(std::size_t index) {
  const JobRoom& room = rooms_[index];
  if (room.stream->stored.created >= view_.created)
    return finish(index, RoomOutcome::skipped, 0, 0);
  if (room.chosen == 0) return finish(index, RoomOutcome::done, 0, room.stored);
  if (is_dry()) return count(index);
  if (view_.selection.keep) return find_end(index);
  purge(index, view_.selection.before_seq.value_or(0));
}

void PurgeJob::count(std::size_t index) {
  count_selection(parts_.js, job_priority, *rooms_[index].stream, selection_of(index),
                  lifetime_.guard([this, index](const Result<std::uint64_t>& messages) {
                    if (!messages) return failed(index, messages.error());
                    finish(index, RoomOutcome::done, *messages, rooms_[index].stored);
                  }));
}

void PurgeJob::find_end(std::size_t index) {
  find_selection_end(parts_.js, job_priority, *rooms_[index].stream, selection_of(index),
                     lifetime_.guard([this, index](const Result<std::uint64_t>& end) {
                       if (!end) return failed(index, end.error());
                       if (*end == 0)
                         return finish(index, RoomOutcome::done, 0, rooms_[index].stored);
                       purge(index, *end);
                     }));
}

void PurgeJob::purge(std::size_t index, std::uint64_t before_seq) {
  const auto retry = retries_.find(index);
  parts_.purger.purge(
      {.stream = *rooms_[index].stream,
       .limit = limit_,
       .before_seq = before_seq,
       .filter = selection_of(index).filter,
       .reason = Reason::manual,
       .priority = job_priority,
       .listed_at = retry == retries_.end() ? listed_at_ : retry->second.listed_at},
      lifetime_.guard([this, index](const PurgeOutcome& outcome) { purged(index, outcome); }));
}

void PurgeJob::purged(std::size_t index, const PurgeOutcome& outcome) {
  if (!outcome.ok()) return failed(index, outcome.reason, outcome.detail);
  const std::uint64_t before = rooms_[index].pooled ? rooms_[index].stored : outcome.before;
  if (outcome.messages > 0) {
    told_.push_back({.room = tally_.room(index),
                     .messages = outcome.messages,
                     .before = before,
                     .up_to = outcome.cut});
    if (told_.size() >= api::audit_rooms_max) tell_audit();
  }
  finish(index, RoomOutcome::done, outcome.messages, before);
}

void PurgeJob::note_done(std::size_t index, RoomOutcome outcome, std::uint64_t messages,
                         std::uint64_t stored) {
  tally_.finish(index, outcome, messages, stored);
  rooms_[index] = {};
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
  const bool waits =
      reason == Reason::hold_copying || reason == Reason::hold_behind || reason == Reason::moving;
  const bool again = waits ? now - retry.since < patience : retry.tries < most_tries;
  if (again) {
    later_.emplace(now + policies::backoff(job_retry_limits, retry.tries, index), index);
    arm_for_later();
    return left_off();
  }
  given_up(index, reason, detail);
}

void PurgeJob::given_up(std::size_t index, Reason reason, const std::string& detail) {
  tally_.fail(index, std::string(to_string(reason)), detail);
  rooms_[index] = {};
  retries_.erase(index);
  count_room(RoomOutcome::failed);
  left_off();
}

}  // namespace roomkeeper::sidecar
