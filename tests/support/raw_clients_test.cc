// The crowd that storms and benchmarks are made of, against a real server.
#include "tests/support/raw_clients.h"

#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/nats_client.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class RawClientsOnServer : public ::testing::Test {
 protected:
  static constexpr std::size_t users = 500;

  void SetUp() override {
    ASSERT_TRUE(server_.running()) << server_.trouble();
    system_ = client("sys");
    ASSERT_TRUE(system_);
  }

  std::unique_ptr<NatsClient> client(const std::string& user) {
    NatsClientOptions options;
    options.url = server_.url();
    options.user = user;
    auto connected = NatsClient::connect(options);
    return connected ? std::move(*connected) : nullptr;
  }

  json ask(const std::string& subject, const json& body) {
    const auto reply = system_->request(subject, body.dump());
    return reply ? json::parse(reply->data, nullptr, false) : json();
  }

  /// The account's connections as the server lists them.
  json listed(const json& more = json::object()) {
    json body{{"acc", "APP"}, {"auth", true}, {"subscriptions", true}, {"limit", 2000}};
    body.update(more);
    return ask("$SYS.REQ.SERVER.PING.CONNZ", body).at("data");
  }

  void kick(const std::string& user) {
    const json seen = listed({{"user", user}});
    ASSERT_EQ(seen.at("connections").size(), 1U);
    ask("$SYS.REQ.SERVER." + seen.at("server_id").get<std::string>() + ".KICK",
        {{"cid", seen.at("connections")[0].at("cid")}});
  }

  TestServer server_{{.config = numbered_users_config(users)}};
  std::unique_ptr<NatsClient> system_;
};

TEST_F(RawClientsOnServer, AreTheServersClientsUntilTheObjectEnds) {
  ASSERT_GE(raw_clients_possible(), users);
  {
    RawClients clients(server_.port());
    for (std::size_t i = 0; i < users; ++i) {
      clients.add({.user = numbered_user(i),
                   .name = "number " + std::to_string(i),
                   .subscriptions = {"chat.general.*", "_INBOX." + std::to_string(i) + ".*"}});
    }
    ASSERT_TRUE(clients.await_connected(users));
    const json seen = listed();
    ASSERT_EQ(seen.at("connections").size(), users);
    for (const json& one : seen.at("connections")) {
      const std::string user = one.at("authorized_user");
      EXPECT_EQ("number " + user.substr(user.find('-') + 1), one.at("name"));
      EXPECT_EQ(one.at("subscriptions_list").size(), 2U);
    }
    EXPECT_EQ(clients.ended_by_server(), 0U);
  }
  // The server notices each one's end in its own time.
  const auto deadline = std::chrono::steady_clock::now() + RawClients::patience;
  while (!listed().at("connections").empty()) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST_F(RawClientsOnServer, StayAwayOrComeBackWhenTheyAreKicked) {
  RawClients clients(server_.port());
  clients.add({.user = numbered_user(0)});
  clients.add({.user = numbered_user(1), .reconnect = 50ms});
  clients.add({.user = numbered_user(2), .reconnect = 50ms});
  ASSERT_TRUE(clients.await_connected(3));
  kick(numbered_user(0));
  kick(numbered_user(1));
  ASSERT_TRUE(clients.await_ended(2));
  ASSERT_TRUE(clients.await_connected(2));
  const RawClients::Record away = clients.record(0);
  EXPECT_FALSE(away.connected);
  EXPECT_EQ(away.ended_by_server, 1);
  ASSERT_EQ(away.visits.size(), 1U);
  EXPECT_TRUE(away.visits[0].ended);
  const RawClients::Record back = clients.record(1);
  EXPECT_TRUE(back.connected);
  ASSERT_EQ(back.visits.size(), 2U);
  EXPECT_GE(back.visits[1].came - back.visits[0].ended.value_or(back.visits[1].came), 50ms);
  EXPECT_FALSE(back.visits[1].ended);
  EXPECT_EQ(clients.record(2).visits.size(), 1U);
  EXPECT_EQ(clients.ended_by_server(), 2U);
}

TEST_F(RawClientsOnServer, LeaveAndDoNotComeBack) {
  RawClients clients(server_.port());
  for (std::size_t i = 0; i < 3; ++i) clients.add({.user = numbered_user(i), .reconnect = 1ms});
  ASSERT_TRUE(clients.await_connected(3));
  clients.leave(1);
  EXPECT_EQ(clients.connected(), 2U);
  EXPECT_EQ(clients.record(1).ended_by_server, 0);
  server_.stop();
  ASSERT_TRUE(clients.await_left(0));
  ASSERT_TRUE(server_.start()) << server_.trouble();
  ASSERT_TRUE(clients.await_connected(2));
  EXPECT_EQ(clients.record(1).visits.size(), 1U);
  EXPECT_EQ(clients.record(0).visits.size(), 2U);
}

TEST_F(RawClientsOnServer, ComeAtTheirPace) {
  RawClients clients(server_.port(), {.per_second = 100});
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 31; ++i) clients.add({.user = numbered_user(i)});
  ASSERT_TRUE(clients.await_connected(31));
  // The first one comes at once.
  EXPECT_GE(clients.record(30).visits.at(0).came - began, 290ms);
}

/// A message may hold whatever a server says.
TEST_F(RawClientsOnServer, CountMessagesWhateverIsInThem) {
  RawClients clients(server_.port());
  clients.add({.user = numbered_user(0), .subscriptions = {"chat.*.*"}});
  ASSERT_TRUE(clients.await_connected(1));
  const auto alice = client("alice");
  ASSERT_TRUE(alice);
  for (const std::string text : {"", "PING", "a\r\n-ERR 'no'\r\nMSG x 1 5\r\n"})
    ASSERT_TRUE(alice->publish("chat.general.alice", text));
  ASSERT_TRUE(alice->publish("chat.general.alice", "PONG\r\n", {{"Key", "-ERR no"}}));
  ASSERT_TRUE(alice->publish("chat.general.alice", std::string(100'000, '\n')));
  const auto deadline = std::chrono::steady_clock::now() + RawClients::patience;
  while (clients.record(0).messages < 5 && std::chrono::steady_clock::now() < deadline)
    ASSERT_FALSE(listed().empty());
  EXPECT_EQ(clients.record(0).messages, 5U);
  EXPECT_EQ(clients.record(0).last_error, "");
  EXPECT_TRUE(clients.record(0).connected);
}

TEST_F(RawClientsOnServer, SayWhyTheyAreNotLetIn) {
  RawClients clients(server_.port());
  clients.add({.user = "nobody", .reconnect = 10ms});
  clients.add({.user = numbered_user(1)});
  ASSERT_TRUE(clients.await_connected(1));
  const auto deadline = std::chrono::steady_clock::now() + RawClients::patience;
  while (clients.record(0).last_error.empty() && std::chrono::steady_clock::now() < deadline)
    ASSERT_FALSE(listed().empty());
  EXPECT_EQ(clients.record(0).last_error, "'Authorization Violation'");
  EXPECT_TRUE(clients.record(0).visits.empty());
  EXPECT_EQ(clients.ended_by_server(), 0U);
}

}  // namespace
}  // namespace roomkeeper::testing
