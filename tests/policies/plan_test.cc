// What plan_rooms decides on rooms that are wanted: one test a sentence of the design's
// "Provisioning".
#include "policies/plan.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {
namespace {

using namespace policies;
using std::chrono::hours;

TEST(Plan, NothingWantedNothingThereNothingToDo) {
  const Plan plan = World().plan();
  EXPECT_TRUE(plan.empty());
  EXPECT_TRUE(plan.verdicts.empty());
}

TEST(Plan, AMissingRoomIsCreated) {
  World world;
  world.want(room("general"));
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  const Change& change = plan.changes[0];
  EXPECT_EQ(change.kind, ChangeKind::create);
  EXPECT_EQ(change.stream, "ROOM_general");
  EXPECT_EQ(change.reason, Reason::room_missing);
  EXPECT_EQ(change.first_seq, 0U);
  EXPECT_EQ(change.wanted, wanted_stream(room("general"), world.names, "seoul"));
  expect_verdict(plan, "general", RoomState::pending, Reason::room_missing);
}

TEST(Plan, ALostRoomGoesOnAfterTheHighestSequenceEverKnown) {
  World world;
  world.want(room("general"));
  world.seen["ROOM_general"].highest_seq = 41;
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].reason, Reason::room_lost);
  EXPECT_EQ(plan.changes[0].first_seq, 42U);
}

TEST(Plan, FirstSequenceNeverWrapsAround) {
  World world;
  world.want(room("general"));
  world.seen["ROOM_general"].highest_seq = ~std::uint64_t{0};
  EXPECT_EQ(world.plan().changes.at(0).first_seq, ~std::uint64_t{0});
}

TEST(Plan, AnIncompleteObservationCreatesNothing) {
  World world;
  world.want(room("general"));
  world.observed.complete = false;
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::unknown, Reason::observation_incomplete);
}

TEST(Plan, AnIncompleteObservationStillMendsWhatItSaw) {
  World world = world_where_general_asks([](RoomSettings& s) { s.stream.max_bytes = -1; });
  world.observed.complete = false;
  ASSERT_EQ(world.plan().changes.size(), 1U);
  EXPECT_EQ(world.plan().changes[0].kind, ChangeKind::update);
}

TEST(Plan, AnIncompleteDesireStillCreatesWhatItNames) {
  World world;
  world.want(room("general"));
  world.desired.complete = false;
  EXPECT_EQ(world.plan().changes.size(), 1U);
}

TEST(Plan, ReadyOnlyWhenTheServerHoldsWhatWasAsked) {
  World world;
  world.want(room("general"));
  world.put_stream_of(room("general"));
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::ready, Reason::ok);
}

TEST(Plan, ADifferenceIsMendedAndNotReadyBeforeThat) {
  World world = world_where_general_asks([](RoomSettings& s) { s.stream.max_bytes = -1; });
  const Plan plan = world.plan();
  expect_verdict(plan, "general", RoomState::pending, Reason::drift);
  EXPECT_TRUE(world.apply(plan).empty());
  expect_verdict(world.plan(), "general", RoomState::ready, Reason::ok);
}

TEST(Plan, AnUpdateTouchesOnlyWhatDiffers) {
  World world;
  world.want(room("general"));
  ObservedStream& stream = world.put_stream_of(room("general"));
  stream.config.settings.replicas = 3;
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  const Change& change = plan.changes[0];
  EXPECT_EQ(fields(change.fields), std::vector<Field>{Field::replicas});
  EXPECT_EQ(change.fields[0].from, "3");
  EXPECT_EQ(change.fields[0].to, "1");
  EXPECT_EQ(change.created, stream.stored.created);
  EXPECT_EQ(change.messages, stream.stored.messages);
  StreamConfig expected = stream.config;
  expected.settings.replicas = 1;
  EXPECT_EQ(change.wanted, expected);
}

TEST(Plan, ARuleTemplateOrOwnerThatTheMarkRecordsIsASettingThatChanged) {
  const World rule = world_where_general_asks([](RoomSettings& s) { s.retention = midnight(2); });
  EXPECT_EQ(rule.plan().changes.at(0).reason, Reason::settings_changed);
  const World other =
      world_where_general_asks([](RoomSettings& s) { s.template_name = "archive"; });
  EXPECT_EQ(other.plan().changes.at(0).reason, Reason::settings_changed);
  World owner;
  owner.put_stream_of(room("general"));
  RoomSpec spec = room("general");
  spec.owner = RoomOwner::api;
  owner.want(spec);
  EXPECT_EQ(owner.plan().changes.at(0).reason, Reason::settings_changed);
}

TEST(Plan, AFileWinsOverTheApiAndTheConflictIsReported) {
  World world;
  world.want(room("general"));
  world.put_stream_of(room("general"));
  world.desired.conflicts = {room_id("general")};
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::ready, Reason::owner_conflict);
}

TEST(Plan, AConflictDoesNotHideAnotherReason) {
  World world = world_where_general_asks([](RoomSettings& s) { s.stream.max_messages = 1; });
  world.desired.conflicts = {room_id("general")};
  const Plan plan = world.plan();
  expect_verdict(plan, "general", RoomState::pending_consent, Reason::lossy_change);
  EXPECT_NE(verdict(plan, "general").detail.find("API"), std::string::npos);
}

TEST(Plan, AStreamWithoutLeaderIsLeftAlone) {
  World world = world_where_general_asks([](RoomSettings& s) { s.stream.max_bytes = -1; });
  world.observed.streams[0].has_leader = false;
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::unknown, Reason::observation_incomplete);
}

TEST(Plan, AnotherInstancesStreamIsRefused) {
  World world;
  world.want(room("general"));
  world.put_stream_of(room("general")).config.mark->instance = "busan";
  world.limits.adopt = Adopt::always;
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::blocked, Reason::foreign_instance);
  EXPECT_EQ(verdict(plan, "general").detail, "instance \"busan\"");
}

TEST(Plan, AStreamMarkedForAnotherRoomIsNeverTouched) {
  World world;
  world.want(room("general"));
  world.put_stream_of(room("general")).config.mark->room = "other";
  world.put_stream_of(room("orphan")).config.mark->room = "other";
  world.limits.adopt = Adopt::always;
  world.limits.on_removal = OnRemoval::remove;
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::blocked, Reason::incompatible_stream);
  expect_verdict(plan, "orphan", RoomState::blocked, Reason::incompatible_stream);
}

// Order.

TEST(Plan, ChangesAreUpdatesThenCreatesThenRemovalsEachById) {
  World world;
  world.limits.adopt = Adopt::always;
  world.limits.on_removal = OnRemoval::remove;
  world.want(room("a-new"));
  world.want(room("b-drifted"));
  world.want(room("c-plain"));
  world.want(room("z-new"));
  world.put_stream_of(room("b-drifted")).config.settings.replicas = 3;
  world.put_plain("ROOM_c-plain", {"chat.c-plain.*"});
  world.put_stream_of(room("a-gone"));
  std::vector<std::string> order;
  for (const Change& change : world.plan().changes) {
    order.push_back(std::string(to_string(change.kind)) + " " + change.room.text());
  }
  EXPECT_EQ(order, (std::vector<std::string>{"update b-drifted", "adopt c-plain", "create a-new",
                                             "create z-new", "remove a-gone"}));
}

TEST(Plan, VerdictsAreSortedByIdOneARoom) {
  World world;
  for (const char* id : {"b", "d", "a"}) world.want(room(id));
  world.put_stream_of(room("c"));
  world.put_stream_of(room("a"));
  world.put_plain("ROOM_bb", {"x"});  // nobody's, and no room of ours
  world.put_plain("ROOM_not a room", {"y"});
  const Plan plan = world.plan();
  std::vector<std::string> order;
  order.reserve(plan.verdicts.size());
  for (const RoomVerdict& v : plan.verdicts) order.push_back(v.room.text());
  EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "c", "d"}));
}

TEST(PlanText, EveryNameIsItsOwn) {
  std::vector<std::string_view> names;
  names.reserve(field_count + room_state_count);
  for (std::size_t i = 0; i < field_count; ++i) names.push_back(to_string(static_cast<Field>(i)));
  for (std::size_t i = 0; i < room_state_count; ++i) {
    const auto state = static_cast<RoomState>(i);
    names.push_back(to_string(state));
    EXPECT_EQ(parse_room_state(to_string(state)), state);
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_EQ(parse_room_state("Ready"), std::nullopt);
  EXPECT_EQ(to_string(OnRemoval::remove_if_empty), "delete_if_empty");
  EXPECT_EQ(to_string(Adopt::if_compatible), "if_compatible");
}

}  // namespace
}  // namespace roomkeeper::testing
