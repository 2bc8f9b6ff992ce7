// Plans with pools: rooms that share a stream, and what keeps them apart.
#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/plan.h"
#include "policies/pooled_planner.h"
#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {
namespace {

using namespace policies;

std::shared_ptr<const RoomSettings> pool_settings(const std::string& name) {
  auto settings = std::make_shared<RoomSettings>();
  settings->template_name = name;
  settings->layout = Layout::pooled;
  settings->retention = midnight(0);
  settings->stream.on_full = OnFull::reject_new;
  return settings;
}

/// What is wanted, the streams, and the roster, with a model of what the daemon does with a plan.
struct PoolWorld : World {
  PoolsSeen pools;
  std::map<std::string, std::shared_ptr<const RoomSettings>> templates;

  PoolWorld() { pools.roster.known = true; }

  RoomSpec pooled(std::string_view id, const std::string& pool = "lobby",
                  RoomOwner owner = RoomOwner::file) {
    auto& settings = templates[pool];
    if (settings == nullptr) settings = pool_settings(pool);
    RoomSpec spec = room(id);
    spec.settings = settings;
    spec.owner = owner;
    return spec;
  }

  /// These rooms live in the pool `lobby`.
  void settle(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) want(pooled(id));
    pass();
  }

  Plan plan() const { return plan_rooms(desired, observed, seen, limits, names, zones(), pools); }

  /// Applies streams and roster, as the daemon does in one pass.
  Plan pass() {
    Plan done = plan();
    Plan streams = done;
    std::erase_if(streams.changes, [this](const Change& change) {
      if (change.target != ChangeTarget::pooled_room) return false;
      roster_without(change.room);
      ++limits.removals_in_last_hour;
      auto& stored = pools.contents[change.stream].rooms;
      std::erase_if(stored, [&](const PooledStored& s) { return s.room == change.room.text(); });
      return true;
    });
    EXPECT_TRUE(apply(streams).empty());
    for (const RosterChange& change : done.roster) {
      roster_without(change.room);
      if (change.pool == nullptr) continue;
      pools.roster.rooms.push_back({change.room, change.pool, change.owner});
      std::sort(pools.roster.rooms.begin(), pools.roster.rooms.end(),
                [](const PooledRoom& a, const PooledRoom& b) { return a.id < b.id; });
    }
    return done;
  }

  void roster_without(const RoomId& id) {
    std::erase_if(pools.roster.rooms, [&](const PooledRoom& room) { return room.id == id; });
  }

  void store(const std::string& pool, const std::string& id, std::uint64_t messages) {
    PoolContents& contents = pools.contents["POOL_" + pool];
    contents.complete = true;
    auto& rooms = contents.rooms;
    std::erase_if(rooms, [&](const PooledStored& s) { return s.room == id; });
    rooms.push_back({.room = id, .messages = messages, .last_ts = {}, .last_seq = 1});
    std::sort(rooms.begin(), rooms.end(),
              [](const PooledStored& a, const PooledStored& b) { return a.room < b.room; });
  }
};

TEST(Pools, RoomsOfATemplateShareOneStream) {
  PoolWorld world;
  for (const char* id : {"a", "b", "c"}) world.want(world.pooled(id));
  const Plan plan = world.pass();
  ASSERT_EQ(plan.changes.size(), 1U);
  const Change& change = plan.changes.front();
  EXPECT_EQ(change.stream, "POOL_lobby");
  EXPECT_EQ(change.target, ChangeTarget::pool_stream);
  EXPECT_EQ(change.wanted->subjects, std::vector<std::string>{"chat.lobby.*.*"});
  EXPECT_TRUE(change.wanted->mark->is_pool());
  EXPECT_EQ(change.wanted->mark->template_name, "lobby");
  EXPECT_EQ(plan.roster.size(), 3U);
  const Plan next = world.plan();
  EXPECT_TRUE(next.empty());
  for (const char* id : {"a", "b", "c"}) expect_verdict(next, id, RoomState::ready, Reason::ok);
}

TEST(Pools, AddingARoomChangesNoStream) {
  PoolWorld world;
  world.settle({"a"});
  world.want(world.pooled("b"));
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.changes.empty());
  ASSERT_EQ(plan.roster.size(), 1U);
  EXPECT_EQ(plan.roster.front().room.text(), "b");
  EXPECT_EQ(*plan.roster.front().pool, "lobby");
  expect_verdict(plan, "b", RoomState::pending, Reason::room_missing);
}

TEST(Pools, ARoomAndAPoolOfOneNameDoNotMeet) {
  PoolWorld world;
  world.want(room("lobby"));
  world.settle({"a"});
  EXPECT_NE(world.observed.find("ROOM_lobby"), nullptr);
  EXPECT_NE(world.observed.find("POOL_lobby"), nullptr);
  EXPECT_TRUE(world.plan().empty());
}

TEST(Pools, WithoutTheRosterNothingEntersAndNothingGoes) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.settle({"a", "b"});
  world.store("lobby", "a", 5);
  world.forget("a");
  world.want(world.pooled("c"));
  world.pools.roster.known = false;
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "a", RoomState::unknown, Reason::desired_incomplete);
  expect_verdict(plan, "b", RoomState::ready, Reason::ok);
  expect_verdict(plan, "c", RoomState::unknown, Reason::desired_incomplete);
}

TEST(Pools, ARoomThatNoFileNamesGoesByItsSubjectsAlone) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.settle({"a", "b"});
  world.store("lobby", "a", 5);
  world.store("lobby", "b", 7);
  world.forget("a");
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].kind, ChangeKind::remove);
  EXPECT_EQ(plan.changes[0].target, ChangeTarget::pooled_room);
  EXPECT_EQ(plan.changes[0].room.text(), "a");
  EXPECT_EQ(plan.changes[0].reason, Reason::not_wanted);
  EXPECT_EQ(plan.changes[0].messages, 5U);
  EXPECT_TRUE(plan.roster.empty());
}

TEST(Pools, OrphanIsTheDefaultInAPoolToo) {
  PoolWorld world;
  world.settle({"a", "b"});
  world.forget("a");
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "a", RoomState::orphaned, Reason::orphaned);
}

TEST(Pools, DeleteIfEmptyKeepsWhatHoldsMessages) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove_if_empty;
  world.settle({"a", "b"});
  world.store("lobby", "a", 1);
  world.forget("a");
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "a", RoomState::orphaned, Reason::not_empty);
}

TEST(Pools, AnApiRoomGoesOnlyWithItsRecordedRemoval) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.want(world.pooled("a", "lobby", RoomOwner::api));
  world.want(world.pooled("b"));
  world.pass();
  world.forget("a");
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "a", RoomState::orphaned, Reason::orphaned);
  world.desired.removed_by_api = {room_id("a")};
  ASSERT_EQ(world.plan().changes.size(), 1U);
  EXPECT_EQ(world.plan().changes[0].reason, Reason::removed_by_api);
}

TEST(Pools, AnIncompleteWishListOrListingRemovesNothing) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.settle({"a", "b"});
  world.forget("a");
  world.desired.complete = false;
  EXPECT_TRUE(world.plan().empty());
  world.desired.complete = true;
  world.observed.complete = false;
  EXPECT_TRUE(world.plan().empty());
}

TEST(Pools, TheGuardCountsRoomsOfPoolsAndStreamsTogether) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.limits.max_removals = 3;
  for (int i = 0; i < 100; ++i) world.want(world.pooled("p" + std::to_string(i)));
  world.want(room("x1"));
  world.want(room("x2"));
  world.pass();
  for (int i = 0; i < 5; ++i) world.forget("p" + std::to_string(i));
  world.forget("x1");
  world.forget("x2");
  const Plan plan = world.plan();
  EXPECT_EQ(plan.changes.size(), 3U);
  expect_verdict(plan, "x2", RoomState::removing, Reason::removal_guard);
  EXPECT_NE(verdict(plan, "x2").detail.find("7 removals are wanted"), std::string::npos);
}

TEST(Pools, ARoomWhosePoolWasChangedStaysUntilItIsMoved) {
  PoolWorld world;
  world.settle({"a", "b"});
  world.want(world.pooled("a", "games"));
  world.pass();
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "a", RoomState::blocked, Reason::layout_change);
  EXPECT_EQ(verdict(plan, "a").detail, "its messages are in POOL_lobby");
  world.pools.moving = {room_id("a")};
  expect_verdict(world.plan(), "a", RoomState::pending, Reason::moving);
}

TEST(Pools, ARoomWithAStreamOfItsOwnStaysThereUntilItIsMoved) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.put_stream_of(room("a"));
  world.settle({"a", "b"});
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "a", RoomState::blocked, Reason::layout_change);
  EXPECT_EQ(verdict(plan, "a").detail, "its messages are in ROOM_a");
}

TEST(Pools, ARoomOfAPoolThatShallBeDedicatedGetsNoStreamUntilItIsMoved) {
  PoolWorld world;
  world.settle({"a", "b"});
  world.want(room("a"));
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "a", RoomState::blocked, Reason::layout_change);
}

TEST(Pools, WhatAMoveLeftBehindIsNoRoomOfItsOwn) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.settle({"a"});
  world.put_stream_of(room("a"));
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  ASSERT_EQ(plan.verdicts.size(), 1U);
  expect_verdict(plan, "a", RoomState::ready, Reason::ok);
}

TEST(Pools, MessagesOfARoomThatWasNeverDefinedAreKept) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.settle({"a"});
  world.store("lobby", "ghost", 9);
  world.store("lobby", "not a room", 9);
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "ghost", RoomState::orphaned, Reason::never_defined);
  EXPECT_EQ(plan.verdicts.size(), 2U);
}

TEST(Pools, StrangersCannotMakeThePlanLong) {
  PoolWorld world;
  world.settle({"a"});
  auto& rooms = world.pools.contents["POOL_lobby"].rooms;
  for (int i = 0; i < 5000; ++i) rooms.push_back({"g" + std::to_string(10000 + i), 1, {}, 1});
  EXPECT_EQ(world.plan().verdicts.size(), 1 + strays_listed_max);
}

TEST(Pools, APoolThatWaitsForConsentIsHeldOnceAndNotForEachRoom) {
  PoolWorld world;
  world.settle({"a", "b", "c"});
  auto shorter = std::make_shared<RoomSettings>(*world.templates["lobby"]);
  shorter->stream.max_messages = 10;
  world.templates["lobby"] = shorter;
  for (const char* id : {"a", "b", "c"}) world.want(world.pooled(id));
  world.observed.streams.front().stored.messages = 100;
  Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  ASSERT_EQ(plan.pools.size(), 1U);
  EXPECT_EQ(plan.pools[0].reason, Reason::lossy_change);
  for (const RoomVerdict& room : plan.verdicts) {
    EXPECT_EQ(room.state, RoomState::pending_consent);
    EXPECT_TRUE(room.as_pool);
  }
  world.limits.consent.rooms = {room_id("lobby")};  // a room of that name is something else
  EXPECT_TRUE(world.plan().empty());
  world.limits.consent.pools = {room_id("lobby")};
  EXPECT_EQ(world.plan().changes.size(), 1U);
}

TEST(Pools, ALostPoolIsMadeAnewAboveItsHighestSequence) {
  PoolWorld world;
  world.settle({"a"});
  world.seen["POOL_lobby"].highest_seq = 41;
  world.observed.streams.clear();
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].reason, Reason::room_lost);
  EXPECT_EQ(plan.changes[0].first_seq, 42U);
  expect_verdict(plan, "a", RoomState::pending, Reason::room_lost);
}

TEST(Pools, AnotherInstancesPoolBlocksItsRooms) {
  PoolWorld world;
  world.settle({"a"});
  world.observed.streams.front().config.mark->instance = "busan";
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "a", RoomState::blocked, Reason::foreign_instance);
}

TEST(Pools, AStreamThatHoldsThePoolsSubjectsIsNamed) {
  PoolWorld world;
  world.want(world.pooled("a"));
  world.put_plain("OTHER", {"chat.lobby.>"});
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  ASSERT_EQ(plan.pools.size(), 1U);
  EXPECT_EQ(plan.pools[0].reason, Reason::subject_overlap);
  expect_verdict(plan, "a", RoomState::blocked, Reason::subject_overlap);
}

TEST(Pools, AnEmptyPoolWithoutRoomsGoesAndAFullOneStays) {
  PoolWorld world;
  world.limits.on_removal = OnRemoval::remove;
  world.settle({"a"});
  world.forget("a");
  world.pass();  // the room
  world.limits.removals_in_last_hour = 0;
  world.observed.streams.front().stored.messages = 3;  // a stray's
  EXPECT_TRUE(world.plan().empty());
  world.observed.streams.front().stored.messages = 0;
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].target, ChangeTarget::pool_stream);
  EXPECT_EQ(plan.changes[0].kind, ChangeKind::remove);
}

TEST(Pools, AChangeOfOwnerIsOnlyWrittenDown) {
  PoolWorld world;
  world.want(world.pooled("a", "lobby", RoomOwner::api));
  world.pass();
  world.want(world.pooled("a", "lobby", RoomOwner::file));
  const Plan plan = world.pass();
  EXPECT_TRUE(plan.changes.empty());
  ASSERT_EQ(plan.roster.size(), 1U);
  EXPECT_TRUE(plan.roster[0].only_owner);
  EXPECT_TRUE(world.plan().empty());
}

/// Whatever is wanted, after one pass a second one has nothing to do, and nobody's messages went
/// that were still wanted.
TEST(PoolsProperty, OnePassSettlesAndNeverTouchesAWantedRoom) {
  std::mt19937 random(20261122);
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (int history = 0; history < 300; ++history) {
    PoolWorld world;
    world.limits.on_removal = static_cast<OnRemoval>(pick(3));
    for (int step = 0; step < 8; ++step) {
      world.desired.rooms.clear();
      std::set<std::string> wanted;
      for (int i = 0; i < 12; ++i) {
        const std::string id = "r" + std::to_string(i);
        if (pick(3) == 0) continue;
        wanted.insert(id);
        const std::size_t kind = pick(4);
        world.want(kind == 0 ? room(id) : kind == 1 ? world.pooled(id, "games") : world.pooled(id));
        if (pick(2) == 0) world.store(kind == 1 ? "games" : "lobby", id, 1 + pick(5));
      }
      world.limits.removals_in_last_hour = 0;
      const Plan done = world.pass();
      for (const Change& change : done.changes) {
        if (change.kind == ChangeKind::remove && change.target != ChangeTarget::pool_stream) {
          EXPECT_FALSE(wanted.contains(change.room.text()));
        }
      }
      world.limits.removals_in_last_hour = world.limits.max_removals;
      const Plan next = world.plan();
      EXPECT_TRUE(next.empty()) << "history " << history << " step " << step;
      EXPECT_TRUE(std::is_sorted(
          next.verdicts.begin(), next.verdicts.end(),
          [](const RoomVerdict& a, const RoomVerdict& b) { return a.room < b.room; }));
      std::set<std::string> rooms;
      for (const RoomVerdict& v : next.verdicts) EXPECT_TRUE(rooms.insert(v.room.text()).second);
      for (const std::string& id : wanted) EXPECT_TRUE(rooms.contains(id));
    }
  }
}

}  // namespace
}  // namespace roomkeeper::testing
