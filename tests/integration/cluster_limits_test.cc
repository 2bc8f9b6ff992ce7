// Connection limits over the three servers of a real cluster: counted together, and nobody within
// them is kicked when a server dies and comes back.
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/cluster_daemon.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using metrics::MetricId;
using nlohmann::json;
using Clients = std::vector<std::unique_ptr<NatsClient>>;

class ClusterLimitsTest : public ::testing::TestWithParam<const char*>, protected ClusterDaemon {
 protected:
  ClusterLimitsTest() : ClusterDaemon({.version = GetParam()}) {}
  ~ClusterLimitsTest() override {
    end_daemon();
    if (!HasFailure()) return;
    for (const std::string& line : lines) std::cerr << line << '\n';
  }
  void SetUp() override { ASSERT_TRUE(cluster.come_up()) << cluster.trouble(); }
  void begin(const std::string& limits) {
    begin_daemon(load("instance: test\nlimits:\n  exempt_users: [APP/admin]\n  interval: 1s\n" +
                      limits + "rooms: [ {id: general, room_connections: { max: 4 }} ]\n"),
                 {});
    ASSERT_TRUE(becomes_true([&] { return has_looked(1); })) << admin("status");
  }
  bool has_looked(double looks) const {
    return metrics.value(MetricId::collector_success, {"connections"}) == 1 &&
           metrics.value(MetricId::limit_used, {"account_connections"}) >= 0 &&
           metrics.value(MetricId::connection_looks_total, {"interval"}) +
                   metrics.value(MetricId::connection_looks_total, {"event"}) >=
               looks;
  }
  std::unique_ptr<NatsClient> join(const std::string& user, std::size_t node,
                                   bool auto_reconnect = false) {
    auto made = NatsClient::connect({.url = cluster.node(node).url(),
                                     .user = user,
                                     .auto_reconnect = auto_reconnect,
                                     .reconnect_wait = 200ms});
    EXPECT_TRUE(made) << made.error().text;
    return made ? *std::move(made) : nullptr;
  }
  double used(const std::string& limit) { return metrics.value(MetricId::limit_used, {limit}); }
};

TEST_P(ClusterLimitsTest, TheServersAreCountedTogetherAndEachAlone) {
  begin("  account_connections: { max: 7 }\n  server_connections: { max: 3 }\n");
  Clients first;
  for (std::size_t i = 0; i < 6; ++i) first.push_back(join("alice", i % 3));
  ASSERT_TRUE(becomes_true([&] { return used("account_connections") == 6; }))
      << admin("limit.show");
  first.push_back(join("bob", 0));
  ASSERT_TRUE(becomes_true([&] { return used("account_connections") == 7; }));
  const auto one_too_many = join("carol", 1);
  EXPECT_TRUE(one_too_many->wait_for_disconnects(1)) << "the account is full";
  first.back()->close();
  ASSERT_TRUE(becomes_true([&] { return used("account_connections") == 6; }));
  first.pop_back();
  first.push_back(join("bob", 2));
  ASSERT_TRUE(becomes_true([&] { return used("server_connections") == 3; }));
  first.front()->close();
  first.erase(first.begin());
  ASSERT_TRUE(becomes_true([&] { return used("account_connections") == 6; }));
  const auto on_a_full_server = join("carol", 2);
  EXPECT_TRUE(on_a_full_server->wait_for_disconnects(1)) << "server n3 is full, the account is not";
  for (const auto& one : first) EXPECT_EQ(one->disconnects(), 0U);
}

TEST_P(ClusterLimitsTest, ARoomIsFullWhicheverServerItsPeopleAreOn) {
  begin("");
  Clients inside;
  std::vector<std::unique_ptr<NatsClientSubscription>> subscriptions;
  for (std::size_t i = 0; i < 4; ++i) {
    inside.push_back(join(i % 2 == 0 ? "alice" : "bob", i % 3));
    auto subscribed = inside.back()->subscribe("chat.general.*");
    ASSERT_TRUE(subscribed);
    subscriptions.push_back(*std::move(subscribed));
  }
  ASSERT_TRUE(becomes_true([&] { return used("room_connections") == 4; })) << admin("limit.show");
  const auto late = join("carol", 1);
  const auto heard = late->subscribe("chat.general.*");
  ASSERT_TRUE(heard);
  EXPECT_TRUE(late->wait_for_disconnects(1));
  for (const auto& one : inside) EXPECT_EQ(one->disconnects(), 0U);
}

class ClusterDeathTest : public ClusterLimitsTest {};

// Its clients go to the others, and come back over what the others let in: nobody who was within
// the limit goes for that.
TEST_P(ClusterDeathTest, AServerDiesAndComesBackAndNobodyWithinTheLimitIsKicked) {
  begin("  account_connections: { max: 6 }\n  connections_per_user: { max: 2 }\n");
  Clients all;
  for (const std::string user : {"alice", "bob", "carol"}) {
    all.push_back(join(user, all.size() / 2, true));
    all.push_back(join(user, all.size() / 2, true));
  }
  ASSERT_TRUE(becomes_true([&] { return used("account_connections") == 6; }))
      << admin("limit.show");
  cluster.node(2).kill9();
  ASSERT_TRUE(becomes_true([&] { return metrics.value(MetricId::servers_silent_total) > 0; }))
      << "it is missed";
  // carol's two find the other servers by themselves.
  for (std::size_t i = 4; i < 6; ++i) ASSERT_TRUE(all[i]->wait_for_reconnects(1, 20s)) << i;
  ASSERT_TRUE(cluster.node(2).start()) << cluster.trouble();
  ASSERT_TRUE(cluster.wait_until_whole()) << cluster.trouble();
  // The dead one's id is expected for half a minute: no kicks, and the new one's counts at once.
  ASSERT_TRUE(becomes_true(
      [&] { return metrics.value(MetricId::collector_success, {"connections"}) == 1; }, 60s))
      << admin("status");
  const auto looks = metrics.value(MetricId::connection_looks_total, {"interval"});
  ASSERT_TRUE(becomes_true(
      [&] { return metrics.value(MetricId::connection_looks_total, {"interval"}) > looks + 1; }));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(all[i]->disconnects(), 0U) << i;
  for (std::size_t i = 4; i < 6; ++i) EXPECT_EQ(all[i]->disconnects(), 1U) << "by the crash: " << i;
  EXPECT_EQ(metrics.value(MetricId::kicks_total, {"account_connections", "reject_new"}), 0);
  EXPECT_EQ(metrics.value(MetricId::kicks_total, {"connections_per_user", "evict_oldest"}), 0);
  const auto seventh = join("alice", 2);
  EXPECT_TRUE(all[0]->wait_for_disconnects(1)) << "alice's oldest makes room for her newest";
}

INSTANTIATE_TEST_SUITE_P(Servers, ClusterLimitsTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return std::string(version.param) == "2.10" ? "v2_10" : "v2_15";
                         });

// Half a minute each: on one version only. What a dead server means is the same on both.
INSTANTIATE_TEST_SUITE_P(Servers, ClusterDeathTest, ::testing::Values("2.15"),
                         [](const auto&) { return std::string("v2_15"); });

}  // namespace
}  // namespace roomkeeper::testing
