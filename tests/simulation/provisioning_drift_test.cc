// Provisioning by the whole daemon: drift, foreign and unmarked streams.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

std::string rooms_with(const std::string& reconcile) {
  return "instance: seoul\nreconcile: { " + reconcile + R"( }
templates:
  default:
    retention: { max_age: 7d }
    stream: { max_messages: 1000, max_bytes: 1MiB, max_message_size: 64KiB }
rooms:
  - { id: general }
)";
}

std::string room() {
  return rooms_with("interval: 60s");
}

/// What an operator did to the stream, and the metric's name of the field that is brought back.
struct Drift {
  const char* field;
  const char* patch;
};
void PrintTo(const Drift& drift, std::ostream* out) {
  *out << drift.field;
}

class EveryManagedField : public ::testing::TestWithParam<Drift> {};

TEST_P(EveryManagedField, IsBroughtBackWithinSecondsAndNothingElseIsTouched) {
  DaemonWorld world(room(), start);
  world.boot();
  Operator hand(world);
  hand.edit("ROOM_general",
            R"({"description": "ours, says marketing", "metadata": {"team": "marketing"},
                                "republish": {"src": "chat.general.*", "dest": "copy.general"}})");
  world.pass(5s);
  const json before = config_of(world, "ROOM_general");
  ASSERT_EQ(before["metadata"]["team"], json("marketing"));
  hand.edit("ROOM_general", GetParam().patch);
  ASSERT_NE(config_of(world, "ROOM_general"), before) << "the patch changes nothing";
  world.nats.forget_counts();
  world.pass(3s);
  EXPECT_EQ(config_of(world, "ROOM_general"), before);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.UPDATE.>"), 1U);
  EXPECT_EQ(world.metric(MetricId::policy_corrections_total, {GetParam().field}), 1);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

INSTANTIATE_TEST_SUITE_P(
    ProvisioningDrift, EveryManagedField,
    ::testing::Values(Drift{"subjects", R"({"subjects": ["chat.general.*", "elsewhere.general"]})"},
                      Drift{"max_age", R"({"max_age": 3600000000000})"},
                      Drift{"stream.max_messages", R"({"max_msgs": 5})"},
                      Drift{"stream.max_bytes", R"({"max_bytes": 4096})"},
                      Drift{"stream.max_message_size", R"({"max_msg_size": 100})"},
                      Drift{"stream.max_messages_per_subject", R"({"max_msgs_per_subject": 1})"},
                      Drift{"stream.on_full", R"({"discard": "new"})"},
                      Drift{"stream.retention", R"({"retention": "interest"})"},
                      Drift{"stream.duplicate_window", R"({"duplicate_window": 1000000000})"},
                      Drift{"stream.compression", R"({"compression": "s2"})"},
                      Drift{"stream.placement", R"({"placement": {"cluster": "elsewhere"}})"},
                      Drift{"retention", R"({"metadata": {"roomkeeper.retention": "forever"}})"},
                      Drift{"mark", R"({"metadata": {"roomkeeper.template": "archive"}})"},
                      Drift{"traits", R"({"allow_rollup_hdrs": true})"}),
    [](const auto& test) {
      std::string name = test.param.field;
      for (char& c : name) c = c == '.' ? '_' : c;
      return name;
    });

TEST(ProvisioningDrift, WhatTheServerCannotTakeBackIsBlockedAndNotTriedOverAndOver) {
  DaemonWorld world(room(), start);
  world.boot();
  Operator(world).edit("ROOM_general", R"({"deny_purge": true})");
  world.nats.forget_counts();
  world.pass(1h);
  EXPECT_EQ(verdict(world, "general"), "blocked/immutable_field");
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.UPDATE.>"), 0U);
}

TEST(ProvisioningDrift, AStreamOfAnotherInstanceIsRefused) {
  DaemonWorld world(room(), start);
  ASSERT_TRUE(world.nats.create_stream("ROOM_general",
                                       R"({"name": "ROOM_general", "subjects": ["chat.general.*"],
      "metadata": {"roomkeeper.instance": "busan", "roomkeeper.room": "general", "roomkeeper.owner": "file",
                   "roomkeeper.template": "default", "roomkeeper.retention": "midnight:0:Asia/Seoul"}})"));
  world.nats.publish("chat.general.bob", "theirs");
  const json before = config_of(world, "ROOM_general");
  world.boot();
  world.pass(7h);  // past Seoul's midnight, by which the other instance's mark goes
  EXPECT_EQ(verdict(world, "general"), "blocked/foreign_instance");
  EXPECT_EQ(config_of(world, "ROOM_general"), before);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(refusal(world, "purge", R"({"rooms": ["general"], "all": true, "dry_run": false})"),
            "unsafe");
  EXPECT_EQ(world.messages("general"), 1U);
}

TEST(ProvisioningAdopt, NeverIsTheDefault) {
  DaemonWorld world(room(), start);
  ASSERT_TRUE(world.nats.create_stream(
      "ROOM_general", R"({"name": "ROOM_general", "subjects": ["chat.general.*"]})"));
  const json before = config_of(world, "ROOM_general");
  world.boot();
  world.pass(5min);
  EXPECT_EQ(verdict(world, "general"), "blocked/unmarked_stream");
  EXPECT_EQ(config_of(world, "ROOM_general"), before);
}

constexpr std::string_view compatible =
    R"({"name": "ROOM_general", "subjects": ["chat.general.*"], "max_msgs": 1000,
    "max_bytes": 1048576, "max_msg_size": 65536, "max_age": 604800000000000, "duplicate_window": 120000000000})";

TEST(ProvisioningAdopt, IfCompatibleTakesAStreamThatLosesNothing) {
  DaemonWorld world(rooms_with("adopt: if_compatible"), start);
  ASSERT_TRUE(world.nats.create_stream("ROOM_general", compatible));
  world.nats.publish("chat.general.bob", "older than Roomkeeper");
  world.boot();
  world.pass(2s);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.instance"), "seoul");
  EXPECT_EQ(world.messages("general"), 1U);
}

TEST(ProvisioningAdopt, IfCompatibleLeavesAStreamThatWouldLoseMessages) {
  DaemonWorld world(rooms_with("adopt: if_compatible"), start);
  ASSERT_TRUE(world.nats.create_stream(
      "ROOM_general", R"({"name": "ROOM_general", "subjects": ["chat.general.*"]})"));
  world.nats.publish("chat.general.bob", "older than Roomkeeper");
  const json before = config_of(world, "ROOM_general");
  world.boot();
  world.pass(5min);
  EXPECT_EQ(verdict(world, "general"), "blocked/unmarked_stream");
  EXPECT_EQ(config_of(world, "ROOM_general"), before);
}

TEST(ProvisioningAdopt, AlwaysTakesItButWhatWouldLoseMessagesWaitsForConsent) {
  DaemonWorld world(rooms_with("adopt: always"), start);
  ASSERT_TRUE(world.nats.create_stream(
      "ROOM_general", R"({"name": "ROOM_general", "subjects": ["chat.general.*"]})"));
  for (int i = 0; i < 1005; ++i) world.nats.publish("chat.general.bob", "old");
  world.boot();
  world.pass(2s);
  EXPECT_EQ(verdict(world, "general"), "pending_consent/lossy_change");
  EXPECT_EQ(world.messages("general"), 1005U);
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.instance"), "seoul")
      << "it is ours from now on";
  agree(world);
  EXPECT_EQ(world.messages("general"), 1000U);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

class NeverAdopted : public ::testing::TestWithParam<const char*> {};

TEST_P(NeverAdopted, EvenWhenAlwaysIsSaid) {
  DaemonWorld world(rooms_with("adopt: always"), start);
  ASSERT_TRUE(world.nats.create_stream(
      "ROOM_general", R"({"name": "ROOM_general", "subjects": ["chat.general.*"], )" +
                          std::string(GetParam()) + "}"));
  const json before = config_of(world, "ROOM_general");
  world.boot();
  world.pass(5min);
  EXPECT_EQ(verdict(world, "general"), "blocked/incompatible_stream");
  EXPECT_EQ(config_of(world, "ROOM_general"), before);
}

INSTANTIATE_TEST_SUITE_P(ProvisioningAdopt, NeverAdopted,
                         ::testing::Values(R"("sealed": true)", R"("allow_rollup_hdrs": true)",
                                           R"("allow_msg_ttl": true)", R"("deny_purge": true)",
                                           R"("deny_delete": true)",
                                           R"("allow_msg_schedules": true)",
                                           R"("subject_delete_marker_ttl": 3600000000000)"));

TEST(ProvisioningAdopt, AMirrorOfTheRoomsNameIsNeverAdopted) {
  DaemonWorld world(rooms_with("adopt: always"), start);
  ASSERT_TRUE(world.nats.create_stream("ROOM_general",
                                       R"({"name": "ROOM_general", "mirror": {"name": "OTHER"}})"));
  world.boot();
  world.pass(5min);
  EXPECT_EQ(verdict(world, "general"), "blocked/incompatible_stream");
}

}  // namespace
}  // namespace roomkeeper::testing
