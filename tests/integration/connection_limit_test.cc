// connections_per_user on real servers with real clients: who goes, who stays, and how many are
// left.
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Clients = std::vector<std::unique_ptr<NatsClient>>;

std::string limited_to_two(const std::string& on_limit) {
  return "limits:\n"
         "  connections_per_user: { max: 2, on_limit: " +
         on_limit +
         " }\n"
         "  exempt_users: [APP/roomkeeper, APP/admin]\n"
         "  interval: 1s\n"
         "rooms: [ {id: general} ]\n";
}

class ConnectionLimitTest : public ::testing::TestWithParam<const char*> {
 protected:
  void install(const std::string& on_limit) {
    installed = std::make_unique<Installation>(
        InstallationOptions{.version = GetParam(), .yaml = limited_to_two(on_limit)});
    ASSERT_TRUE(installed->ready());
    // The first round after the start only looks.
    ASSERT_TRUE(becomes_true(
        [&] { return installed->roomctl_json({"status"})["limits_enforced"] == true; }));
  }
  Clients connect(const std::string& user, int count, bool auto_reconnect = false) {
    Clients clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(make(user, auto_reconnect));
    }
    return clients;
  }
  std::unique_ptr<NatsClient> make(const std::string& user, bool auto_reconnect) {
    auto made = NatsClient::connect({.url = installed->server.url(),
                                     .user = user,
                                     .name = user,
                                     .inbox_prefix = "_INBOX_" + user,
                                     .auto_reconnect = auto_reconnect,
                                     .reconnect_wait = 100ms});
    EXPECT_TRUE(made) << made.error().text;
    return made ? std::move(*made) : nullptr;
  }
  /// cids of a user's connections as the server has them now.
  std::set<std::uint64_t> alive(const std::string& user) {
    std::set<std::uint64_t> cids;
    const auto system = installed->client("observer");
    const auto reply = system->request("$SYS.REQ.SERVER.PING.CONNZ",
                                       R"({"auth":true,"account":"APP","limit":1024})");
    EXPECT_TRUE(reply) << reply.error().text;
    const json connections = json::parse(reply->data)["data"]["connections"];
    for (const json& connection : connections) {
      if (connection["authorized_user"] == user)
        cids.insert(connection["cid"].get<std::uint64_t>());
    }
    return cids;
  }
  double kicks(const std::string& reason) {
    return installed->metric("roomkeeper_kicks_total{limit=\"connections_per_user\",reason=\"" +
                             reason + "\"}");
  }

  std::unique_ptr<Installation> installed;
};

TEST_P(ConnectionLimitTest, EvictOldestLetsTheNewestStayAndTellsWhy) {
  ASSERT_NO_FATAL_FAILURE(install("evict_oldest"));
  const Clients admins = connect("admin", 4);
  const Clients bobs = connect("bob", 2);
  Clients alices = connect("alice", 2);
  const auto notices = alices[1]->subscribe("rooms.alice.notice");
  ASSERT_TRUE(notices);
  const std::uint64_t oldest = alices[0]->client_id();
  alices.push_back(make("alice", false));
  ASSERT_TRUE(alices[0]->wait_for_disconnects(1)) << "the oldest goes";
  const auto notice = (*notices)->next();
  ASSERT_TRUE(notice);
  const json said = json::parse(notice->data);
  EXPECT_EQ(said["code"], "connection_limit") << said;
  EXPECT_EQ(said["limit"], "connections_per_user");
  EXPECT_EQ(said["reason"], "evict_oldest");
  EXPECT_EQ(said["cid"], oldest);
  EXPECT_EQ(said["max"], 2);
  EXPECT_EQ(said["used"], 3);
  EXPECT_TRUE(said["retry_after"].is_number_unsigned());

  for (int i = 0; i < 5; ++i) alices.push_back(make("alice", false));
  const std::set<std::uint64_t> newest{alices[6]->client_id(), alices[7]->client_id()};
  EXPECT_TRUE(becomes_true([&] { return alive("alice") == newest; }))
      << alive("alice").size() << " are left";
  for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(alices[i]->wait_for_disconnects(1)) << i;
  EXPECT_EQ(kicks("evict_oldest"), 6);
  for (const auto& one : bobs) EXPECT_EQ(one->disconnects(), 0U) << "within the limit";
  for (const auto& one : admins) EXPECT_EQ(one->disconnects(), 0U) << "exempt";
  EXPECT_EQ(installed->roomctl_json({"connection", "ls", "--of", "alice"})["total"], 2);
}

TEST_P(ConnectionLimitTest, RejectNewLetsTheOldestStay) {
  ASSERT_NO_FATAL_FAILURE(install("reject_new"));
  const Clients first = connect("alice", 2);
  const std::set<std::uint64_t> kept{first[0]->client_id(), first[1]->client_id()};
  const Clients late = connect("alice", 4);
  EXPECT_TRUE(becomes_true([&] { return alive("alice") == kept; }));
  for (const auto& one : late) EXPECT_TRUE(one->wait_for_disconnects(1));
  for (const auto& one : first) EXPECT_EQ(one->disconnects(), 0U);
  EXPECT_EQ(kicks("reject_new"), 4);
}

TEST_P(ConnectionLimitTest, AClientThatComesBackForEverIsKickedEverMoreSeldom) {
  ASSERT_NO_FATAL_FAILURE(install("reject_new"));
  const Clients first = connect("alice", 2);
  const auto stubborn = make("alice", true);
  ASSERT_TRUE(stubborn->wait_for_disconnects(3, 15s)) << "kicked each time, at 1 s and 2 s";
  ASSERT_TRUE(stubborn->wait_for_reconnects(3));
  for (const auto& one : first) EXPECT_EQ(one->disconnects(), 0U);
  // It came back at once, 100 ms after each kick: without growing intervals there were 30 of them.
  EXPECT_LE(kicks("reject_new"), 4);
  EXPECT_EQ(installed->roomctl_json({"connection", "ls", "--over"})["total"], 3);
  stubborn->close();
  EXPECT_TRUE(becomes_true([&] { return alive("alice").size() == 2; }));
  EXPECT_TRUE(becomes_true(
      [&] { return installed->roomctl_json({"status"})["identities_over_limit"] == 0; }));
  for (const auto& one : first) EXPECT_EQ(one->disconnects(), 0U);
}

TEST_P(ConnectionLimitTest, WhoWasThereBeforeTheDaemonIsSeenFirstAndKickedThen) {
  installed = std::make_unique<Installation>(InstallationOptions{
      .version = GetParam(), .yaml = limited_to_two("evict_oldest"), .start_daemon = false});
  const Clients crowd = connect("alice", 5);
  ASSERT_TRUE(installed->start_daemon());
  ASSERT_TRUE(installed->logged("connections.left_for_now reason=first_look"));
  EXPECT_TRUE(becomes_true([&] { return alive("alice").size() == 2; }));
  EXPECT_EQ(alive("alice"),
            (std::set<std::uint64_t>{crowd[3]->client_id(), crowd[4]->client_id()}));
}

INSTANTIATE_TEST_SUITE_P(Servers, ConnectionLimitTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
