// A room's own limit on connections is no part of a stream: plans do not see it.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/plan.h"
#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {
namespace {

using namespace policies;

/// Settings of their own for each room of a pool: equal in all but the connections.
RoomSpec pooled(std::string_view id, ConnectionLimit connections,
                RoomOwner owner = RoomOwner::file) {
  RoomSpec spec = room(id, [&](RoomSettings& settings) {
    settings.template_name = "lobby";
    settings.layout = Layout::pooled;
    settings.stream.on_full = OnFull::reject_new;
    settings.connections = connections;
  });
  spec.owner = owner;
  return spec;
}

/// The plan of these rooms, with the pool on the server and the rooms in it.
Plan plan_at_home(World& world) {
  PoolsSeen pools;
  pools.roster.known = true;
  const auto name = std::make_shared<const std::string>("lobby");
  for (const RoomSpec& spec : world.desired.rooms)
    pools.roster.rooms.push_back({spec.id, name, spec.owner});
  return plan_rooms(world.desired, world.observed, world.seen, world.limits, world.names, zones(),
                    pools);
}

/// Three rooms, of which each wants another number of connections.
World three_rooms() {
  World world;
  world.want(pooled("a", {.max = 5}));
  world.want(pooled("b", {.max = 0, .on_limit = OnLimit::evict_oldest}, RoomOwner::api));
  world.want(pooled("c", {.max = {}, .enforce_now = false}));
  return world;
}

Plan first_plan(const World& world) {
  PoolsSeen pools;
  pools.roster.known = true;
  return plan_rooms(world.desired, world.observed, world.seen, world.limits, world.names, zones(),
                    pools);
}

TEST(ConnectionsInPlans, RoomsOfAPoolWithLimitsOfTheirOwnMakeOnePool) {
  const World world = three_rooms();
  const Plan plan = first_plan(world);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].kind, ChangeKind::create);
  EXPECT_EQ(plan.changes[0].stream, "POOL_lobby");
  EXPECT_EQ(plan.changes[0].wanted->subjects, std::vector<std::string>{"chat.lobby.*.*"});
  EXPECT_EQ(plan.pools.size(), 1U);
  EXPECT_EQ(plan.roster.size(), 3U);
  for (const RosterChange& change : plan.roster) EXPECT_EQ(*change.pool, "lobby");
}

TEST(ConnectionsInPlans, WhicheverRoomComesFirstThePoolIsTheSame) {
  const World limited_first = three_rooms();
  World limited_last;
  limited_last.want(pooled("a", {}));
  limited_last.want(pooled("z", {.max = 5}));
  const Plan one = first_plan(limited_first);
  const Plan other = first_plan(limited_last);
  ASSERT_EQ(one.changes.size(), 1U);
  ASSERT_EQ(other.changes.size(), 1U);
  EXPECT_EQ(one.changes[0].wanted->settings, other.changes[0].wanted->settings);
  EXPECT_EQ(one.changes[0].wanted->max_age, other.changes[0].wanted->max_age);
  EXPECT_EQ(one.changes[0].wanted->mark->retention, other.changes[0].wanted->mark->retention);
}

TEST(ConnectionsInPlans, ALimitAloneChangesNothingInAPool) {
  World world = three_rooms();
  EXPECT_TRUE(world.apply(first_plan(world)).empty());
  EXPECT_TRUE(plan_at_home(world).empty());
  // Lower, higher, gone, and another way: in every room at once.
  world.want(pooled("a", {.max = 1, .enforce_now = false}));
  world.want(pooled("b", {.max = 5000, .reserved_for_admins = 3}, RoomOwner::api));
  world.want(pooled("c", {}));
  const Plan plan = plan_at_home(world);
  EXPECT_TRUE(plan.empty());
  ASSERT_EQ(plan.pools.size(), 1U);
  EXPECT_EQ(plan.pools[0].state, RoomState::ready);
  EXPECT_TRUE(plan.pools[0].fields.empty());
  for (const char* id : {"a", "b", "c"}) expect_verdict(plan, id, RoomState::ready, Reason::ok);
}

TEST(ConnectionsInPlans, AChangeOfThePoolIsOneUpdateWhateverItsRoomsLimit) {
  World world = three_rooms();
  EXPECT_TRUE(world.apply(first_plan(world)).empty());
  for (RoomSpec& spec : world.desired.rooms) {
    auto settings = std::make_shared<RoomSettings>(*spec.settings);
    settings->stream.max_bytes = -1;
    spec.settings = std::move(settings);
  }
  const Plan plan = plan_at_home(world);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].kind, ChangeKind::update);
  EXPECT_EQ(fields(plan.changes[0].fields), std::vector<Field>{Field::max_bytes});
}

TEST(ConnectionsInPlans, ALimitAloneChangesNothingInAStreamOfItsOwn) {
  const World world = world_where_general_asks([](RoomSettings& settings) {
    settings.connections = {.max = 1, .on_limit = OnLimit::evict_oldest, .enforce_now = false};
  });
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::ready, Reason::ok);
  EXPECT_TRUE(verdict(plan, "general").fields.empty());
}

}  // namespace
}  // namespace roomkeeper::testing
