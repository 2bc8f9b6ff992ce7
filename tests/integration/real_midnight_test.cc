// A local midnight on real servers, by their clocks. The daemon runs in this process, because its
// zone is the test's own: one whose midnight comes in a few seconds.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"
#include "tests/integration/in_process_daemon.h"
#include "tests/integration/waiting.h"
#include "tests/support/nats_client.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using policies::WallTime;

/// Rooms of every kind that a cut is found in differently.
constexpr const char* rooms_yaml =
    "instance: test\n"
    "rooms:\n"
    "  - { id: plain }\n"
    "  - { id: queue, stream: { retention: workqueue } }\n"
    "  - { id: full, stream: { max_consumers: 1 } }\n"
    "  - { id: quiet }\n"
    "  - { id: unsaid }\n";
const std::vector<std::string> straddling{"plain", "queue", "full"};

class RealMidnightTest : public InProcessDaemonTest {
 protected:
  ~RealMidnightTest() override { end_daemon(); }

  /// All rooms of the file get the rule `until midnight, 0 days` of the zone.
  void start_daemon(const ZoneFile& zone) {
    config::Config config = load(rooms_yaml);
    for (policies::RoomSpec& room : config.rooms.rooms) {
      auto settings = std::make_shared<policies::RoomSettings>(*room.settings);
      settings->retention = policies::UntilMidnight{.days = 0, .zone = zone.get()};
      room.settings = std::move(settings);
    }
    begin_daemon(std::move(config), zone.lookup());
    ASSERT_TRUE(becomes_true([&] { return stream("unsaid").contains("config"); }));
  }
  json stream(const std::string& room) {
    const auto reply = asking->request("$JS.API.STREAM.INFO.ROOM_" + room, "");
    if (!reply) throw std::runtime_error(reply.error().text);
    return json::parse(reply->data);
  }
  static WallTime time_of(const json& value) {
    return policies::parse_rfc3339(value.get<std::string>()).value();
  }
};

TEST_P(RealMidnightTest, WhatIsOlderIsGoneWithinTwoSecondsAndWhatIsNewerStays) {
  const WallTime midnight =
      policies::WallTime(std::chrono::ceil<std::chrono::seconds>((now() + 7s).time_since_epoch()));
  start_daemon(ZoneFile::with_midnight_at(midnight));
  ASSERT_LT(now(), midnight - 500ms) << "the machine is too slow for this test";
  const auto created = asking->request(
      "$JS.API.CONSUMER.DURABLE.CREATE.ROOM_full.only",
      R"({"stream_name":"ROOM_full","config":{"durable_name":"only","ack_policy":"explicit"}})");
  ASSERT_TRUE(created);
  ASSERT_FALSE(json::parse(created->data).contains("error")) << created->data;

  const auto alice = client("alice");
  ASSERT_TRUE(alice->store("chat.quiet.alice", "only before midnight"));
  std::uint64_t last_old = 0;   // acknowledged before midnight
  std::uint64_t first_new = 0;  // sent after it
  std::uint64_t last = 0;
  ASSERT_TRUE(wait_for(midnight - 2s));
  while (now() < midnight + 1s) {
    const WallTime sent = now();
    for (const std::string& room : straddling) {
      const auto stored = alice->store("chat." + room + ".alice", "x");
      ASSERT_TRUE(stored) << room << ": " << stored.error().text;
      last = *stored;
    }
    if (now() < midnight) last_old = last;
    if (first_new == 0 && sent >= midnight) first_new = last;
    ASSERT_TRUE(wait_for(sent + 20ms));
  }
  ASSERT_GT(last_old, 2U);
  ASSERT_GT(last, first_new);

  for (const std::string& room : straddling) {
    json info;
    ASSERT_TRUE(becomes_true(
        [&] {
          info = stream(room);
          return time_of(info["state"]["first_ts"]) >= midnight;
        },
        5s, 1ms))
        << room << " still has a message of the day before: " << info["state"];
    EXPECT_GT(info["state"]["first_seq"].get<std::uint64_t>(), last_old) << room;
    EXPECT_LE(info["state"]["first_seq"].get<std::uint64_t>(), first_new) << room;
    EXPECT_EQ(info["state"]["last_seq"].get<std::uint64_t>(), last) << room;
    EXPECT_EQ(info["state"]["messages"].get<std::uint64_t>(),
              last + 1 - info["state"]["first_seq"].get<std::uint64_t>())
        << room << ": a message of the new day is missing";
    EXPECT_LE(time_of(info["ts"]) - midnight, 2s) << room;
  }
  EXPECT_EQ(stream("quiet")["state"]["messages"], 0);
  EXPECT_EQ(stream("quiet")["state"]["last_seq"], 1) << "sequences go on";
  EXPECT_EQ(metrics.value(metrics::MetricId::purge_errors_total, {"unsafe_cut"}), 0);
  EXPECT_EQ(metrics.value(metrics::MetricId::purges_total, {"midnight"}), 4);
}

TEST_P(RealMidnightTest, AMidnightThatPassedWhileItWasDownIsMadeUp) {
  const WallTime midnight = policies::WallTime(
      std::chrono::ceil<std::chrono::seconds>((now() + 5s).time_since_epoch()));
  const ZoneFile zone = ZoneFile::with_midnight_at(midnight);
  start_daemon(zone);
  const auto alice = client("alice");
  for (const std::string& room : straddling) {
    ASSERT_TRUE(alice->store("chat." + room + ".alice", "old"));
  }
  ASSERT_LT(now(), midnight) << "the machine is too slow for this test";
  end_daemon();
  ASSERT_TRUE(wait_for(midnight + 10ms));
  for (const std::string& room : straddling) {
    ASSERT_TRUE(alice->store("chat." + room + ".alice", "new"));
    ASSERT_EQ(stream(room)["state"]["messages"], 2);
  }
  start_daemon(zone);
  for (const std::string& room : straddling) {
    EXPECT_TRUE(becomes_true([&] { return stream(room)["state"]["first_seq"] == 2; })) << room;
    EXPECT_EQ(stream(room)["state"]["messages"], 1) << room;
  }
  EXPECT_EQ(metrics.value(metrics::MetricId::purged_messages_total, {"made_up"}), 3);
}

INSTANTIATE_TEST_SUITE_P(Servers, RealMidnightTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
