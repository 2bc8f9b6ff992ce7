// Every kind of connection on real servers: WebSocket and MQTT clients count as others do, leaf
// nodes nowhere, readers through JetStream and listeners with wildcards in no room.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"
#include "tests/support/mqtt_client.h"
#include "tests/support/test_server.h"
#include "tests/support/ws_client.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// The leaf node's server: what is APP here is EDGE there.
const std::string edge =
    "system_account: EDGE_SYS\naccounts {\n"
    "  EDGE { jetstream: enabled, users: [ { user: carol, password: pw } ] }\n"
    "  EDGE_SYS { users: [ { user: edge-sys, password: pw } ] }\n}\n";
constexpr const char* rooms = "rooms: [ {id: general}, {id: game-1} ]\n";

/// `roomctl` is the admin, whose connections come and go.
std::string limits(const std::string& of) {
  return "limits:\n  exempt_users: [APP/roomkeeper, APP/admin]\n  interval: 5s\n" + of + rooms;
}

class ConnectionKindsTest : public ::testing::TestWithParam<const char*> {
 protected:
  void install(const std::string& yaml, bool start_daemon = true) {
    const std::string config = example_config_with_user("{ user: leaf, password: pw }") +
                               "\nwebsocket { listen: \"" + websocket.address() +
                               "\", no_tls: true }\nmqtt { listen: \"" + mqtt.address() +
                               "\" }\nleafnodes { listen: \"" + leafnodes.address() + "\" }\n";
    installed = std::make_unique<Installation>(InstallationOptions{.version = GetParam(),
                                                                   .yaml = yaml,
                                                                   .server_config = config,
                                                                   .start_daemon = start_daemon});
    if (start_daemon) await_limits();
  }
  void await_limits() {
    ASSERT_TRUE(installed->ready());
    // The first round after the start only looks.
    ASSERT_TRUE(becomes_true(
        [&] { return installed->roomctl_json({"status"})["limits_enforced"] == true; }));
  }
  struct Listener {
    std::unique_ptr<NatsClient> client;
    std::unique_ptr<NatsClientSubscription> subscription;
    std::uint64_t disconnects() const { return client->disconnects(); }
  };
  Listener listener(const std::string& user, const std::string& subject) {
    Listener one{installed->client(user), nullptr};
    if (!one.client) return one;
    auto subscribed = one.client->subscribe(subject);
    EXPECT_TRUE(subscribed) << subscribed.error().text;
    if (subscribed) one.subscription = *std::move(subscribed);
    return one;
  }
  std::unique_ptr<WsClient> browser(const std::string& user) {
    auto made = WsClient::connect({.port = websocket.number(), .user = user});
    EXPECT_TRUE(made) << made.error().text;
    return made ? *std::move(made) : nullptr;
  }
  std::unique_ptr<MqttClient> device(const std::string& user, const std::string& id) {
    auto made = MqttClient::connect({.port = mqtt.number(), .user = user, .client_id = id});
    EXPECT_TRUE(made) << made.error().text;
    return made ? *std::move(made) : nullptr;
  }
  /// Of somebody who is one too many. An MQTT client can be ended before it is told that it is in.
  template <typename Client>
  static void expect_end(const policies::Result<std::unique_ptr<Client>>& made) {
    if (made) {
      EXPECT_TRUE((*made)->wait_for_end());
    } else {
      EXPECT_EQ(made.error().code, policies::ErrorCode::unavailable) << made.error().text;
    }
  }
  json list(std::vector<std::string> filter) {
    std::vector<std::string> words{"connection", "ls"};
    words.insert(words.end(), filter.begin(), filter.end());
    return installed->roomctl_json(std::move(words));
  }
  /// The server itself: leaf nodes with a subscription that names the room.
  std::vector<std::uint64_t> leaf_nodes_in(const std::string& subject) {
    std::vector<std::uint64_t> cids;
    const auto sys = installed->client("observer");
    const auto reply = sys->request("$SYS.REQ.SERVER.PING.CONNZ",
                                    R"({"acc":"APP","auth":true,"subscriptions":true})");
    EXPECT_TRUE(reply) << reply.error().text;
    if (!reply) return cids;
    const json page = json::parse(reply->data);
    for (const json& one : page["data"]["connections"]) {
      const json hears = one.value("subscriptions_list", json::array());
      if (one["kind"] == "Leafnode" &&
          std::find(hears.begin(), hears.end(), subject) != hears.end())
        cids.push_back(one["cid"].get<std::uint64_t>());
    }
    return cids;
  }
  /// The limits that count a connection.
  static std::set<std::string> counted_by(const json& connection) {
    std::set<std::string> names;
    for (const json& count : connection["limits"]) {
      if (count["counted"] == true) names.insert(count["limit"].get<std::string>());
    }
    return names;
  }
  double kicks(const std::string& limit) {
    return installed->metric("roomkeeper_kicks_total{limit=\"" + limit +
                             "\",reason=\"reject_new\"}");
  }
  /// The server closes the socket before it tells Roomkeeper that it did.
  bool kicked(const std::string& limit, int times) {
    return becomes_true([&] { return kicks(limit) >= times; }) && kicks(limit) == times;
  }

  LoopbackPort websocket;
  LoopbackPort mqtt;
  LoopbackPort leafnodes;
  std::unique_ptr<Installation> installed;
};

TEST_P(ConnectionKindsTest, WebSocketAndMqttCountForTheirUserAndInTheirRoom) {
  ASSERT_NO_FATAL_FAILURE(
      install(limits("  connections_per_user: { max: 3 }\n"
                     "  account_connections: { max: 50 }\n"
                     "  server_connections: { max: 50 }\n")));
  const Listener plain = listener("alice", "chat.general.*");
  const auto browser_of_alice = browser("alice");
  const auto device_of_alice = device("alice", "phone");
  ASSERT_TRUE(browser_of_alice && device_of_alice && plain.subscription);
  ASSERT_TRUE(browser_of_alice->subscribe("chat.general.*"));
  ASSERT_TRUE(device_of_alice->subscribe("chat/general/+"));

  const json seen = list({"--room", "general"});
  ASSERT_EQ(seen["total"], 3) << seen;
  std::set<std::string> kinds;
  for (const json& connection : seen["connections"]) {
    kinds.insert(connection["kind"].get<std::string>());
    EXPECT_EQ(connection["user"], "alice");
    EXPECT_EQ(connection["counts"], "yes");
    EXPECT_EQ(connection["rooms"], json::parse(R"(["general"])"));
    EXPECT_NE(connection["wildcard"], true);
    EXPECT_THAT(counted_by(connection), Contains("connections_per_user"));
    EXPECT_THAT(counted_by(connection), Contains("account_connections"));
    EXPECT_THAT(counted_by(connection), Contains("server_connections"));
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"nats", "websocket", "mqtt"}));
  EXPECT_EQ(list({"--user", "alice"})["total"], 3);
  EXPECT_EQ(list({"--room", "game-1"})["total"], 0);

  // They really are in the room.
  const auto bob = installed->client("bob");
  ASSERT_TRUE(bob && bob->publish("chat.general.bob", "hello"));
  EXPECT_EQ(browser_of_alice->next(), "hello");
  EXPECT_EQ(device_of_alice->next(), "hello");
  EXPECT_TRUE(browser_of_alice->alive());
  EXPECT_TRUE(device_of_alice->alive());
  EXPECT_EQ(plain.disconnects(), 0U) << "three are allowed";
}

TEST_P(ConnectionKindsTest, AboveTheLimitOfTheUserWebSocketAndMqttClientsAreEnded) {
  ASSERT_NO_FATAL_FAILURE(
      install(limits("  connections_per_user: { max: 1, on_limit: reject_new }\n")));
  const auto first_browser = browser("alice");
  const auto first_device = device("bob", "first");
  ASSERT_TRUE(first_browser && first_device);
  ASSERT_EQ(list({"--user", "alice"})["total"], 1);

  expect_end(MqttClient::connect({.port = mqtt.number(), .user = "alice", .client_id = "late"}));
  expect_end(WsClient::connect({.port = websocket.number(), .user = "bob"}));
  EXPECT_TRUE(first_browser->alive()) << "within the limit";
  EXPECT_TRUE(first_device->alive()) << "within the limit";
  EXPECT_TRUE(kicked("connections_per_user", 2));
}

TEST_P(ConnectionKindsTest, ARoomCountsWebSocketAndMqttClientsWithTheOthers) {
  ASSERT_NO_FATAL_FAILURE(
      install("limits:\n  exempt_users: [APP/roomkeeper, APP/admin]\n  interval: 5s\n"
              "rooms: [ {id: general, room_connections: {max: 2}}, {id: game-1} ]\n"));
  const Listener plain = listener("alice", "chat.general.*");
  const auto early = device("alice", "early");
  ASSERT_TRUE(early && early->subscribe("chat/general/+"));
  ASSERT_EQ(list({"--room", "general"})["total"], 2);
  const auto elsewhere = browser("bob");
  ASSERT_TRUE(elsewhere && elsewhere->subscribe("chat.game-1.*"));
  const auto late = browser("bob");
  ASSERT_TRUE(late);
  // It may be ended before the server says that it is in.
  const auto in = late->subscribe("chat.general.*");
  EXPECT_TRUE(in || in.error().code != policies::ErrorCode::denied) << in.error().text;
  EXPECT_TRUE(late->wait_for_end());
  EXPECT_TRUE(early->alive());
  EXPECT_TRUE(elsewhere->alive()) << "in another room";
  EXPECT_EQ(plain.disconnects(), 0U);
  EXPECT_TRUE(kicked("room_connections", 1));
}

TEST_P(ConnectionKindsTest, ALeafNodeCountsNowhereAndIsNeverEnded) {
  ASSERT_NO_FATAL_FAILURE(install(limits("  account_connections: { max: 2 }\n"
                                         "  server_connections: { max: 2 }\n"
                                         "  connections_per_user: { max: 0 }\n"
                                         "  users: { alice: { connections: unlimited },"
                                         " bob: { connections: unlimited } }\n"),
                                  false));
  TestServer leaf({.version = GetParam(),
                   .config = edge + "leafnodes { remotes: [ { url: \"nats://leaf:pw@" +
                             leafnodes.address() + "\", account: EDGE } ] }\n",
                   .jetstream = "domain: leaf",
                   .name = "leaf"});
  ASSERT_TRUE(leaf.running());
  auto made = NatsClient::connect({.url = leaf.url(), .user = "carol"});
  ASSERT_TRUE(made) << made.error().text;
  const auto carol = *std::move(made);
  auto subscribed = carol->subscribe("chat.general.*");
  ASSERT_TRUE(subscribed);
  const auto heard = *std::move(subscribed);
  ASSERT_TRUE(becomes_true([&] { return leaf_nodes_in("chat.general.*").size() == 1; }));
  const auto before = leaf_nodes_in("chat.general.*");
  // From now on two servers answer what is asked of the account, and one calls it EDGE.
  ASSERT_TRUE(installed->start_daemon());
  ASSERT_NO_FATAL_FAILURE(await_limits());

  const Listener alice = listener("alice", "chat.general.*");
  const auto bob = browser("bob");
  ASSERT_TRUE(bob);
  EXPECT_EQ(list({"--room", "general"})["total"], 1) << "alice alone";
  // Its server answers for its side of the account, too, and misleads nobody.
  for (int i = 0; i < 10; ++i) {
    const json seen = list({"--user", "leaf"});
    ASSERT_EQ(seen["total"], 0) << seen;
  }
  for (const json& one : list({})["connections"]) {
    EXPECT_NE(one["user"], "leaf") << one;
    EXPECT_NE(one["user"], "carol") << "behind the leaf node";
  }
  // Two are allowed.
  expect_end(MqttClient::connect({.port = mqtt.number(), .user = "bob", .client_id = "third"}));
  EXPECT_TRUE(kicked("account_connections", 1));
  EXPECT_EQ(kicks("server_connections"), 0);
  EXPECT_EQ(kicks("connections_per_user"), 0) << "the leaf node's user may have none";
  EXPECT_EQ(alice.disconnects(), 0U);
  EXPECT_TRUE(bob->alive());

  EXPECT_EQ(leaf_nodes_in("chat.general.*"), before) << "the same connection";
  ASSERT_TRUE(alice.client->publish("chat.general.alice", "over the leaf"));
  const auto message = heard->next();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->data, "over the leaf");
}

TEST_P(ConnectionKindsTest, JetStreamReadersAndWildcardListenersAreInNoRoom) {
  ASSERT_NO_FATAL_FAILURE(
      install("limits: { interval: 5s, exempt_users: [APP/roomkeeper] }\n"
              "rooms: [ {id: general, room_connections: {max: 1}}, {id: game-1} ]\n"));
  const Listener all = listener("witness", "chat.>");
  const Listener any = listener("witness", "chat.*.*");
  const Listener reader = listener("admin", "_INBOX.reader");
  const auto made = reader.client->request(
      "$JS.API.CONSUMER.CREATE.ROOM_general",
      R"({"stream_name":"ROOM_general","config":{"deliver_subject":"_INBOX.reader",)"
      R"("ack_policy":"none","deliver_policy":"all"}})");
  ASSERT_TRUE(made) << made.error().text;
  ASSERT_THAT(made->data, Not(HasSubstr("\"error\"")));

  const json wild = list({"--wildcard"});
  ASSERT_EQ(wild["total"], 2) << wild;
  std::set<std::uint64_t> cids;
  for (const json& one : wild["connections"]) {
    cids.insert(one["cid"].get<std::uint64_t>());
    EXPECT_EQ(one["wildcard"], true);
    EXPECT_TRUE(one.value("rooms", json::array()).empty()) << one;
    EXPECT_THAT(counted_by(one), Not(Contains("room_connections")));
    EXPECT_EQ(one["counts"], "yes") << "per user it counts";
  }
  EXPECT_EQ(cids, (std::set<std::uint64_t>{all.client->client_id(), any.client->client_id()}));
  EXPECT_EQ(list({"--room", "general"})["total"], 0);

  // All three hear the room, and its only place is free.
  const Listener alice = listener("alice", "chat.general.*");
  ASSERT_EQ(list({"--room", "general"})["total"], 1);
  const auto bob = installed->client("bob");
  ASSERT_TRUE(bob);
  // He may be ended before the server says that he is in.
  const auto in = bob->subscribe("chat.general.*");
  EXPECT_TRUE(bob->wait_for_disconnects(1));
  EXPECT_TRUE(kicked("room_connections", 1));
  ASSERT_TRUE(alice.client->publish("chat.general.alice", "one for all"));
  for (const Listener* one : {&all, &any, &reader}) {
    const auto message = one->subscription->next();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->data, "one for all");
    EXPECT_EQ(one->disconnects(), 0U);
  }
  EXPECT_EQ(alice.disconnects(), 0U);
  EXPECT_TRUE(
      becomes_true([&] { return installed->metric("roomkeeper_wildcard_listeners") == 2; }));
}

TEST_P(ConnectionKindsTest, StreamsOfMqttSessionsDisturbNothing) {
  ASSERT_NO_FATAL_FAILURE(install(limits("  account_connections: { max: 50 }\n")));
  const ChildResult plan = installed->roomctl({"plan"});
  const ChildResult doctor = installed->roomctl({"doctor"});
  const auto phone = device("alice", "phone");
  ASSERT_TRUE(phone && phone->subscribe("chat/general/+"));
  const json names = installed->jetstream("STREAM.NAMES")["streams"];
  ASSERT_THAT(names.get<std::vector<std::string>>(), Contains(StartsWith("$MQTT_")));

  // A pass with them in the listing.
  const ChildResult applied = installed->roomctl({"apply"});
  EXPECT_EQ(applied.exit_code, 0) << applied.out << applied.err;
  const ChildResult plan_now = installed->roomctl({"plan"});
  EXPECT_EQ(plan_now.exit_code, plan.exit_code);
  EXPECT_EQ(plan_now.out, plan.out);
  const ChildResult doctor_now = installed->roomctl({"doctor"});
  EXPECT_EQ(doctor_now.exit_code, doctor.exit_code) << doctor_now.out;
  EXPECT_THAT(doctor_now.out, Not(HasSubstr("MQTT")));
  EXPECT_EQ(installed->jetstream("STREAM.NAMES")["streams"], names) << "all are still there";
  EXPECT_TRUE(phone->alive());
  const auto bob = installed->client("bob");
  ASSERT_TRUE(bob && bob->publish("chat.general.bob", "still here"));
  EXPECT_EQ(phone->next(), "still here");
}

INSTANTIATE_TEST_SUITE_P(Servers, ConnectionKindsTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
