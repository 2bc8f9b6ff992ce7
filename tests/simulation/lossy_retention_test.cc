// Lossy changes by the whole daemon: while the new rule waits its midnights do nothing and the old
// rule's midnights go on; once agreed, what the new rule has made overdue goes at once.
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

// 19:00 in Seoul (midnight at 15:00Z), 23:00 in Auckland (midnight at 11:00Z).
constexpr std::string_view start = "2026-11-22T10:00:00Z";

std::string midnight(int days, const std::string& zone = "Asia/Seoul") {
  return "retention: { until: midnight, days: " + std::to_string(days) + ", timezone: " + zone +
         " }";
}

std::string one_room(const std::string& settings, const std::string& reconcile = "interval: 60s") {
  return "instance: seoul\nreconcile: { " + reconcile + " }\ntemplates:\n  default: { " + settings +
         " }\nrooms:\n  - { id: general }\n";
}

std::string rule_of(const DaemonWorld& world, const std::string& room = "general") {
  return metadata_of(world, "ROOM_" + room, "roomkeeper.retention");
}

/// The only entry of the plan, as it would be with and without consent.
json only_entry(DaemonWorld& world, bool agreed = false) {
  const json plan = ask(world, "plan", agreed ? R"({"allow_lossy":true})" : "{}");
  EXPECT_EQ(plan["entries"].size(), 1U) << plan;
  return plan["entries"].empty() ? json::object() : plan["entries"][0];
}

TEST(LossyZone, TheNewZonesMidnightTakesNothingAndTheOldOnesGoesOn) {
  DaemonWorld world(one_room(midnight(0)), start);
  world.boot();
  world.say("general", "bob", "before Auckland's midnight");
  world.write_config(one_room(midnight(0, "Pacific/Auckland")));
  world.pass_until("2026-11-22T11:05:00Z");
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(only_entry(world)["would_go"], 1) << "if somebody agreed now";
  world.say("general", "bob", "between the two midnights");
  world.pass_until("2026-11-22T14:59:59.900Z");
  EXPECT_EQ(world.messages("general"), 2U);
  world.pass_until("2026-11-22T15:00:01Z");
  EXPECT_EQ(world.messages("general"), 0U) << "the rule in force is still Seoul's, for all of them";
  EXPECT_EQ(rule_of(world), "midnight:0:Asia/Seoul");
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"midnight"}), 2);
}

TEST(LossyZone, OnceAgreedWhatIsOverdueByItGoesAtOnceAndIsTold) {
  DaemonWorld world(one_room(midnight(0)), start);
  world.boot();
  world.say("general", "bob", "one");
  world.say("general", "bob", "two");
  world.write_config(one_room(midnight(0, "Pacific/Auckland")));
  world.pass_until("2026-11-22T11:05:00Z");
  world.say("general", "bob", "of Auckland's 23rd");
  agree(world);
  world.pass(2s);
  ASSERT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(world.nats.stream("ROOM_general")->messages().begin()->second.data,
            "of Auckland's 23rd");
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"consent_given"}), 2);
  EXPECT_EQ(world.logged("room.purged room=general reason=consent_given messages=2"), 1U);
  world.pass_until("2026-11-22T15:05:00Z");
  EXPECT_EQ(world.messages("general"), 1U) << "Seoul's midnight is nobody's any more";
  world.pass_until("2026-11-23T11:00:01Z");
  EXPECT_EQ(world.messages("general"), 0U);
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"midnight"}), 1)
      << "consent is the reason of one purge, not of those that follow";
}

TEST(LossyDays, TheNewRulesMidnightTakesNothingTheOldRulesDoesAndConsentPurgesAtOnce) {
  for (const bool consents : {false, true}) {
    DaemonWorld world(one_room(midnight(1)), start);
    world.boot();
    world.say("general", "bob", "of the 22nd");
    world.write_config(one_room(midnight(0)));
    world.pass_until("2026-11-22T15:05:00Z");
    ASSERT_EQ(world.messages("general"), 1U);
    ASSERT_EQ(only_entry(world)["would_go"], 1);
    ASSERT_EQ(only_entry(world)["would_go_is"], "exact");
    if (consents) {
      agree(world);
      world.pass(2s);
      EXPECT_EQ(world.messages("general"), 0U);
      EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"consent_given"}), 1);
    } else {
      world.pass_until("2026-11-23T14:59:59Z");
      EXPECT_EQ(world.messages("general"), 1U);
      world.pass_until("2026-11-23T15:00:01Z");
      EXPECT_EQ(world.messages("general"), 0U);
      EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"midnight"}), 1);
    }
  }
}

TEST(LossyTemplate, AnotherTemplateOfAnEarlierMidnightWaits) {
  const auto config = [](const std::string& of) {
    return "instance: seoul\ntemplates:\n  week: { " + midnight(1) + " }\n  day: { " + midnight(0) +
           " }\nrooms:\n  - { id: general, template: " + of + " }\n";
  };
  DaemonWorld world(config("week"), start);
  world.boot();
  world.say("general", "bob", "of the 22nd");
  world.write_config(config("day"));
  world.pass_until("2026-11-22T15:05:00Z");
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(rule_of(world), "midnight:1:Asia/Seoul");
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.template"), "day")
      << "what is not lossy is applied";
  world.say("general", "bob", "of the 23rd");
  world.pass_until("2026-11-23T14:59:59Z");
  EXPECT_EQ(world.messages("general"), 2U);
  world.pass_until("2026-11-23T15:00:01Z");
  EXPECT_EQ(world.messages("general"), 1U) << "a day later, by the rule in force";
  agree(world);
  world.pass(2s);
  EXPECT_EQ(world.messages("general"), 0U);
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"consent_given"}), 1);
}

class LossyAdoption : public ::testing::Test {
 protected:
  void begin(const std::string& adopt) {
    world.write_config(one_room(midnight(0), "interval: 60s, adopt: " + adopt));
    ASSERT_TRUE(world.nats.create_stream(
        "ROOM_general", R"({"name":"ROOM_general","subjects":["chat.general.*"],"max_msgs":-1})"));
    for (int i = 0; i < 4; ++i)
      world.nats.publish_at("chat.general.bob", "old", at("2026-11-21T14:00:00Z") + i * 1s);
    world.nats.publish_at("chat.general.bob", "of today", at("2026-11-22T01:00:00Z"));
    world.boot();
    world.pass(5s);
  }
  DaemonWorld world{one_room(midnight(0)), start};
};

TEST_F(LossyAdoption, WithAlwaysTheStreamIsTakenAndItsMessagesWaitForConsent) {
  begin("always");
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(rule_of(world), "forever") << "what the stream did before";
  EXPECT_EQ(config_of(world, "ROOM_general")["max_age"], 0);
  const json entry = only_entry(world);
  EXPECT_EQ(entry["kind"], "held");
  EXPECT_EQ(entry["would_go"], 4);
  world.pass_until("2026-11-22T15:05:00Z");
  EXPECT_EQ(world.messages("general"), 5U) << "a midnight of the rule that waits";
  EXPECT_EQ(only_entry(world)["would_go"], 5);
  agree(world);
  world.pass(2s);
  EXPECT_EQ(world.messages("general"), 0U);
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"consent_given"}), 5);
}

TEST_F(LossyAdoption, IfCompatibleTakesNoStreamThatWouldLoseAnything) {
  begin("if_compatible");
  EXPECT_EQ(verdict(world, "general"), "blocked/unmarked_stream");
  agree(world);
  world.pass_until("2026-11-22T15:05:00Z");
  EXPECT_EQ(world.messages("general"), 5U);
  EXPECT_EQ(rule_of(world), "(none)");
}

// ---- limits

struct Limit {
  const char* name;
  const char* before;
  const char* after;
  const char* field;       ///< that waits
  std::uint64_t would_go;  ///< of 20 messages: 15 of bob's, then 5 of alice's, 10 minutes old
  const char* would_go_is;
  std::uint64_t left;  ///< once agreed
};
void PrintTo(const Limit& limit, std::ostream* out) {
  *out << limit.name;
}

class LossyLimit : public ::testing::TestWithParam<Limit> {};

TEST_P(LossyLimit, WaitsIsCountedAndIsDoneOnceAgreed) {
  const Limit& limit = GetParam();
  DaemonWorld world(one_room(limit.before), start);
  world.boot();
  for (int i = 0; i < 20; ++i)
    world.say("general", i < 15 ? "bob" : "alice", std::string(100, 'x'));
  world.pass(10min);
  const json before = config_of(world, "ROOM_general");
  world.write_config(one_room(limit.after));
  world.pass(70s);
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(config_of(world, "ROOM_general"), before) << "nothing of it is applied";
  EXPECT_EQ(world.messages("general"), 20U);
  for (const bool agreed : {false, true}) {
    const json entry = only_entry(world, agreed);
    EXPECT_EQ(entry["kind"], agreed ? "update" : "held");
    EXPECT_EQ(entry["fields"][0]["field"], limit.field) << entry;
    EXPECT_EQ(entry["messages"], 20);
    EXPECT_EQ(entry["would_go"], limit.would_go) << entry;
    EXPECT_EQ(entry["would_go_is"], limit.would_go_is) << entry;
    const json plan = ask(world, "plan", agreed ? R"({"allow_lossy":true})" : "{}");
    EXPECT_EQ(plan[agreed ? "would_go" : "held_would_go"], limit.would_go);
    EXPECT_EQ(plan[agreed ? "held_would_go" : "would_go"], 0);
  }
  agree(world);
  world.pass(2s);
  EXPECT_EQ(world.messages("general"), limit.left);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

INSTANTIATE_TEST_SUITE_P(
    Each, LossyLimit,
    ::testing::Values(Limit{"max_messages", "stream: { max_messages: 100 }",
                            "stream: { max_messages: 8 }", "stream.max_messages", 12, "exact", 8},
                      Limit{"max_messages_from_unlimited", "storage: file",
                            "stream: { max_messages: 8 }", "stream.max_messages", 12, "exact", 8},
                      Limit{"max_messages_per_subject", "stream: { max_messages: 100 }",
                            "stream: { max_messages: 100, max_messages_per_subject: 6 }",
                            "stream.max_messages_per_subject", 9, "exact", 11},
                      Limit{"max_messages_and_per_subject", "stream: { max_messages: 100 }",
                            "stream: { max_messages: 18, max_messages_per_subject: 6 }",
                            "stream.max_messages", 11, "at_most", 11},
                      Limit{"shorter_age", "retention: { max_age: 1d }",
                            "retention: { max_age: 5m }", "max_age", 20, "exact", 0},
                      Limit{"age_instead_of_for_ever", "retention: forever",
                            "retention: { max_age: 5m }", "max_age", 20, "exact", 0},
                      Limit{"age_instead_of_midnight",
                            "retention: { until: midnight, days: 0, timezone: Asia/Seoul }",
                            "retention: { max_age: 5m }", "max_age", 20, "exact", 0},
                      Limit{"midnight_instead_of_age", "retention: { max_age: 10d }",
                            "retention: { until: midnight, days: 0, timezone: Asia/Seoul }",
                            "max_age", 0, "exact", 20},
                      Limit{"drop_old_instead_of_reject_new",
                            "stream: { max_messages: 100, on_full: reject_new }",
                            "stream: { max_messages: 100, on_full: drop_old }", "stream.on_full", 0,
                            "exact", 20}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(LossyBytes, IsAnEstimateByTheMeanSizeAndIsCalledOne) {
  DaemonWorld world(one_room("stream: { max_bytes: 1MiB }"), start);
  world.boot();
  for (int i = 0; i < 40; ++i) world.say("general", "bob", std::string(1000, 'x'));
  world.write_config(one_room("stream: { max_bytes: 16KiB }"));
  world.pass(70s);
  const json entry = only_entry(world);
  EXPECT_EQ(entry["would_go_is"], "estimate");
  const auto would_go = entry["would_go"].get<std::uint64_t>();
  EXPECT_EQ(world.messages("general"), 40U);
  agree(world);
  const std::uint64_t gone = 40 - world.messages("general");
  EXPECT_GT(gone, 0U);
  EXPECT_NEAR(static_cast<double>(would_go), static_cast<double>(gone), 1.0)
      << "messages of one size: the mean is right";
}

TEST(LossyDiscard, SaysThatTheOldestGoWheneverTheRoomIsFull) {
  DaemonWorld world(one_room("stream: { max_messages: 3, on_full: reject_new }"), start);
  world.boot();
  for (int i = 0; i < 3; ++i) world.say("general", "bob", std::to_string(i));
  world.write_config(one_room("stream: { max_messages: 3, on_full: drop_old }"));
  world.pass(70s);
  EXPECT_EQ(only_entry(world)["loss_note"],
            "whenever the room is full, its oldest messages will go");
  world.say("general", "bob", "one more");
  EXPECT_EQ(world.nats.stream("ROOM_general")->messages().begin()->second.data, "0")
      << "until somebody agrees the room refuses";
  agree(world);
  world.say("general", "bob", "one more");
  EXPECT_EQ(world.nats.stream("ROOM_general")->messages().begin()->second.data, "1");
}

TEST(LossyInterest, EverythingMayGo) {
  DaemonWorld world(one_room("stream: { retention: limits }"), start);
  world.boot();
  for (int i = 0; i < 6; ++i) world.say("general", "bob", "x");
  world.write_config(one_room("stream: { retention: interest }"));
  world.pass(70s);
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(config_of(world, "ROOM_general")["retention"], "limits");
  const json entry = only_entry(world);
  EXPECT_EQ(entry["would_go"], 6);
  EXPECT_EQ(entry["would_go_is"], "at_most");
  EXPECT_EQ(world.messages("general"), 6U);
}

// ---- edits while one waits

TEST(LossyEdits, ConsentForOneRoomDoesNotTouchTheRetentionOfAnother) {
  const auto rooms = [](int days) {
    return "instance: seoul\ntemplates:\n  default: { " + midnight(days) +
           " }\nrooms:\n  - { id: general }\n  - { id: lobby }\n";
  };
  DaemonWorld world(rooms(1), start);
  world.boot();
  for (const char* room : {"general", "lobby"}) world.say(room, "bob", "of the 22nd");
  world.write_config(rooms(0));
  world.pass_until("2026-11-22T15:05:00Z");
  agree(world, "lobby");
  world.pass(2min);
  EXPECT_EQ(world.messages("lobby"), 0U);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(rule_of(world, "general"), "midnight:1:Asia/Seoul");
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(verdict(world, "lobby"), "ready/ok");
}

TEST(LossyEdits, ASecondEditIsJudgedAgainstTheRuleInForce) {
  DaemonWorld world(one_room(midnight(2)), start);
  world.boot();
  world.say("general", "bob", "of the 22nd");
  world.write_config(one_room(midnight(0)));
  world.pass(70s);
  world.write_config(one_room(midnight(1)));
  world.pass_until("2026-11-22T15:05:00Z");
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(only_entry(world)["fields"].back()["to"], "until midnight, 1 day, Asia/Seoul");
  EXPECT_EQ(rule_of(world), "midnight:2:Asia/Seoul");
  world.write_config(one_room(midnight(3)));
  world.pass(70s);
  EXPECT_EQ(rule_of(world), "midnight:3:Asia/Seoul") << "longer than the rule in force: at once";
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(world.messages("general"), 1U);
}

TEST(LossyEdits, ARevertClearsWhatWaited) {
  DaemonWorld world(one_room(midnight(1)), start);
  world.boot();
  world.say("general", "bob", "of the 22nd");
  world.write_config(one_room(midnight(0)));
  world.pass(70s);
  ASSERT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  world.write_config(one_room(midnight(1)));
  world.pass(5s);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_TRUE(ask(world, "plan")["entries"].empty());
  agree(world);
  world.pass_until("2026-11-22T15:05:00Z");
  EXPECT_EQ(world.messages("general"), 1U) << "consent to nothing takes nothing";
}

TEST(LossyEdits, WhatWaitsSurvivesARestart) {
  DaemonWorld world(one_room(midnight(0)), start);
  world.boot();
  world.say("general", "bob", "hello");
  world.write_config(one_room(midnight(0, "Pacific/Auckland")));
  world.pass(70s);
  world.kill();
  world.boot();
  world.pass_until("2026-11-22T14:59:00Z");
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(world.messages("general"), 1U);
  world.pass_until("2026-11-22T15:00:01Z");
  EXPECT_EQ(world.messages("general"), 0U);
}

}  // namespace
}  // namespace roomkeeper::testing
