#include "sidecar/pooled_removal.h"

#include <string>
#include <utility>

#include "sidecar/nats/room_count.h"
#include "sidecar/silence.h"

namespace roomkeeper::sidecar {
namespace {

using nats::Priority;
using policies::Reason;
using policies::Result;

Applied not_removed(Reason reason, std::string detail, bool retry) {
  return {.done = false, .retry = retry, .reason = reason, .detail = std::move(detail)};
}

Applied removal_failed(const policies::Error& error) {
  const bool silent = is_silent(error);
  return not_removed(silent ? Reason::server_timeout : Reason::server_refused, error.text, silent);
}

}  // namespace

struct PooledRemoval::Work {
  policies::Change change;
  bool only_if_empty = false;
  Done done;
  std::string pool;
  std::string filter;
  std::uint64_t listed_at = 0;
  nats::StreamInfo info{};

  /// A room goes from a pool only once, as a stream does.
  RemovalGuard::Stream guarded() const {
    return {change.stream + "/" + change.room.text(), change.created};
  }
};

PooledRemoval::PooledRemoval(Runtime& runtime, nats::JetStream& js, StreamPurger& purger,
                             const RoomDirectory& rooms, RemovalGuard& guard)
    : runtime_(runtime), js_(js), purger_(purger), rooms_(rooms), guard_(guard) {}

void PooledRemoval::remove(const policies::Change& change, bool only_if_empty, Done done) {
  const auto work = std::make_shared<Work>(Work{.change = change,
                                                .only_if_empty = only_if_empty,
                                                .done = std::move(done),
                                                .pool = {},
                                                .filter = {}});
  const policies::Names& names = runtime_.names();
  work->pool = names.pool_of_stream(change.stream).value_or("");
  work->filter = names.subscribe_subject(change.room, work->pool);
  work->listed_at = purger_.event_mark();
  js_.info(Priority::apply, change.stream,
           lifetime_.guard(
               [this, work](Result<nats::StreamInfo> info) { check(work, std::move(info)); }));
}

bool PooledRemoval::is_wanted(const Work& work) const {
  return rooms_.desired().find(work.change.room) != nullptr;
}

void PooledRemoval::check(const Shared& work, Result<nats::StreamInfo> info) {
  if (!info) return work->done(removal_failed(info.error()));
  const auto& mark = info->stream.config.mark;
  const bool ours = mark && mark->instance == runtime_.config->instance && mark->is_pool();
  if (!ours || work->pool.empty() || info->stream.stored.created != work->change.created) {
    return work->done(
        not_removed(Reason::stream_recreated, "planned for another stream of that name", true));
  }
  work->info = *std::move(info);
  nats::count_room(js_, Priority::apply, work->change.stream, work->filter,
                   lifetime_.guard([this, work](const Result<nats::RoomCount>& count) {
                     if (!count) return work->done(removal_failed(count.error()));
                     counted(work, count->messages);
                   }));
}

void PooledRemoval::counted(const Shared& work, std::uint64_t messages) {
  if (messages == 0) {
    return work->done({.done = true, .retry = false, .reason = work->change.reason, .detail = {}});
  }
  if (work->only_if_empty)
    return work->done(not_removed(Reason::not_empty, "a message has come in", false));
  if (is_wanted(*work))
    return work->done(not_removed(Reason::settings_changed, "the room is wanted again", true));
  work->change.messages = messages;
  guard_.count(work->guarded(), lifetime_.guard([this, work](const Result<>& outcome) {
    if (outcome) return purge(work);
    const bool full = outcome.error().code == policies::ErrorCode::limit;
    work->done(not_removed(full ? Reason::removal_guard : Reason::server_timeout,
                           "the removal could not be counted: " + outcome.error().text, !full));
  }));
}

void PooledRemoval::purge(const Shared& work) {
  guard_.sending(work->guarded());
  purger_.purge(
      {.stream = work->info.stream,
       .limit = work->info.server_time,
       .before_seq = work->info.stream.stored.last_seq + 1,
       .filter = work->filter,
       .reason = work->change.reason,
       .priority = Priority::apply,
       .listed_at = work->listed_at,
       .still_due = [rooms = &rooms_,
                     room = work->change.room] { return rooms->desired().find(room) == nullptr; }},
      lifetime_.guard([this, work](const PurgeOutcome& outcome) { purged(work, outcome); }));
}

void PooledRemoval::purged(const Shared& work, const PurgeOutcome& outcome) {
  if (outcome.ok()) {
    guard_.removed(work->guarded());
    return look_once_more(work);
  }
  // Silence does not say that it was not done.
  if (outcome.reason != Reason::server_timeout) guard_.refused(work->guarded());
  work->done(not_removed(
      outcome.reason,
      outcome.detail.empty() ? std::string(explain(outcome.reason)) : outcome.detail, true));
}

/// A room is only gone when nothing of it is left.
void PooledRemoval::look_once_more(const Shared& work) {
  nats::count_room(
      js_, Priority::apply, work->change.stream, work->filter,
      lifetime_.guard([work](const Result<nats::RoomCount>& count) {
        if (!count) return work->done(removal_failed(count.error()));
        if (count->messages > 0) {
          return work->done(not_removed(Reason::not_empty, "a message has come in", true));
        }
        work->done({.done = true, .retry = false, .reason = work->change.reason, .detail = {}});
      }));
}

}  // namespace roomkeeper::sidecar
