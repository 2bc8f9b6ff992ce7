// What is asked for in the file is what the real server has, it stays that, and nothing of others
// is touched.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr std::int64_t second = 1'000'000'000;
constexpr const char* update = R"(roomkeeper_jetstream_api_requests_total{operation="update"})";

constexpr const char* every_setting = R"(
templates:
  default: { retention: forever }
rooms:
  - id: plain
  - id: bounded
    storage: file
    retention: { max_age: 7d }
    stream:
      max_messages: 1234
      max_bytes: 5MiB
      max_message_size: 4KiB
      max_messages_per_subject: 77
      max_consumers: 9
      on_full: reject_new
      retention: limits
      duplicate_window: 45s
      compression: s2
  - id: quick
    storage: memory
    stream: { retention: interest, on_full: drop_old }
  - id: queue
    stream: { retention: workqueue, placement: { cluster: east, tags: [ssd, "zone:a"] } }
  - { id: day, retention: { until: midnight, days: 2, timezone: America/Havana } }
)";

/// The fields of 4.2 as nats-server names them; what a server leaves out is its default.
json managed(const json& config) {
  json fields{{"storage", "file"},    {"num_replicas", 1},     {"retention", "limits"},
              {"discard", "old"},     {"max_age", 0},          {"max_bytes", -1},
              {"max_msgs", -1},       {"max_msg_size", -1},    {"max_msgs_per_subject", -1},
              {"max_consumers", -1},  {"compression", "none"}, {"duplicate_window", 120 * second},
              {"placement", nullptr}, {"subjects", nullptr}};
  for (auto& [name, value] : fields.items()) {
    if (config.contains(name)) value = config[name];
  }
  return fields;
}

json expected(const std::string& room, const json& changes) {
  json fields = managed({{"subjects", {"chat." + room + ".*"}}});
  fields.update(changes);
  return fields;
}

class ProvisioningTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ProvisioningTest, EverySettingArrivesAndASecondPassChangesNothing) {
  Installation installed({.version = GetParam(), .yaml = every_setting});
  ASSERT_TRUE(installed.ready());
  const auto config_of = [&](const std::string& room) {
    return installed.stream_info(room)["config"];
  };
  EXPECT_EQ(managed(config_of("plain")), expected("plain", json::object()));
  EXPECT_EQ(managed(config_of("bounded")), expected("bounded", {{"max_age", 7 * 86400 * second},
                                                                {"max_msgs", 1234},
                                                                {"max_bytes", 5 * 1024 * 1024},
                                                                {"max_msg_size", 4096},
                                                                {"max_msgs_per_subject", 77},
                                                                {"max_consumers", 9},
                                                                {"discard", "new"},
                                                                {"duplicate_window", 45 * second},
                                                                {"compression", "s2"}}));
  EXPECT_EQ(managed(config_of("quick")),
            expected("quick", {{"storage", "memory"}, {"retention", "interest"}}));
  EXPECT_EQ(managed(config_of("queue")),
            expected("queue", {{"retention", "workqueue"},
                               {"placement", {{"cluster", "east"}, {"tags", {"ssd", "zone:a"}}}}}));
  // Three local days with a change of clocks among them, and the hour of the backstop.
  EXPECT_EQ(managed(config_of("day")),
            expected("day", {{"max_age", (3 * 24 + 1 + 1) * 3600 * second}}));

  const double updates = installed.metric(update);
  for (int pass = 0; pass < 2; ++pass) {
    const json result = installed.roomctl_json({"apply"});
    EXPECT_EQ(result["total"], 0) << result;
    EXPECT_EQ(result["done"], true);
  }
  EXPECT_EQ(installed.metric(update), updates);
  EXPECT_EQ(installed.roomctl({"plan"}).exit_code, 0) << installed.roomctl({"plan"}).out;
}

TEST_P(ProvisioningTest, DriftIsRepairedAndADeletedStreamComesBackWithHigherSequences) {
  Installation installed({.version = GetParam(), .yaml = "rooms: [ {id: general} ]\n"});
  ASSERT_TRUE(installed.ready());
  json config = installed.stream_info("general")["config"];
  config["max_msgs"] = 5;
  config["max_msgs_per_subject"] = 3;
  config["description"] = "somebody else's";
  config["metadata"]["team"] = "blue";
  const json updated = installed.jetstream("STREAM.UPDATE.ROOM_general", config.dump());
  ASSERT_FALSE(updated.contains("error")) << updated;
  ASSERT_TRUE(becomes_true([&] {
    const json now = installed.stream_info("general")["config"];
    return now["max_msgs"] == -1 && now["max_msgs_per_subject"] == -1;
  }));
  const json repaired = installed.stream_info("general")["config"];
  EXPECT_GE(installed.metric(update), 1) << "the repair is counted";
  EXPECT_EQ(repaired["description"], "somebody else's");
  EXPECT_EQ(repaired["metadata"]["team"], "blue");
  EXPECT_GE(installed.metric(R"(roomkeeper_policy_corrections_total{field="stream.max_messages"})"),
            1);

  for (int i = 0; i < 3; ++i) ASSERT_TRUE(installed.client("bob")->store("chat.general.bob", "x"));
  ASSERT_EQ(installed.roomctl({"apply"}).exit_code, 0);
  ASSERT_FALSE(installed.jetstream("STREAM.DELETE.ROOM_general").contains("error"));
  ASSERT_TRUE(becomes_true([&] { return installed.stream_info("general").contains("config"); }));
  EXPECT_EQ(installed.client("bob")->store("chat.general.bob", "x").value_or(0), 4U);
}

TEST_P(ProvisioningTest, StreamsOfOthersAreRefused) {
  Installation installed({.version = GetParam(),
                          .yaml = "rooms: [ {id: general}, {id: taken}, {id: theirs} ]\n",
                          .start_daemon = false});
  const auto create = [&](const std::string& room, const json& metadata) {
    const json made = installed.jetstream("STREAM.CREATE.ROOM_" + room,
                                          json{{"name", "ROOM_" + room},
                                               {"subjects", {"chat." + room + ".*"}},
                                               {"storage", "file"},
                                               {"max_msgs", 7},
                                               {"metadata", metadata}}
                                              .dump());
    ASSERT_FALSE(made.contains("error")) << made;
  };
  create("taken", json::object());
  // The mark of another instance: what ours writes, with another name in it.
  ASSERT_TRUE(installed.start_daemon());
  ASSERT_TRUE(installed.ready());
  json mark = installed.stream_info("theirs")["config"]["metadata"];
  for (const char* own : {"_nats.level", "_nats.req.level", "_nats.ver"}) mark.erase(own);
  std::string text = mark.dump();
  const std::size_t name = text.find("\"test\"");
  ASSERT_NE(name, std::string::npos) << mark;
  text.replace(name, 6, "\"elsewhere\"");
  installed.stop_daemon(15);
  ASSERT_FALSE(installed.jetstream("STREAM.DELETE.ROOM_theirs").contains("error"));
  create("theirs", json::parse(text));
  const json taken = installed.stream_info("taken")["config"];
  const json theirs = installed.stream_info("theirs")["config"];
  ASSERT_TRUE(installed.start_daemon());
  ASSERT_TRUE(installed.ready());

  const json shown = installed.roomctl_json({"room", "show", "taken"});
  EXPECT_EQ(shown["state"], "blocked");
  EXPECT_EQ(shown["reason"], "unmarked_stream");
  EXPECT_EQ(installed.roomctl_json({"room", "show", "theirs"})["reason"], "foreign_instance");
  EXPECT_EQ(installed.roomctl_json({"room", "show", "general"})["state"], "ready");
  EXPECT_EQ(installed.roomctl({"apply"}).exit_code, 0);
  EXPECT_EQ(installed.stream_info("taken")["config"], taken);
  EXPECT_EQ(installed.stream_info("theirs")["config"], theirs);
  EXPECT_EQ(installed.roomctl({"plan"}).exit_code, 2);
  EXPECT_EQ(installed.roomctl({"doctor"}).exit_code, 2);
}

TEST_P(ProvisioningTest, WhatWouldDeleteWaitsForConsentAndTheImpossibleIsNeverTried) {
  Installation installed(
      {.version = GetParam(), .yaml = "rooms: [ {id: general}, {id: other} ]\n"});
  ASSERT_TRUE(installed.ready());
  const auto bob = installed.client("bob");
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(bob->store("chat.general.bob", "x"));
  const json created = installed.stream_info("other")["created"];
  installed.write_config(
      "rooms: [ {id: general, stream: {max_messages: 2}}, {id: other, storage: memory} ]\n");
  ASSERT_TRUE(becomes_true([&] {
    return installed.roomctl_json({"room", "show", "general"})["state"] == "pending_consent";
  }));
  EXPECT_EQ(installed.messages("general"), 5U);
  const ChildResult plan = installed.roomctl({"plan"});
  EXPECT_EQ(plan.exit_code, 2);
  EXPECT_THAT(plan.out, HasSubstr("max_messages: unlimited -> 2  (lossy)"));
  EXPECT_THAT(plan.out, HasSubstr("3 of 5 messages would go"));
  EXPECT_THAT(plan.out, HasSubstr("storage: file -> memory  (impossible"));
  EXPECT_EQ(installed.roomctl({"apply"}).exit_code, 0);
  EXPECT_EQ(installed.messages("general"), 5U) << "without consent";
  const ChildResult asked = installed.roomctl({"apply", "--allow-lossy"});
  EXPECT_EQ(asked.exit_code, 1) << "nobody is there to ask";
  EXPECT_EQ(installed.messages("general"), 5U);

  EXPECT_EQ(installed.roomctl({"apply", "general", "--allow-lossy", "--yes"}).exit_code, 0);
  EXPECT_EQ(installed.messages("general"), 2U);
  EXPECT_EQ(installed.roomctl_json({"room", "show", "general"})["state"], "ready");
  const json other = installed.roomctl_json({"room", "show", "other"});
  EXPECT_EQ(other["state"], "blocked");
  EXPECT_EQ(other["reason"], "immutable_field");
  EXPECT_EQ(installed.stream_info("other")["created"], created) << "never recreated";
}

TEST_P(ProvisioningTest, RemovedRoomsAreKeptUnlessAskedForAndThenOneByOne) {
  Installation installed({.version = GetParam(), .yaml = "rooms: [ {range: \"r-{1..4}\"} ]\n"});
  ASSERT_TRUE(installed.ready());
  installed.write_config("rooms: [ {range: \"r-{1..3}\"} ]\n");
  ASSERT_TRUE(becomes_true(
      [&] { return installed.roomctl_json({"room", "ls", "--state", "orphaned"})["total"] == 1; }));
  EXPECT_TRUE(installed.stream_info("r-4").contains("config")) << "an orphan is kept";

  installed.write_config("reconcile: { on_removal: delete }\nrooms: [ {id: r-1} ]\n");
  ASSERT_TRUE(becomes_true([&] { return installed.metric("roomkeeper_removals_blocked") > 0; }));
  const json names = installed.jetstream("STREAM.NAMES", R"({"subject":"chat.*.*"})");
  EXPECT_EQ(names["streams"].size(), 3U) << "one removal an hour of so few rooms: " << names;
  EXPECT_TRUE(installed.stream_info("r-1").contains("config"));
  EXPECT_EQ(installed.metric("roomkeeper_removals_blocked"), 2);
  const ChildResult plan = installed.roomctl({"plan"});
  EXPECT_EQ(plan.exit_code, 2);
  EXPECT_THAT(plan.out, HasSubstr("removal_guard"));
}

INSTANTIATE_TEST_SUITE_P(Servers, ProvisioningTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
