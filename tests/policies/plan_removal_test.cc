// Removing needs positive evidence, and is guarded: one test a sentence of the design's
// "Provisioning".
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/plan.h"
#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {
namespace {

using namespace policies;

RoomSpec api_room(std::string_view id) {
  RoomSpec spec = room(id);
  spec.owner = RoomOwner::api;
  return spec;
}

/// A file room that no file names any more, beside `others` that are in order.
World world_with_unwanted(OnRemoval on_removal, int others = 0) {
  World world;
  world.limits.on_removal = on_removal;
  for (int i = 0; i < others; ++i) {
    const RoomSpec spec = room("room-" + std::to_string(i));
    world.want(spec);
    world.put_stream_of(spec);
  }
  world.put_stream_of(room("gone"));
  return world;
}

/// `rooms` rooms in order, and `unwanted` that nobody wants.
World crowd(int rooms, int unwanted) {
  World world = world_with_unwanted(OnRemoval::remove, rooms);
  world.observed.streams.erase(world.observed.streams.begin());
  for (int i = 0; i < unwanted; ++i) world.put_stream_of(room("x-" + std::to_string(100 + i)));
  return world;
}

std::size_t removals(const Plan& plan) {
  return static_cast<std::size_t>(
      std::count_if(plan.changes.begin(), plan.changes.end(),
                    [](const Change& change) { return change.kind == ChangeKind::remove; }));
}

TEST(Removal, OrphanIsTheDefault) {
  EXPECT_EQ(PlanLimits{}.on_removal, OnRemoval::orphan);
  const World world = world_with_unwanted(OnRemoval::orphan);
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "gone", RoomState::orphaned, Reason::orphaned);
}

TEST(Removal, AFileRoomThatNoFileNamesIsRemoved) {
  World world = world_with_unwanted(OnRemoval::remove);
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  const Change& change = plan.changes[0];
  EXPECT_EQ(change.kind, ChangeKind::remove);
  EXPECT_EQ(change.stream, "ROOM_gone");
  EXPECT_EQ(change.reason, Reason::not_wanted);
  EXPECT_EQ(change.messages, 5U);
  EXPECT_EQ(change.created, world.observed.streams[0].stored.created);
  EXPECT_EQ(change.wanted, std::nullopt);
  expect_verdict(plan, "gone", RoomState::removing, Reason::not_wanted);
  EXPECT_TRUE(world.apply(plan).empty());
  EXPECT_TRUE(world.observed.streams.empty());
}

TEST(Removal, DeleteIfEmptyKeepsWhatHoldsMessages) {
  World world = world_with_unwanted(OnRemoval::remove_if_empty);
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "gone", RoomState::orphaned, Reason::not_empty);
  world.observed.streams[0].stored.messages = 0;
  EXPECT_EQ(removals(world.plan()), 1U);
}

TEST(Removal, AnIncompleteDesireIsNoEvidence) {
  World world = world_with_unwanted(OnRemoval::remove);
  world.desired.complete = false;
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "gone", RoomState::unknown, Reason::desired_incomplete);
}

TEST(Removal, AnIncompleteObservationIsNoEvidence) {
  World world = world_with_unwanted(OnRemoval::remove);
  world.observed.complete = false;
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "gone", RoomState::removing, Reason::observation_incomplete);
}

TEST(Removal, AStreamWithoutLeaderIsLeftAlone) {
  World world = world_with_unwanted(OnRemoval::remove_if_empty);
  world.observed.streams[0].stored.messages = 0;
  world.observed.streams[0].has_leader = false;
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "gone", RoomState::unknown, Reason::observation_incomplete);
}

TEST(Removal, OnlyOursIsEverRemoved) {
  World world = world_with_unwanted(OnRemoval::remove);
  world.observed.streams[0].config.mark->instance = "busan";
  EXPECT_TRUE(world.plan().empty());
  EXPECT_TRUE(world.plan().verdicts.empty());
  world.observed.streams[0].config.mark.reset();
  EXPECT_TRUE(world.plan().empty());
  EXPECT_TRUE(world.plan().verdicts.empty());
}

TEST(Removal, AnInstanceWithoutNameOwnsNothing) {
  World world = world_with_unwanted(OnRemoval::remove);
  world.limits.instance.clear();
  world.observed.streams[0].config.mark->instance.clear();
  EXPECT_TRUE(world.plan().empty());
}

TEST(Removal, AnApiRoomNeedsItsOwnRecordedRemoval) {
  World world;
  world.limits.on_removal = OnRemoval::remove;
  world.put_stream_of(api_room("party"));
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "party", RoomState::orphaned, Reason::orphaned);

  world.desired.removed_by_api = {room_id("party")};
  EXPECT_EQ(removals(world.plan()), 1U);
  expect_verdict(world.plan(), "party", RoomState::removing, Reason::removed_by_api);
}

TEST(Removal, OnRemovalDecidesAboutARecordedRemovalToo) {
  World world;
  world.put_stream_of(api_room("party"));
  world.desired.removed_by_api = {room_id("party")};
  world.limits.on_removal = OnRemoval::orphan;
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "party", RoomState::orphaned, Reason::orphaned);
}

TEST(Removal, ARecordedRemovalOfAnApiRoomDoesNotRemoveAFileRoom) {
  World world = world_with_unwanted(OnRemoval::orphan);
  world.desired.removed_by_api = {room_id("gone")};
  EXPECT_TRUE(world.plan().empty());
}

TEST(Removal, AWantedRoomIsNotRemovedWhateverIsRecorded) {
  World world;
  world.limits.on_removal = OnRemoval::remove;
  world.want(api_room("party"));
  world.put_stream_of(api_room("party"));
  world.desired.removed_by_api = {room_id("party")};
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "party", RoomState::ready, Reason::ok);
}

TEST(Removal, AnUnknownOwnerIsNoEvidence) {
  World world = world_with_unwanted(OnRemoval::remove);
  world.observed.streams[0].config.mark->owner = "somebody";
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "gone", RoomState::orphaned, Reason::orphaned);
}

TEST(RemovalGuard, IsTheSmallerOfMaxRemovalsAndFivePercentAtLeastOne) {
  PlanLimits limits;
  limits.max_removals = 10;
  EXPECT_EQ(removals_allowed(limits, 0), 1);
  EXPECT_EQ(removals_allowed(limits, 19), 1);
  EXPECT_EQ(removals_allowed(limits, 40), 2);
  EXPECT_EQ(removals_allowed(limits, 199), 9);
  EXPECT_EQ(removals_allowed(limits, 200), 10);
  EXPECT_EQ(removals_allowed(limits, 100000), 10);
  limits.removals_in_last_hour = 8;
  EXPECT_EQ(removals_allowed(limits, 100000), 2);
  EXPECT_EQ(removals_allowed(limits, 40), 0);
  limits.max_removals = 0;
  limits.removals_in_last_hour = 0;
  EXPECT_EQ(removals_allowed(limits, 100000), 0);
  limits.max_removals = -5;
  limits.removals_in_last_hour = -5;
  EXPECT_EQ(removals_allowed(limits, 100000), 0);
}

TEST(RemovalGuard, RemovesInTheOrderOfIdsAndStopsAndSaysSo) {
  World world = crowd(57, 3);  // 60 rooms: 5 % are 3
  EXPECT_EQ(removals(world.plan()), 3U);
  world.limits.removals_in_last_hour = 1;
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 2U);
  EXPECT_EQ(plan.changes[0].stream, "ROOM_x-100");
  EXPECT_EQ(plan.changes[1].stream, "ROOM_x-101");
  expect_verdict(plan, "x-101", RoomState::removing, Reason::not_wanted);
  expect_verdict(plan, "x-102", RoomState::removing, Reason::removal_guard);
  const std::string& detail = verdict(plan, "x-102").detail;
  EXPECT_NE(detail.find("3 removals are wanted"), std::string::npos) << detail;
  EXPECT_NE(detail.find("2 more may be done this hour"), std::string::npos) << detail;
}

TEST(RemovalGuard, HoldsForApiRemovalsToo) {
  World world;
  world.limits.on_removal = OnRemoval::remove;
  for (const char* id : {"a", "b", "c"}) {
    world.put_stream_of(api_room(id));
    world.desired.removed_by_api.push_back(room_id(id));
  }
  EXPECT_EQ(removals(world.plan()), 1U);
  expect_verdict(world.plan(), "c", RoomState::removing, Reason::removal_guard);
}

TEST(RemovalGuard, AnEmptiedFileDoesNotEmptyTheServer) {
  World world = crowd(0, 60);
  std::size_t removed = 0;
  for (int pass = 0; pass < 20; ++pass) {
    removed += removals(world.plan());
    EXPECT_TRUE(world.apply(world.plan()).empty());
  }
  EXPECT_EQ(removed, 3U);
  EXPECT_EQ(world.observed.streams.size(), 57U);
}

}  // namespace
}  // namespace roomkeeper::testing
