#include "sidecar/job_room_search.h"

#include <algorithm>
#include <utility>

#include "sidecar/nats/room_count.h"
#include "sidecar/nats/subject_pages.h"

namespace roomkeeper::sidecar {

using policies::ErrorCode;
using policies::ObservedStreams;
using policies::Result;

Home home_of_named(const policies::Names& names, const PoolKeeper& pools,
                   const Inventory& inventory, const policies::RoomId& room) {
  Home home = home_of(names, pools, inventory, room, nullptr);
  if (home.is_pooled() || inventory.streams().find(home.stream) != nullptr) return home;
  for (const auto& [stream, contents] : pools.seen().contents) {
    const auto pool = names.pool_of_stream(stream);
    if (!pool || contents.find(room.text()) == nullptr) continue;
    return {.pool = *pool, .stream = stream, .filter = names.subscribe_subject(room, *pool)};
  }
  return home;
}

struct JobRoomSearch::Round {
  api::PurgeSelection selection;
  std::string cursor;
  nats::Priority priority{};
  Done done;
  std::vector<JobRoom> rooms{};
  std::vector<std::string> pools{};  ///< streams that are not counted yet
};

void JobRoomSearch::find(const api::PurgeSelection& selection, const std::string& cursor,
                         nats::Priority priority, Done done) {
  const auto round = std::make_shared<Round>(Round{
      .selection = selection, .cursor = cursor, .priority = priority, .done = std::move(done)});
  js_.list_all(priority, lifetime_.guard([this, round](Result<ObservedStreams> listing) {
    listed(round, std::move(listing));
  }));
}

void JobRoomSearch::listed(const std::shared_ptr<Round>& round, Result<ObservedStreams> listing) {
  if (!listing) return round->done(policies::pass(std::move(listing).error()));
  if (!listing->complete) {
    return round->done(
        policies::fail(ErrorCode::unavailable, "the server could not list all streams"));
  }
  const policies::Names& names = runtime_.names();
  const std::string& instance = runtime_.config->instance;
  const policies::PoolRoster& roster = pools_.seen().roster;
  const bool has_pools = std::any_of(
      listing->streams.begin(), listing->streams.end(),
      [&](const policies::ObservedStream& s) { return is_pool_of_ours(s, names, instance); });
  if (has_pools && !roster.known) {
    return round->done(
        policies::fail(ErrorCode::unavailable, "the roster of the pools' rooms has not been read"));
  }
  round->rooms =
      matching_rooms(std::move(*listing), roster, round->selection, names, instance, round->cursor);
  std::set<std::string> pools;
  for (const JobRoom& room : round->rooms) {
    if (room.pooled) pools.insert(room.stream->name);
  }
  round->pools.assign(pools.begin(), pools.end());
  count_pools(round);
}

/// One after the other. A pool with more subjects than are read is left uncounted: then its rooms
/// are counted one by one, when it is their turn.
void JobRoomSearch::count_pools(const std::shared_ptr<Round>& round) {
  if (round->pools.empty()) return round->done(std::move(round->rooms));
  const std::string stream = std::move(round->pools.back());
  round->pools.pop_back();
  const policies::Names& names = runtime_.names();
  const std::string pool = names.pool_of_stream(stream).value_or("");
  const auto count = std::make_shared<PoolCount>(names, pool, round->selection.user);
  nats::walk_subjects(
      js_, round->priority, stream, names.pool_subject(pool),
      [count](std::string_view subject, std::uint64_t messages) { count->add(subject, messages); },
      lifetime_.guard([this, round, stream, count](const Result<nats::SubjectWalk>& walk) {
        if (!walk) return round->done(policies::pass(walk.error()));
        for (JobRoom& room : round->rooms) {
          if (walk->complete && room.pooled && room.stream->name == stream) count->put(room);
        }
        count_pools(round);
      }));
}

void JobRoomSearch::count(JobRoom room, const std::string& filter, nats::Priority priority,
                          std::function<void(Result<JobRoom>)> done) {
  const std::string stream = room.stream->name;
  nats::count_room(js_, priority, stream, filter,
                   lifetime_.guard([room = std::move(room), done = std::move(done)](
                                       const Result<nats::RoomCount>& count) mutable {
                     if (!count) return done(policies::pass(count.error()));
                     room.counted = true;
                     room.stored = room.chosen = count->messages;
                     done(std::move(room));
                   }));
}

}  // namespace roomkeeper::sidecar
