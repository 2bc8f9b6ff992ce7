// Replicated rooms on a cluster of three real servers: made while its leader changes, and nothing
// removed while a server is away.
#include <chrono>
#include <iostream>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/cluster_daemon.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

std::string rooms_yaml(std::size_t count, int replicas) {
  return "instance: test\n"
         "reconcile: { interval: 5s, on_removal: delete }\n"
         "templates: { default: { replicas: " +
         std::to_string(replicas) + ", retention: forever } }\nrooms: [ {range: \"r-{1.." +
         std::to_string(count) + "}\"} ]\n";
}

class ClusterTest : public ::testing::TestWithParam<const char*>, protected ClusterDaemon {
 protected:
  ClusterTest() : ClusterDaemon({.version = GetParam()}) {}
  ~ClusterTest() override {
    end_daemon();
    if (!HasFailure()) return;
    for (const std::string& line : lines) std::cerr << line << '\n';
  }
  void SetUp() override { ASSERT_TRUE(cluster.come_up()) << cluster.trouble(); }
  void begin(const std::string& yaml) { begin_daemon(load(yaml), {}); }
  /// Of the room streams; the meta leader knows them all.
  std::set<std::string> names() {
    const json reply = ask("$JS.API.STREAM.NAMES", R"({"subject":"chat.*.*"})");
    std::set<std::string> all;
    for (const json& name : reply.value("streams", json::array())) all.insert(name);
    return all;
  }
};

TEST_P(ClusterTest, RoomsAreMadeWhileTheMetaLeaderStepsDown) {
  begin(rooms_yaml(20, 3));
  ASSERT_TRUE(wait_for_made(5, 20s));
  ASSERT_TRUE(cluster.step_down()) << cluster.trouble();
  ASSERT_TRUE(all_rooms("ready", 20, 60s)) << admin("room.ls");
  const auto made = streams("ROOM_");
  EXPECT_EQ(made.size(), 20U);
  for (const auto& [name, stream] : made) {
    EXPECT_EQ(stream["config"]["num_replicas"], 3) << name;
    EXPECT_EQ(stream["cluster"]["replicas"].size(), 2U) << name << ": " << stream["cluster"];
  }
  EXPECT_TRUE(becomes_true([&] { return health.ready.load(); }));
}

TEST_P(ClusterTest, WhileAServerIsAwayNothingIsRemovedAndTheRestGoesOn) {
  constexpr std::size_t count = 9;
  std::string yaml = "instance: test\ntemplates: { default: { retention: forever } }\nrooms:\n";
  for (std::size_t i = 0; i < count; ++i) {
    yaml += "  - { id: r-" + std::to_string(i + 1) + ", stream: { placement: { tags: [" +
            cluster.node(i % TestCluster::size).name() + "] } } }\n";
  }
  begin(yaml);
  ASSERT_TRUE(all_rooms("ready", count, 60s)) << admin("room.ls");
  // Not the one of the bucket, without which Roomkeeper does not act.
  const std::string keeper = streams("KV_roomkeeper")["KV_roomkeeper"]["cluster"]["leader"];
  const std::size_t away = cluster.node(0).name() == keeper ? 1 : 0;
  const auto before = names();
  ASSERT_EQ(before.size(), count);
  end_daemon();
  cluster.node(away).kill9();

  begin(rooms_yaml(1, 1));
  ASSERT_TRUE(becomes_true(
      [&] {
        const json reply = admin("doctor");
        return reply.is_object() && reply.dump().find("listing.complete") != std::string::npos;
      },
      60s))
      << admin("doctor");
  // A listing that shows gaps comes and goes; whatever is planned from it removes nothing.
  const double passes = metrics.value(metrics::MetricId::jetstream_api_requests_total, {"list"});
  ASSERT_TRUE(becomes_true(
      [&] {
        return metrics.value(metrics::MetricId::jetstream_api_requests_total, {"list"}) >=
               passes + 2;
      },
      60s));
  EXPECT_EQ(metrics.value(metrics::MetricId::jetstream_api_requests_total, {"delete"}), 0);
  EXPECT_EQ(names(), before);
  EXPECT_FALSE(health.ready);

  ASSERT_TRUE(cluster.node(away).start()) << cluster.node(away).trouble();
  ASSERT_TRUE(becomes_true([&] { return health.ready.load(); }, 60s));
  EXPECT_TRUE(becomes_true([&] { return names().size() == count - 1; }, 60s))
      << "one an hour, of so few rooms";
}

TEST_P(ClusterTest, MoreReplicasThanServersAreRefusedWithWhatIsMissing) {
  begin(rooms_yaml(2, 5));
  ASSERT_TRUE(all_rooms("failed", 2, 60s)) << admin("room.ls");
  EXPECT_THAT(admin("room.ls").dump(), HasSubstr("no suitable peers for placement"));
  EXPECT_THAT(admin("doctor").dump(), HasSubstr("replicas: 5 needs 5 servers of one cluster"));
  EXPECT_EQ(streams("ROOM_").size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Servers, ClusterTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
