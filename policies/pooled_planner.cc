#include "policies/pooled_planner.h"

#include <algorithm>
#include <utility>

#include "policies/removal.h"

namespace roomkeeper::policies {
namespace {

bool before(const RoomVerdict& a, const RoomVerdict& b) {
  return a.room < b.room;
}

/// A pool whose stream is there and ours: rooms can live in it, also while a change of it waits.
bool is_habitable(const RoomVerdict& pool) {
  return pool.state == RoomState::ready || pool.state == RoomState::pending ||
         pool.state == RoomState::pending_consent ||
         (pool.state == RoomState::blocked && pool.reason == Reason::immutable_field);
}

}  // namespace

std::vector<RoomVerdict> PooledPlanner::run(const std::vector<const RoomSpec*>& wanted) {
  const std::vector<PooledRoom>& roster = scene_.pools.roster.rooms;
  verdicts_.reserve(std::max(wanted.size(), roster.size()));
  auto lives = roster.begin();
  for (const RoomSpec* room : wanted) {
    for (; lives != roster.end() && lives->id < room->id; ++lives) unwanted(*lives);
    const bool is_known = lives != roster.end() && lives->id == room->id;
    wanted_room(*room, is_known ? &*lives++ : nullptr);
  }
  for (; lives != roster.end(); ++lives) unwanted(*lives);
  strays();
  return std::move(verdicts_);
}

// ---- wanted

void PooledPlanner::wanted_room(const RoomSpec& room, const PooledRoom* lives) {
  if (lives == nullptr) {
    enters(room);
  } else if (room.settings->layout == Layout::pooled &&
             room.settings->template_name == *lives->pool) {
    at_home(room, *lives);
  } else {
    elsewhere(room, *lives);
  }
  if (scene_.has_conflict(room.id)) note_conflict(verdicts_.back());
}

void PooledPlanner::at_home(const RoomSpec& room, const PooledRoom& lives) {
  as_pool(room.id, *lives.pool);
  if (lives.owner != room.owner && scene_.pools.roster.known)
    roster_.push_back(
        {.room = room.id, .pool = lives.pool, .owner = room.owner, .only_owner = true});
}

void PooledPlanner::elsewhere(const RoomSpec& room, const PooledRoom& lives) {
  const bool moving = scene_.is_moving(room.id);
  say(room.id, moving ? RoomState::pending : RoomState::blocked,
      moving ? Reason::moving : Reason::layout_change)
      .detail = "its messages are in " + scene_.names.pool_stream(*lives.pool);
}

void PooledPlanner::enters(const RoomSpec& room) {
  const std::string& pool = room.settings->template_name;
  const RoomVerdict* home = pool_verdict(pool);
  if (!scene_.pools.roster.known || home == nullptr) {
    say(room.id, RoomState::unknown, Reason::desired_incomplete).detail =
        "the roster of the pool has not been read";
    return;
  }
  if (!is_habitable(*home)) return as_pool(room.id, pool);
  say(room.id, RoomState::pending, Reason::room_missing);
  roster_.push_back({.room = room.id, .pool = shared_name(pool), .owner = room.owner});
}

/// A room is as well as its pool is.
void PooledPlanner::as_pool(const RoomId& room, std::string_view pool) {
  const RoomVerdict* home = pool_verdict(pool);
  if (home == nullptr) {
    say(room, RoomState::unknown, Reason::not_observed);
    return;
  }
  RoomVerdict& verdict = say(room, home->state, home->reason);
  verdict.as_pool = true;
  if (home->state == RoomState::ready) return;
  verdict.detail = scene_.names.pool_stream(pool);
}

// ---- not wanted

void PooledPlanner::unwanted(const PooledRoom& room) {
  if (scene_.is_moving(room.id)) {
    say(room.id, RoomState::pending, Reason::moving);
    return;
  }
  const ObservedStream* stream = scene_.observed.find(scene_.names.pool_stream(*room.pool));
  const bool is_there = stream != nullptr && scene_.is_ours(*stream);
  const std::uint64_t messages = messages_of(room);
  verdicts_.push_back(
      judge_unwanted({.room = room.id,
                      .owner = std::string(to_string(room.owner)),
                      .messages = messages,
                      .has_leader = !is_there || stream->has_leader,
                      .desired_complete = scene_.desired.complete && scene_.pools.roster.known,
                      .observed_complete = scene_.observed.complete,
                      .asked_through_api = scene_.is_removed_by_api(room.id)},
                     scene_.limits.on_removal));
  if (!may_go(verdicts_.back())) return;
  if (is_there) {
    parts_.removals.push_back({.target = ChangeTarget::pooled_room,
                               .room = room.id,
                               .stream = stream,
                               .messages = messages});
  } else if (stream == nullptr) {
    roster_.push_back({.room = room.id, .pool = nullptr, .owner = room.owner});  // nothing is left
  }
}

std::uint64_t PooledPlanner::messages_of(const PooledRoom& room) const {
  const auto pool = scene_.pools.contents.find(scene_.names.pool_stream(*room.pool));
  if (pool == scene_.pools.contents.end()) return 0;
  const PooledStored* stored = pool->second.find(room.id.text());
  return stored == nullptr ? 0 : stored->messages;
}

/// Messages under a name that is in no roster. They belong to nobody, and nothing proves that they
/// may go: their pool's retention takes them in its time.
void PooledPlanner::strays() {
  const std::size_t rooms = verdicts_.size();
  std::vector<RoomVerdict> found;
  for (const auto& [stream, contents] : scene_.pools.contents) {
    std::size_t listed = 0;
    for (const PooledStored& stored : contents.rooms) {
      if (listed >= strays_listed_max) break;
      auto id = RoomId::parse(stored.room);
      if (!id || scene_.pools.roster.find(*id) != nullptr || scene_.desired.find(*id) != nullptr)
        continue;
      const ObservedStream* own = scene_.observed.find(scene_.names.stream_of(*id));
      if (own != nullptr && scene_.is_ours(*own)) continue;
      ++listed;
      found.push_back(
          {*std::move(id), RoomState::orphaned, Reason::never_defined, "in " + stream, {}});
    }
  }
  if (found.empty()) return;
  std::sort(found.begin(), found.end(), before);
  found.erase(std::unique(found.begin(), found.end(),
                          [](const RoomVerdict& a, const RoomVerdict& b) {
                            return a.room == b.room;  // in two pools
                          }),
              found.end());
  std::move(found.begin(), found.end(), std::back_inserter(verdicts_));
  std::inplace_merge(verdicts_.begin(), verdicts_.begin() + static_cast<std::ptrdiff_t>(rooms),
                     verdicts_.end(), before);
}

// ---- small parts

const RoomVerdict* PooledPlanner::pool_verdict(std::string_view pool) const {
  const auto found = std::lower_bound(
      pools_.begin(), pools_.end(), pool,
      [](const RoomVerdict& verdict, std::string_view name) { return verdict.room.text() < name; });
  return found == pools_.end() || found->room.text() != pool ? nullptr : &*found;
}

std::shared_ptr<const std::string> PooledPlanner::shared_name(std::string_view pool) {
  const auto found = names_.find(pool);
  if (found != names_.end()) return found->second;
  return names_.emplace(std::string(pool), std::make_shared<const std::string>(std::string(pool)))
      .first->second;
}

RoomVerdict& PooledPlanner::say(const RoomId& room, RoomState state, Reason reason) {
  return verdicts_.emplace_back(RoomVerdict{room, state, reason, {}, {}});
}

}  // namespace roomkeeper::policies
