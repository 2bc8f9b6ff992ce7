// Streams of others: what stands in the way of a room, and what may be taken over.
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

TEST(Plan, AnotherStreamOnTheRoomsSubjectsBlocksIt) {
  for (const char* subject : {"chat.general.*", "chat.general.bob", "chat.general.>", "chat.*.bob",
                              "chat.*.*", "chat.>", "*.general.*", "*.*.*", ">", "*.>"}) {
    World world;
    world.want(room("general"));
    world.put_plain("LEGACY", {"unrelated.>", subject});
    const Plan plan = world.plan();
    EXPECT_TRUE(plan.empty()) << subject;
    expect_verdict(plan, "general", RoomState::blocked, Reason::subject_overlap);
    EXPECT_EQ(verdict(plan, "general").detail, "stream \"LEGACY\"");
  }
}

TEST(Plan, OtherSubjectsDoNotBlock) {
  World world;
  world.want(room("general"));
  world.put_plain("LEGACY", {"chat.general", "chat.other.*", "chats.general.*", "chat.*.a.b",
                             "chat", "x.>", "*.other.*", "chat.other.>"});
  EXPECT_EQ(world.plan().changes.size(), 1U);
}

TEST(Plan, AnotherRoomsStreamMayHoldTheSubjectsToo) {
  World world;
  world.want(room("a"));
  world.want(room("b"));
  world.put_stream_of(room("b")).config.subjects = {"chat.b.*", "chat.a.*"};
  const Plan plan = world.plan();
  expect_verdict(plan, "a", RoomState::blocked, Reason::subject_overlap);
  EXPECT_EQ(verdict(plan, "a").detail, "stream \"ROOM_b\"");
  world.apply(plan);
  expect_verdict(world.plan(), "a", RoomState::pending, Reason::room_missing);
}

TEST(Plan, SubjectsTakenAwayFromOurStreamAreReportedAndTheRestIsMended) {
  World world = world_where_general_asks([](RoomSettings& s) { s.stream.max_bytes = -1; });
  world.observed.streams[0].config.subjects = {"elsewhere.*"};
  world.put_plain("THIEF", {"chat.general.*"});
  const Plan plan = world.plan();
  expect_verdict(plan, "general", RoomState::blocked, Reason::subject_overlap);
  EXPECT_EQ(verdict(plan, "general").detail, "stream \"THIEF\"");
  EXPECT_EQ(fields(plan.changes.at(0).fields), std::vector<Field>{Field::max_bytes});
  EXPECT_TRUE(world.apply(plan).empty());
  EXPECT_TRUE(world.plan().empty());
}

TEST(Plan, DriftedSubjectsComeBack) {
  World world;
  world.want(room("general"));
  world.put_stream_of(room("general")).config.subjects = {"elsewhere.*"};
  EXPECT_TRUE(world.apply(world.plan()).empty());
  expect_verdict(world.plan(), "general", RoomState::ready, Reason::ok);
}

TEST(Adopt, NeverIsTheDefault) {
  World world;
  world.want(room("general"));
  world.put_stream_of(room("general")).config.mark.reset();
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::blocked, Reason::unmarked_stream);
}

TEST(Adopt, AConsentTakesTheNamedStreamsAlthoughTheConfigurationSaysNever) {
  World world;
  for (const char* id : {"general", "other"}) {
    const RoomSpec spec = room(id, [](RoomSettings& s) { s.retention = KeepForever{}; });
    world.want(spec);
    world.put_stream_of(spec).config.mark.reset();
  }
  world.limits.consent.adopt = {room_id("general")};
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].kind, ChangeKind::adopt);
  EXPECT_EQ(plan.changes[0].room, room_id("general"));
  expect_verdict(plan, "other", RoomState::blocked, Reason::unmarked_stream);
  world.apply(plan);
  world.limits.consent = {};
  expect_verdict(world.plan(), "general", RoomState::ready, Reason::ok);
}

TEST(Adopt, AConsentToAdoptIsNoneToLose) {
  World world;
  world.want(room("general", [](RoomSettings& s) { s.stream.max_messages = 3; }));
  world.put_stream_of(room("general")).config.mark.reset();
  world.limits.consent.adopt = {room_id("general")};
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].wanted->settings.max_messages, 1000);
  world.apply(plan);
  expect_verdict(world.plan(), "general", RoomState::pending_consent, Reason::lossy_change);
}

TEST(Adopt, AConsentTakesNoStreamThatCanNeverBeTaken) {
  World world;
  world.want(room("general"));
  ObservedStream& stream = world.put_stream_of(room("general"));
  stream.config.mark.reset();
  stream.traits.sealed = true;
  stream.traits.allow_msg_ttl = true;
  world.limits.consent.adopt = {room_id("general")};
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.empty());
  expect_verdict(plan, "general", RoomState::blocked, Reason::incompatible_stream);
  EXPECT_EQ(verdict(plan, "general").detail, "sealed, allow_msg_ttl");
}

TEST(Adopt, ACompatibleStreamIsMarkedAndMended) {
  World world;
  world.limits.adopt = Adopt::if_compatible;
  world.want(room("general", [](RoomSettings& s) { s.retention = KeepForever{}; }));
  ObservedStream& stream =
      world.put_stream_of(room("general", [](RoomSettings& s) { s.retention = KeepForever{}; }));
  stream.config.mark.reset();
  stream.config.settings.max_messages = 10;
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].kind, ChangeKind::adopt);
  EXPECT_EQ(plan.changes[0].reason, Reason::adopted);
  EXPECT_EQ(fields(plan.changes[0].fields), (std::vector<Field>{Field::max_messages, Field::mark}));
  expect_verdict(plan, "general", RoomState::pending, Reason::adopted);
  world.apply(plan);
  expect_verdict(world.plan(), "general", RoomState::ready, Reason::ok);
}

TEST(Adopt, IfCompatibleRefusesLossyImpossibleAndOtherSubjects) {
  const std::vector<std::function<void(ObservedStream&)>> changes = {
      [](ObservedStream& s) { s.config.settings.max_messages = -1; },
      [](ObservedStream& s) { s.config.settings.storage = Storage::memory; },
      [](ObservedStream& s) { s.config.subjects = {"chat.general.>"}; },
      [](ObservedStream& s) { s.config.max_age = Nanoseconds::zero(); }};
  for (const auto& change : changes) {
    World world;
    world.limits.adopt = Adopt::if_compatible;
    world.limits.consent.all = true;
    const RoomSpec spec =
        room("general", [](RoomSettings& s) { s.retention = KeepFor{hours(24)}; });
    world.want(spec);
    ObservedStream& stream = world.put_stream_of(spec);
    stream.config.mark.reset();
    EXPECT_EQ(world.plan().changes.size(), 1U);
    change(stream);
    const Plan plan = world.plan();
    EXPECT_TRUE(plan.empty());
    expect_verdict(plan, "general", RoomState::blocked, Reason::unmarked_stream);
    EXPECT_FALSE(verdict(plan, "general").fields.empty());
  }
}

TEST(Adopt, AlwaysTakesTheStreamButLossyPartsWait) {
  World world;
  world.limits.adopt = Adopt::always;
  world.want(room("general"));
  ObservedStream& stream = world.put_stream_of(room("general"));
  stream.config.mark.reset();
  stream.config.max_age = hours(24 * 30);
  stream.config.settings.max_messages = -1;
  stream.config.settings.replicas = 3;
  const Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  const Change& change = plan.changes[0];
  EXPECT_EQ(change.kind, ChangeKind::adopt);
  EXPECT_TRUE(change.keeps_retention);
  EXPECT_EQ(change.wanted->mark->instance, "seoul");
  EXPECT_EQ(change.wanted->mark->retention, to_text(KeepFor{hours(24 * 30)}));
  EXPECT_EQ(change.wanted->max_age, hours(24 * 30));
  EXPECT_EQ(change.wanted->settings.max_messages, -1);
  EXPECT_EQ(change.wanted->settings.replicas, 1);
  expect_verdict(plan, "general", RoomState::pending_consent, Reason::lossy_change);
  EXPECT_EQ(fields(verdict(plan, "general").fields),
            (std::vector<Field>{Field::max_age, Field::max_messages, Field::retention_rule}));

  world.apply(plan);
  EXPECT_TRUE(world.plan().empty());
  world.limits.consent.rooms = {room_id("general")};
  world.apply(world.plan());
  expect_verdict(world.plan(), "general", RoomState::ready, Reason::ok);
}

TEST(Adopt, AStreamThatKeepsForeverIsTakenAsKeepingForever) {
  World world;
  world.limits.adopt = Adopt::always;
  world.want(room("general"));
  ObservedStream& stream = world.put_stream_of(room("general"));
  stream.config.mark.reset();
  stream.config.max_age = Nanoseconds::zero();
  EXPECT_EQ(world.plan().changes.at(0).wanted->mark->retention, to_text(KeepForever{}));
  EXPECT_EQ(world.plan().changes.at(0).wanted->max_age, Nanoseconds::zero());
}

TEST(Adopt, SomeStreamsAreNeverTaken) {
  for (bool StreamTraits::* trait :
       {&StreamTraits::sealed, &StreamTraits::mirror, &StreamTraits::sources,
        &StreamTraits::allow_rollup, &StreamTraits::allow_msg_ttl,
        &StreamTraits::allow_msg_schedules, &StreamTraits::delete_markers,
        &StreamTraits::deny_purge, &StreamTraits::deny_delete}) {
    for (const Adopt adopt : {Adopt::if_compatible, Adopt::always}) {
      World world;
      world.limits.adopt = adopt;
      world.limits.consent.all = true;
      world.want(room("general"));
      ObservedStream& stream = world.put_stream_of(room("general"));
      stream.config.mark.reset();
      stream.traits.*trait = true;
      EXPECT_TRUE(world.plan().empty());
      expect_verdict(world.plan(), "general", RoomState::blocked, Reason::incompatible_stream);
    }
  }
}

TEST(Adopt, NotWhenTheSubjectsAreSomebodyElses) {
  World world;
  world.limits.adopt = Adopt::always;
  world.want(room("general"));
  world.put_plain("ROOM_general", {"elsewhere"});
  world.put_plain("LEGACY", {"chat.>"});
  EXPECT_TRUE(world.plan().empty());
  expect_verdict(world.plan(), "general", RoomState::blocked, Reason::subject_overlap);
}

}  // namespace
}  // namespace roomkeeper::testing
