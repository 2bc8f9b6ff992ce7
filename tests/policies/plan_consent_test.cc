// Lossy changes wait for consent, impossible ones are reported: neither is looped on.
#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/plan.h"
#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {
namespace {

using namespace policies;
using std::chrono::hours;

TEST(Plan, ALossyChangeWaitsForConsentAndTheRestIsApplied) {
  World world = world_where_general_asks([](RoomSettings& s) {
    s.stream.max_messages = 10;
    s.stream.max_bytes = -1;
  });
  const Plan plan = world.plan();
  expect_verdict(plan, "general", RoomState::pending_consent, Reason::lossy_change);
  EXPECT_EQ(fields(verdict(plan, "general").fields), std::vector<Field>{Field::max_messages});
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(fields(plan.changes[0].fields), std::vector<Field>{Field::max_bytes});
  EXPECT_EQ(plan.changes[0].wanted->settings.max_messages, 1000);

  EXPECT_TRUE(world.apply(plan).empty());
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "general", RoomState::pending_consent, Reason::lossy_change);
}

TEST(Plan, ConsentLetsALossyChangeThrough) {
  for (const bool standing : {true, false}) {
    World world = world_where_general_asks([](RoomSettings& s) { s.stream.max_messages = 10; });
    world.limits.allow_lossy = standing;
    if (!standing) world.limits.consent.rooms = {room_id("general")};
    const Plan plan = world.plan();
    ASSERT_EQ(plan.changes.size(), 1U);
    EXPECT_EQ(plan.changes[0].wanted->settings.max_messages, 10);
    EXPECT_TRUE(plan.changes[0].fields.at(0).lossy);
    expect_verdict(plan, "general", RoomState::pending, Reason::drift);
  }
}

TEST(Plan, ConsentForOneRoomIsNotConsentForAnother) {
  World world = world_where_general_asks([](RoomSettings& s) { s.stream.max_messages = 10; });
  world.limits.consent.rooms = {room_id("a"), room_id("z")};
  EXPECT_TRUE(world.plan().empty());
}

TEST(Plan, UntilConsentTheRuleLastAppliedStaysInForce) {
  World world = world_where_general_asks([](RoomSettings& s) {
    s.retention = midnight(1, "Europe/Berlin");
    s.template_name = "berlin";
  });
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_TRUE(plan.changes[0].keeps_retention);
  EXPECT_EQ(plan.changes[0].wanted->mark->retention, to_text(midnight(0)));
  EXPECT_EQ(plan.changes[0].wanted->mark->template_name, "berlin");
  EXPECT_EQ(plan.changes[0].wanted->max_age, backstop_max_age(midnight(0)));
  expect_verdict(plan, "general", RoomState::pending_consent, Reason::lossy_change);
  EXPECT_EQ(fields(verdict(plan, "general").fields),
            (std::vector<Field>{Field::max_age, Field::retention_rule}));

  world.apply(plan);
  world.limits.consent.all = true;
  world.apply(world.plan());
  EXPECT_EQ(world.observed.streams[0].config.mark->retention,
            to_text(midnight(1, "Europe/Berlin")));
  expect_verdict(world.plan(), "general", RoomState::ready, Reason::ok);
}

TEST(Plan, AnEmptyRoomNeedsNoConsent) {
  const World world = world_where_general_asks(
      [](RoomSettings& s) {
        s.retention = KeepFor{hours(1)};
        s.stream.max_messages = 1;
      },
      0);
  expect_verdict(world.plan(), "general", RoomState::pending, Reason::settings_changed);
  EXPECT_FALSE(world.plan().changes.at(0).keeps_retention);
}

TEST(Plan, AnImpossibleChangeIsBlockedAndNeverLoopedOn) {
  World world = world_where_general_asks([](RoomSettings& s) {
    s.stream.storage = Storage::memory;
    s.stream.max_bytes = -1;
  });
  world.limits.consent.all = true;
  const Plan plan = world.plan();
  expect_verdict(plan, "general", RoomState::blocked, Reason::immutable_field);
  EXPECT_EQ(fields(verdict(plan, "general").fields), std::vector<Field>{Field::storage});
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].kind, ChangeKind::update);
  EXPECT_EQ(fields(plan.changes[0].fields), std::vector<Field>{Field::max_bytes});

  EXPECT_TRUE(world.apply(plan).empty());
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "general", RoomState::blocked, Reason::immutable_field);
}

TEST(Plan, RollupsThatSomebodySwitchedOnAreSwitchedOff) {
  World world;
  world.want(room("general"));
  world.put_stream_of(room("general")).traits.allow_rollup = true;
  const Plan plan = world.plan();
  expect_verdict(plan, "general", RoomState::pending, Reason::drift);
  EXPECT_EQ(fields(plan.changes.at(0).fields), std::vector<Field>{Field::traits});
  world.apply(plan);
  expect_verdict(world.plan(), "general", RoomState::ready, Reason::ok);
}

TEST(Plan, FlagsThatCannotBeSwitchedOffAreBlocked) {
  for (bool StreamTraits::* trait :
       {&StreamTraits::deny_purge, &StreamTraits::deny_delete, &StreamTraits::allow_msg_ttl,
        &StreamTraits::allow_msg_schedules}) {
    World world = world_where_general_asks([](RoomSettings& s) { s.stream.max_bytes = -1; });
    world.observed.streams[0].traits.*trait = true;
    const Plan plan = world.plan();
    expect_verdict(plan, "general", RoomState::blocked, Reason::immutable_field);
    ASSERT_EQ(plan.changes.size(), 1U);
    EXPECT_EQ(fields(plan.changes[0].fields), std::vector<Field>{Field::max_bytes});
  }
}

TEST(Plan, ASealedStreamIsNotTouchedAtAll) {
  for (bool StreamTraits::* trait : {&StreamTraits::sealed, &StreamTraits::mirror}) {
    World world = world_where_general_asks([](RoomSettings& s) {
      s.stream.max_bytes = -1;
      s.retention = midnight(3);
      s.template_name = "archive";
    });
    world.observed.streams[0].traits.*trait = true;
    world.limits.consent.all = true;
    const Plan plan = world.plan();
    EXPECT_TRUE(plan.empty());
    expect_verdict(plan, "general", RoomState::blocked, Reason::immutable_field);
    EXPECT_EQ(verdict(plan, "general").fields.size(), 5U);
  }
}

}  // namespace
}  // namespace roomkeeper::testing
