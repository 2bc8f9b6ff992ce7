// A thousand rooms of three replicas on a cluster whose leader changes twice and that loses a
// server in the middle; then a midnight of all of them.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"
#include "tests/integration/cluster_daemon.h"
#include "tests/integration/waiting.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using policies::WallTime;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t room_count = 1000;
constexpr std::size_t in_flight = 16;   ///< the default of reconcile.in_flight
constexpr std::size_t measured = 200;   ///< creations, before anything goes wrong
constexpr std::size_t written_to = 20;  ///< rooms with messages at midnight
/// Generous: on two cores all of it takes a few minutes.
constexpr auto longest = 8min;

std::string room_name(std::size_t i) {
  return "r-" + std::to_string(i);
}

class ClusterLongTest : public ::testing::Test, protected ClusterDaemon {
 protected:
  ClusterLongTest() : ClusterDaemon({.version = "2.15"}) {}
  ~ClusterLongTest() override {
    end_daemon();
    if (!HasFailure()) return;
    for (const std::string& line : lines) {
      if (line.find(" INFO room.changed") == std::string::npos) std::cerr << line << '\n';
    }
  }
  void SetUp() override { ASSERT_TRUE(cluster.come_up()) << cluster.trouble(); }

  config::Config configuration() {
    return load(
        "instance: test\nreconcile: { allow_lossy: true }\n"
        "templates:\n  default: { replicas: 3, retention: forever }\n"
        "rooms: [ {range: \"r-{1..1000}\"} ]\n");
  }
  /// The same rooms, kept until midnight of this zone.
  config::Config until_midnight(const ZoneFile& zone) {
    config::Config config = configuration();
    auto settings = std::make_shared<policies::RoomSettings>(*config.rooms.rooms.front().settings);
    settings->retention = policies::UntilMidnight{.days = 0, .zone = zone.get()};
    for (policies::RoomSpec& room : config.rooms.rooms) room.settings = settings;
    return config;
  }

  /// What the server alone can do: the same requests, as many at a time, from a loop that does
  /// nothing else. Creations a second.
  double raw_rate() {
    const auto raw = client("alice");
    const auto replies = raw->subscribe("_INBOX.raw");
    const auto began = std::chrono::steady_clock::now();
    std::size_t sent = 0;
    for (std::size_t answered = 0; answered < measured; ++answered) {
      for (; sent < measured && sent < answered + in_flight; ++sent) {
        const std::string name = "RAW_" + std::to_string(sent);
        const json config{{"name", name},
                          {"subjects", {"raw." + std::to_string(sent)}},
                          {"storage", "file"},
                          {"num_replicas", 3}};
        EXPECT_TRUE(raw->publish("$JS.API.STREAM.CREATE." + name, config.dump(), {}, "_INBOX.raw"));
      }
      const auto reply = (*replies)->next(30s);
      EXPECT_TRUE(reply && reply->data.find("\"error\"") == std::string::npos);
    }
    const Seconds took = std::chrono::steady_clock::now() - began;
    for (std::size_t i = 0; i < measured; ++i)
      EXPECT_EQ(ask("$JS.API.STREAM.DELETE.RAW_" + std::to_string(i))["success"], true);
    return measured / took.count();
  }

  static WallTime time_of(const json& value) {
    return policies::parse_rfc3339(value.get<std::string>()).value();
  }

  /// All rooms get a rule that ends today's messages soon; some are written to until after it. What
  /// is older is gone then, and all that is newer is there. `rate`: changes a second of a cluster
  /// like this, to leave time for a thousand of them.
  void spend_a_midnight(double rate) {
    end_daemon();
    const auto needed = std::chrono::seconds(20 + static_cast<int>(2 * room_count / rate));
    const WallTime midnight =
        WallTime(std::chrono::ceil<std::chrono::seconds>((now() + needed).time_since_epoch()));
    const ZoneFile zone = ZoneFile::with_midnight_at(midnight);
    begin_daemon(until_midnight(zone), zone.lookup());
    ASSERT_TRUE(becomes_true([&] { return health.ready.load(); }, 60s));
    ASSERT_TRUE(all_rooms("ready", room_count, needed));
    ASSERT_LT(now(), midnight - 2s) << "the machine is too slow for this test";
    std::cout << "changed " << (midnight - now()) / 1s << " s before midnight\n";

    const std::size_t closed = logged("retention.deadline_closed");
    const auto alice = client("alice");
    struct Said {
      std::uint64_t last_old = 0;   ///< acknowledged before midnight
      std::uint64_t first_new = 0;  ///< sent after it
      std::uint64_t last = 0;
    };
    std::map<std::string, Said> rooms;
    for (std::size_t i = 1; i <= written_to; ++i) rooms[room_name(i * 7)];
    while (now() < midnight + 1s) {
      for (auto& [room, said] : rooms) {
        const WallTime sent = now();
        const auto stored = alice->store("chat." + room + ".alice", "x");
        ASSERT_TRUE(stored) << room << ": " << stored.error().text;
        said.last = *stored;
        if (now() < midnight) said.last_old = *stored;
        if (said.first_new == 0 && sent >= midnight) said.first_new = *stored;
      }
      ASSERT_TRUE(wait_for(now() + 100ms));
    }
    ASSERT_TRUE(becomes_true([&] { return logged("retention.deadline_closed") > closed; }, 60s));
    const auto after = streams("ROOM_");
    ASSERT_EQ(after.size(), room_count);
    for (const auto& [room, said] : rooms) {
      const json state = after.at("ROOM_" + room)["state"];
      const auto first = state["first_seq"].get<std::uint64_t>();
      ASSERT_GT(said.last_old, 0U) << room;
      EXPECT_GT(first, said.last_old) << room << ": " << state;
      EXPECT_LE(first, said.first_new) << room << ": " << state;
      EXPECT_GE(time_of(state["first_ts"]), midnight) << room << ": " << state;
      EXPECT_EQ(state["last_seq"], said.last) << room;
      EXPECT_EQ(state["messages"], said.last + 1 - first) << room << ": one is missing";
    }
    EXPECT_EQ(metrics.value(metrics::MetricId::purges_total, {"midnight"}), written_to);
  }

  /// The server that the daemon is connected to.
  std::size_t connected_node() {
    const json status = admin("status");
    for (std::size_t i = 0; i < TestCluster::size; ++i) {
      if (status.dump().find("\"" + cluster.node(i).name() + "\"") != std::string::npos) return i;
    }
    ADD_FAILURE() << "status does not name the server: " << status;
    return 0;
  }
};

TEST_F(ClusterLongTest, AThousandRoomsAreMadeWhileLeadersChangeAndAServerIsLost) {
  const double raw = raw_rate();
  const auto began = std::chrono::steady_clock::now();
  const auto seconds = [&] { return Seconds(std::chrono::steady_clock::now() - began).count(); };
  begin_daemon(configuration(), {});
  ASSERT_TRUE(wait_for_made(measured, 2min));
  const double rate = measured / seconds();
  std::cout << "R3 creations a second, " << in_flight << " at a time: " << rate
            << ", raw loop: " << raw << '\n';
  ASSERT_TRUE(wait_for_made(300, 2min));
  ASSERT_TRUE(cluster.step_down()) << cluster.trouble();
  std::cout << "stepped down at " << seconds() << " s\n";
  ASSERT_TRUE(wait_for_made(500, 2min));
  ASSERT_TRUE(cluster.step_down()) << cluster.trouble();
  std::cout << "stepped down at " << seconds() << " s\n";
  ASSERT_TRUE(wait_for_made(650, 2min));
  const std::size_t lost = connected_node();
  cluster.node(lost).kill9();
  std::cout << "killed at " << seconds() << " s\n";
  becomes_true([&] { return rooms_made() >= 800; }, 15s);
  std::cout << rooms_made() << " made at " << seconds() << " s\n";
  ASSERT_TRUE(cluster.node(lost).start()) << cluster.node(lost).trouble();
  ASSERT_TRUE(all_rooms("ready", room_count, longest)) << admin("status");
  std::cout << "all are ready after " << seconds() << " s, " << logged("room.not_changed")
            << " tries had failed\n";
  ASSERT_TRUE(cluster.wait_until_whole()) << cluster.trouble();

  const auto made = streams("ROOM_");
  EXPECT_EQ(made.size(), room_count);
  for (const auto& [name, stream] : made) {
    EXPECT_EQ(stream["config"]["num_replicas"], 3) << name;
    EXPECT_EQ(stream["cluster"]["replicas"].size(), 2U) << name << ": " << stream["cluster"];
  }
  for (std::size_t i = 1; i <= room_count; ++i)
    EXPECT_TRUE(made.contains("ROOM_" + room_name(i))) << room_name(i);
  EXPECT_EQ(metrics.value(metrics::MetricId::jetstream_api_requests_total, {"delete"}), 0);
  ASSERT_NO_FATAL_FAILURE(spend_a_midnight(rate));
}

}  // namespace
}  // namespace roomkeeper::testing
