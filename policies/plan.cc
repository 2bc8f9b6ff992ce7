#include "policies/plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "policies/pooled_planner.h"
#include "policies/stream_planner.h"

namespace roomkeeper::policies {
namespace {

/// The rooms of a plan, divided by where they live or are going to live.
struct Division {
  std::vector<RoomSpec> pools;  ///< the pools that rooms want, by name, each as a room of its own
  std::vector<const RoomSpec*> dedicated;
  std::vector<const RoomSpec*> pooled;
};

/// A room that the roster knows lives in its pool, whatever is wanted now; one that wants a pool
/// and has a stream of its own lives there until it is moved.
bool lives_in_pool(const PlanScene& scene, const RoomSpec& room) {
  if (scene.pools.roster.find(room.id) != nullptr) return true;
  if (room.settings->layout != Layout::pooled) return false;
  const ObservedStream* own = scene.observed.find(scene.names.stream_of(room.id));
  return own == nullptr || !scene.is_ours(*own) || own->config.mark->room != room.id.text();
}

/// Whichever of its rooms comes first: what a room may say of itself is no part of the stream.
void add_pool(std::map<std::string, std::shared_ptr<const RoomSettings>, std::less<>>& pools,
              const RoomSpec& room) {
  if (room.settings->layout == Layout::pooled)
    pools.try_emplace(room.settings->template_name, room.settings);
}

Division divide(const PlanScene& scene) {
  Division division;
  std::map<std::string, std::shared_ptr<const RoomSettings>, std::less<>> pools;
  const RoomSettings* last = nullptr;
  for (const RoomSpec& room : scene.desired.rooms) {
    if (room.settings.get() != std::exchange(last, room.settings.get())) add_pool(pools, room);
    (lives_in_pool(scene, room) ? division.pooled : division.dedicated).push_back(&room);
  }
  for (auto& [name, settings] : pools) {
    Result<RoomId> id = RoomId::parse(name);  // names of templates have the shape of rooms' ids
    if (!id) continue;
    RoomSpec pool{.id = *std::move(id),
                  .owner = RoomOwner::file,
                  .title = {},
                  .topic = {},
                  .tags = {},
                  .settings = std::move(settings),
                  .place = {}};
    division.pools.push_back(std::move(pool));
  }
  return division;
}

std::vector<RoomVerdict> merged(std::vector<RoomVerdict> a, std::vector<RoomVerdict> b) {
  if (b.empty()) return a;
  if (a.empty()) return b;
  std::vector<RoomVerdict> all;
  all.reserve(a.size() + b.size());
  std::merge(std::make_move_iterator(a.begin()), std::make_move_iterator(a.end()),
             std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()),
             std::back_inserter(all),
             [](const RoomVerdict& x, const RoomVerdict& y) { return x.room < y.room; });
  return all;
}

Plan plan_scene(const PlanScene& scene) {
  Plan plan;
  PlanParts parts;
  const Division division = divide(scene);
  std::vector<const RoomSpec*> pools;
  pools.reserve(division.pools.size());
  for (const RoomSpec& pool : division.pools) pools.push_back(&pool);
  plan.pools = StreamPlanner(scene, ChangeTarget::pool_stream, parts).run(pools);
  std::vector<RoomVerdict> dedicated =
      StreamPlanner(scene, ChangeTarget::room_stream, parts).run(division.dedicated);
  std::vector<RoomVerdict> pooled =
      PooledPlanner(scene, plan.pools, parts, plan.roster).run(division.pooled);
  plan.verdicts = merged(std::move(dedicated), std::move(pooled));
  plan.changes = std::move(parts.updates);
  std::move(parts.creates.begin(), parts.creates.end(), std::back_inserter(plan.changes));
  plan_removals(std::move(parts.removals), scene.limits, plan);
  return plan;
}

}  // namespace

bool is_held(const RoomVerdict& verdict) {
  return verdict.state == RoomState::blocked || verdict.state == RoomState::pending_consent ||
         (verdict.state == RoomState::removing && verdict.reason == Reason::removal_guard);
}

bool Consent::covers(const RoomId& room) const {
  return all || std::binary_search(rooms.begin(), rooms.end(), room);
}

bool Consent::covers_pool(const RoomId& pool) const {
  return all || std::binary_search(pools.begin(), pools.end(), pool);
}

bool Consent::covers_adoption(const RoomId& room) const {
  return std::binary_search(adopt.begin(), adopt.end(), room);
}

Plan plan_rooms(const DesiredRooms& desired, const ObservedStreams& observed,
                const SeenStreams& seen, const PlanLimits& limits, const Names& names,
                const ZoneLookup& zones, const PoolsSeen& pools) {
  RetentionJudge judge(zones);
  WantedStreams wanted(names, limits.instance, judge);
  const SubjectClaims claims(observed, names);
  return plan_scene({.desired = desired,
                     .observed = observed,
                     .seen = seen,
                     .limits = limits,
                     .names = names,
                     .pools = pools,
                     .judge = judge,
                     .wanted = wanted,
                     .claims = claims});
}

}  // namespace roomkeeper::policies
