// An installation that is watched: a real nats-server, the real daemon under load, and a real
// Prometheus with the chart's rules. Every query of the dashboards and every recording rule has a
// result, and alerts fire when what they tell of is caused.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/replica_pair.h"
#include "tests/integration/waiting.h"
#include "tests/integration/watching_prometheus.h"
#include "tests/support/zone_file.h"
#include "tests/watching/dashboard_queries.h"
#include "tests/watching/rule_files.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using policies::WallTime;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* zone_name = "Etc/GMT-13";

/// The limit of the room `shrunk` waits for consent when it is lowered below what is stored.
std::string watched_rooms(int limit_of_shrunk) {
  return "reconcile: { interval: 2s }\n"
         "limits:\n"
         "  connections_per_user: { max: 2, on_limit: evict_oldest }\n"
         "  exempt_users: [APP/roomkeeper, APP/admin, APP/witness]\n"
         "  interval: 1s\n"
         "templates:\n"
         "  default: { retention: { until: midnight, days: 0, timezone: Etc/GMT-13 } }\n"
         "  small: { layout: pooled, stream: { on_full: reject_new } }\n"
         "rooms:\n"
         "  - {id: general, room_connections: {max: 1}}\n"
         "  - {id: stuck}\n"
         "  - {id: pooled, template: small}\n"
         "  - {id: shrunk, stream: {max_messages: " +
         std::to_string(limit_of_shrunk) +
         "}}\n"
         "  - {id: refused, replicas: 3}\n"
         "  - {range: \"r-{1..20}\"}\n";
}

/// It does not let Roomkeeper purge the room `stuck`.
constexpr const char* server_config =
    "server_name: watched\n"
    "jetstream { store_dir: $NATS_STORE_DIR }\n"
    "accounts {\n"
    "  APP { jetstream: enabled, users: [\n"
    "    { user: roomkeeper, password: pw, permissions: { publish: {\n"
    "      allow: \">\", deny: \"$JS.API.STREAM.PURGE.ROOM_stuck\" } } }\n"
    "    { user: admin, password: pw }, { user: witness, password: pw }, { user: alice, password: "
    "pw }, { user: bob, password: pw "
    "}\n"
    "  ] }\n"
    "  SYS { users: [ { user: sys, password: pw } ] }\n"
    "}\n"
    "system_account: SYS\n";

WallTime clock_now() {
  return std::chrono::time_point_cast<policies::Nanoseconds>(std::chrono::system_clock::now());
}

std::vector<std::string> swapped_zone(const ZoneFile& zone) {
  return {"LD_PRELOAD=" ROOMKEEPER_ZONE_SWAP,
          std::string("ZONE_SWAP_FROM=/usr/share/zoneinfo/") + zone_name,
          "ZONE_SWAP_TO=/usr/share/zoneinfo/" + zone.name(),
          "ASAN_OPTIONS=verify_asan_link_order=0"};
}

/// Those that have no result yet.
std::vector<std::string> without_result(const WatchingPrometheus& prometheus,
                                        const std::vector<std::string>& queries) {
  std::vector<std::string> left;
  for (const std::string& query : queries) {
    if (!prometheus.has_result(query)) left.push_back(query);
  }
  return left;
}

/// What people and operators do, so that everything that is counted happens.
class Load {
 public:
  explicit Load(Installation& installed)
      : installed_(installed), alice_(installed.client("alice")) {
    hears_ = std::move(*alice_->subscribe("chat.general.*"));
  }

  void store_before_midnight() {
    for (const char* room : {"general", "stuck", "shrunk", "r-1", "r-2"}) {
      for (int n = 0; n < 3; ++n)
        EXPECT_TRUE(alice_->store(std::string("chat.") + room + ".alice", "x")) << room;
    }
    EXPECT_TRUE(alice_->store("chat.small.pooled.alice", "x"));
  }
  /// A change that waits for consent, and one by a stranger that is brought back.
  void change_rooms() {
    installed_.write_config(watched_rooms(2));
    json config = installed_.stream_info("r-3")["config"];
    config["max_msgs"] = 12345;
    EXPECT_FALSE(installed_.jetstream("STREAM.UPDATE.ROOM_r-3", config.dump()).contains("error"));
  }
  void go_on() {
    EXPECT_TRUE(alice_->publish("chat.r-5.alice", "x"));
    for (int i = 0; i < 3; ++i) crowd_.push_back(installed_.client("bob"));
    if (crowd_.size() > 12) crowd_.clear();
    installed_.roomctl({"room", "show", "nobody"});
    installed_.roomctl({"purge", "--room", "r-5", "--all", "--yes"});
  }

 private:
  Installation& installed_;
  std::unique_ptr<NatsClient> alice_;
  std::unique_ptr<NatsClientSubscription> hears_;
  std::vector<std::unique_ptr<NatsClient>> crowd_;
};

TEST(Watched, EveryQueryHasAResultAndLimitAndRetentionAlertsFire) {
  const WallTime midnight =
      WallTime(std::chrono::ceil<std::chrono::seconds>((clock_now() + 15s).time_since_epoch()));
  const ZoneFile zone = ZoneFile::with_midnight_at(midnight);
  Installation installed({.yaml = watched_rooms(100),
                          .server_config = server_config,
                          .environment = swapped_zone(zone)});
  ASSERT_TRUE(installed.ready());
  const WatchingPrometheus prometheus({installed.http_port()});
  Load load(installed);
  ASSERT_NO_FATAL_FAILURE(load.store_before_midnight());
  ASSERT_LT(clock_now(), midnight) << "the machine is too slow for this test";
  EXPECT_THAT(prometheus.firing(), Not(Contains("RoomkeeperRetentionOverdue")));
  load.change_rooms();

  std::vector<std::string> left;
  for (const DashboardQuery& query : dashboard_queries()) {
    if (query.may_be_empty.empty()) left.push_back(without_variables(query.text, "10s"));
  }
  for (const Rule& rule : recording_rules()) left.push_back(rule.name);
  EXPECT_GT(left.size(), 80U);
  EXPECT_TRUE(becomes_true(
      [&] {
        load.go_on();
        left = without_result(prometheus, left);
        return left.empty();
      },
      60s, 500ms));
  EXPECT_THAT(left, IsEmpty());
  for (const char* alert : {"RoomkeeperLimitReached", "RoomkeeperRetentionOverdue"}) {
    EXPECT_TRUE(becomes_true([&] { return prometheus.fires(alert); }, 30s, 200ms))
        << alert << ", but " << ::testing::PrintToString(prometheus.firing());
  }
  EXPECT_TRUE(becomes_true(
      [&] {
        return !prometheus.fires("RoomkeeperNoLeader") &&
               !prometheus.fires("RoomkeeperNatsUnreachable");
      },
      30s, 200ms))
      << ::testing::PrintToString(prometheus.firing());
}

TEST(Watched, WithoutAServerNobodyLeadsAndAlertsSaySo) {
  constexpr const char* yaml = "rooms: [ {id: general} ]\n";
  Installation installed({.yaml = yaml, .server_config = server_config, .start_daemon = false});
  ReplicaPair replicas(installed.file("."), installed.header());
  ASSERT_TRUE(replicas.start("a", yaml));
  ASSERT_TRUE(replicas.until_leads("a")) << replicas.log("a");
  ASSERT_TRUE(replicas.start("b", yaml));
  ASSERT_TRUE(becomes_true([&] { return replicas.is_ready("b"); }));
  const WatchingPrometheus prometheus(
      {listening_port(replicas.log("a")), listening_port(replicas.log("b"))});
  ASSERT_TRUE(becomes_true(
      [&] { return prometheus.has_result("sum(roomkeeper_leader) == 1 and count(up == 1) == 4"); },
      30s, 200ms))
      << prometheus.log();
  // What Prometheus saw before its first scrape may fire for a moment, with waits this short.
  const auto is_quiet = [&] {
    const auto firing = prometheus.firing();
    return std::ranges::none_of(firing, [](const std::string& name) {
      return name == "RoomkeeperNoLeader" || name == "RoomkeeperNatsUnreachable" ||
             name == "RoomkeeperDown";
    });
  };
  EXPECT_TRUE(becomes_true(is_quiet, 30s, 200ms)) << ::testing::PrintToString(prometheus.firing());

  installed.server.stop();
  for (const char* alert : {"RoomkeeperNoLeader", "RoomkeeperNatsUnreachable"}) {
    EXPECT_TRUE(becomes_true([&] { return prometheus.fires(alert); }, 40s, 200ms))
        << alert << ", but " << ::testing::PrintToString(prometheus.firing());
  }
  ASSERT_TRUE(installed.server.start());
  EXPECT_TRUE(becomes_true(
      [&] {
        return !prometheus.fires("RoomkeeperNoLeader") &&
               !prometheus.fires("RoomkeeperNatsUnreachable");
      },
      40s, 200ms))
      << "both end by themselves";

  ASSERT_TRUE(replicas.end("a", SIGTERM));
  ASSERT_TRUE(replicas.end("b", SIGTERM));
  EXPECT_TRUE(becomes_true([&] { return prometheus.fires("RoomkeeperDown"); }, 30s, 200ms))
      << ::testing::PrintToString(prometheus.firing());
}

}  // namespace
}  // namespace roomkeeper::testing
