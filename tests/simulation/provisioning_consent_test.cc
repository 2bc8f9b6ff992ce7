// Provisioning by the whole daemon: what brings a message's end forward waits for consent.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::string general(const std::string& settings, const std::string& reconcile = "interval: 60s") {
  return "instance: seoul\nreconcile: { " + reconcile + " }\ntemplates:\n  default: { " + settings +
         " }\nrooms:\n  - { id: general }\n";
}

std::string midnight(int days, const std::string& zone = "Asia/Seoul") {
  return "retention: { until: midnight, days: " + std::to_string(days) + ", timezone: " + zone +
         " }";
}

TEST(ProvisioningConsent, ALossyChangeWaitsAndTheRestOfTheSameRoomIsApplied) {
  DaemonWorld world(general("stream: { max_messages: 100, max_message_size: 64KiB }"), start);
  world.boot();
  for (int i = 0; i < 5; ++i) world.say("general", "bob", "hello");
  world.write_config(general("stream: { max_messages: 3, max_message_size: 128KiB }"));
  world.pass(5s);
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(config_of(world, "ROOM_general")["max_msg_size"], json(131072));
  EXPECT_EQ(config_of(world, "ROOM_general")["max_msgs"], json(100));
  EXPECT_EQ(world.messages("general"), 5U);
  world.nats.forget_counts();
  world.pass(1h);
  EXPECT_EQ(writes(world), 0U) << "what waits is not tried over and over";
  EXPECT_EQ(world.messages("general"), 5U);

  agree(world);
  EXPECT_EQ(config_of(world, "ROOM_general")["max_msgs"], json(3));
  EXPECT_EQ(world.messages("general"), 3U);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(ProvisioningConsent, ConsentForOneRoomIsNoneForAnother) {
  const auto rooms = [](int most) {
    return "instance: seoul\ntemplates:\n  default: { stream: { max_messages: " +
           std::to_string(most) + " } }\nrooms:\n  - { id: general }\n  - { id: lobby }\n";
  };
  DaemonWorld world(rooms(100), start);
  world.boot();
  for (int i = 0; i < 5; ++i) {
    world.say("general", "bob", "hello");
    world.say("lobby", "bob", "hello");
  }
  world.write_config(rooms(2));
  world.pass(5s);
  agree(world, "lobby");
  world.pass(2min);
  EXPECT_EQ(world.messages("lobby"), 2U);
  EXPECT_EQ(world.messages("general"), 5U);
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
}

TEST(ProvisioningConsent, ConsentIsGivenForOnePassAndNotForEver) {
  DaemonWorld world(general("stream: { max_messages: 100 }"), start);
  world.boot();
  for (int i = 0; i < 9; ++i) world.say("general", "bob", "hello");
  world.pass(70s);
  agree(world);
  world.write_config(general("stream: { max_messages: 3 }"));
  world.pass(10min);
  EXPECT_EQ(world.messages("general"), 9U);
}

TEST(ProvisioningConsent, AnEmptyRoomLosesNothingAndNeedsNone) {
  DaemonWorld world(general("stream: { max_messages: 100 }"), start);
  world.boot();
  world.write_config(general("stream: { max_messages: 3 }"));
  world.pass(5s);
  EXPECT_EQ(config_of(world, "ROOM_general")["max_msgs"], json(3));
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(ProvisioningConsent, AMessageThatComesBetweenPlanAndUpdateIsNotLost) {
  DaemonWorld world(general("stream: { max_messages: 100, on_full: reject_new }"), start);
  world.boot();
  world.nats.set_latency(20ms);
  world.write_config(general("stream: { max_messages: 1 }"));
  ASSERT_TRUE(world.loop.run_until([&] { return world.logged("pass.planned") == 2; }, 10s));
  world.nats.publish("chat.general.bob", "one");
  world.nats.publish("chat.general.bob", "two");
  world.pass(5min);
  EXPECT_EQ(world.messages("general"), 2U);
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
}

TEST(ProvisioningConsent, StandingConsentOfTheConfigurationIsEnough) {
  DaemonWorld world(general("stream: { max_messages: 100 }", "allow_lossy: true"), start);
  world.boot();
  for (int i = 0; i < 5; ++i) world.say("general", "bob", "hello");
  world.write_config(general("stream: { max_messages: 3 }", "allow_lossy: true"));
  world.pass(5s);
  EXPECT_EQ(world.messages("general"), 3U);
}

TEST(ProvisioningConsent, AnEarlierMidnightWaitsAndTheOldOneGoesOnMeanwhile) {
  DaemonWorld world(general(midnight(1)), start);  // 19:00 in Seoul
  world.boot();
  world.say("general", "bob", "of the 22nd");
  world.write_config(general(midnight(0)));
  world.pass_until("2026-11-22T15:00:10Z");
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(world.messages("general"), 1U) << "by the retention last applied it stays a day longer";
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.retention"), "midnight:1:Asia/Seoul");
  world.pass_until("2026-11-23T14:59:59Z");
  EXPECT_EQ(world.messages("general"), 1U);
  world.pass_until("2026-11-23T15:00:01Z");
  EXPECT_EQ(world.messages("general"), 0U);
}

TEST(ProvisioningConsent, OnceAgreedTheEarlierMidnightRules) {
  DaemonWorld world(general(midnight(1)), "2026-11-22T14:59:00Z");
  world.boot();
  world.say("general", "bob", "of the 22nd");
  world.write_config(general(midnight(0)));
  world.pass_until("2026-11-22T15:01:00Z");
  ASSERT_EQ(world.messages("general"), 1U);
  world.say("general", "bob", "of the 23rd");
  agree(world);
  world.pass(5s);
  ASSERT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(world.nats.stream("ROOM_general")->messages().begin()->second.data, "of the 23rd");
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.retention"), "midnight:0:Asia/Seoul");
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(ProvisioningConsent, AnotherZoneWaitsToo) {
  DaemonWorld world(general(midnight(0)), start);
  world.boot();
  world.say("general", "bob", "hello");
  world.write_config(general(midnight(0, "Pacific/Auckland")));
  world.pass_until("2026-11-22T11:00:30Z");  // past Auckland's midnight, before Seoul's
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(world.messages("general"), 1U);
}

TEST(ProvisioningConsent, ALongerRetentionIsAppliedAtOnce) {
  DaemonWorld world(general(midnight(0)), start);
  world.boot();
  world.say("general", "bob", "hello");
  world.write_config(general(midnight(1)));
  world.pass(3s);
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.retention"), "midnight:1:Asia/Seoul");
  EXPECT_EQ(config_of(world, "ROOM_general")["max_age"],
            json(std::chrono::nanoseconds(50h).count()))
      << "48 hours, one more for the end of summer time, and the backstop's own";
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  world.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world.messages("general"), 1U);
}

TEST(ProvisioningConsent, AnImpossibleChangeIsBlockedAndNeverRecreated) {
  DaemonWorld world(general("storage: file, stream: { max_message_size: 64KiB }"), start);
  world.boot();
  world.say("general", "bob", "hello");
  world.write_config(general("storage: memory, stream: { max_message_size: 128KiB }"));
  world.pass(5s);
  EXPECT_EQ(verdict(world, "general"), "blocked/immutable_field");
  EXPECT_EQ(config_of(world, "ROOM_general")["max_msg_size"], json(131072))
      << "the rest is applied";
  world.nats.forget_counts();
  agree(world);
  world.pass(1h);
  EXPECT_EQ(writes(world), 0U);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(config_of(world, "ROOM_general")["storage"], json("file"));
}

TEST(ProvisioningConsent, ThePlanSaysWhatWaitsAndHowManyMessagesWouldGo) {
  DaemonWorld world(general("stream: { max_messages: 100 }"), start);
  world.boot();
  for (int i = 0; i < 12; ++i) world.say("general", "bob", "hello");
  world.write_config(general("stream: { max_messages: 5 }"));
  world.pass(70s);
  const json plan = ask(world, "plan");
  ASSERT_EQ(plan["entries"].size(), 1U) << plan;
  const json& entry = plan["entries"][0];
  EXPECT_EQ(entry["kind"], json("held"));
  EXPECT_EQ(entry["state"], json("pending_consent"));
  EXPECT_EQ(entry["fields"][0]["field"], json("stream.max_messages"));
  EXPECT_EQ(entry["fields"][0]["from"], json("100"));
  EXPECT_EQ(entry["fields"][0]["to"], json("5"));
  EXPECT_EQ(entry["fields"][0]["lossy"], json(true));
  EXPECT_EQ(entry["messages"], json(12));
  EXPECT_EQ(entry["would_go"], json(7));
  const json agreed = ask(world, "plan", R"({"allow_lossy": true})");
  ASSERT_EQ(agreed["entries"].size(), 1U) << agreed;
  EXPECT_EQ(agreed["entries"][0]["kind"], json("update"));
  EXPECT_EQ(agreed["entries"][0]["would_go"], json(7));
  EXPECT_EQ(world.messages("general"), 12U) << "a plan changes nothing";
}

TEST(ProvisioningConsent, ThePlanCountsWhatAShorterRetentionWouldTake) {
  DaemonWorld world(general(midnight(2)), "2026-11-22T14:59:50Z");
  world.boot();
  for (int i = 0; i < 3; ++i) world.say("general", "bob", "of the 22nd");
  world.pass_until("2026-11-22T15:10:00Z");
  for (int i = 0; i < 4; ++i) world.say("general", "bob", "of the 23rd");
  world.write_config(general(midnight(0)));
  world.pass(70s);
  const json plan = ask(world, "plan");
  ASSERT_EQ(plan["entries"].size(), 1U) << plan;
  EXPECT_EQ(plan["entries"][0]["would_go"], json(3));
}

}  // namespace
}  // namespace roomkeeper::testing
