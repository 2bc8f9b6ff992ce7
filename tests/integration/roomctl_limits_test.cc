// What an administrator does about connections with roomctl, the real daemon and real servers:
// list, explain, kick a room, ban, watch.
#include <chrono>
#include <csignal>
#include <memory>
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
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* yaml =
    "limits:\n"
    "  connections_per_user: { max: 2, on_limit: reject_new }\n"
    "  account_connections: { max: 50, reserved_for_admins: 1 }\n"
    "  exempt_users: [APP/roomkeeper, APP/admin]\n"
    "  interval: 5s\n"
    "rooms:\n"
    "  - { id: general, room_connections: { max: 10 } }\n"
    "  - { id: game-1 }\n";

class RoomctlLimitsTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(installed.ready());
    ASSERT_TRUE(becomes_true([&] { return limits_are_kept(); })) << installed.log();
  }
  bool limits_are_kept() { return installed.roomctl_json({"status"})["limits_enforced"] == true; }
  std::string good(const std::vector<std::string>& words) {
    const ChildResult result = installed.roomctl(words);
    EXPECT_EQ(result.exit_code, 0) << ::testing::PrintToString(words) << result.err;
    return result.out;
  }
  /// A client that hears one room. Its subscription lives as long as it.
  struct Listener {
    std::unique_ptr<NatsClient> client;
    std::unique_ptr<NatsClientSubscription> subscription;
  };
  Listener listener(const std::string& user, const std::string& subject, bool comes_back = false) {
    Listener one;
    auto made = NatsClient::connect({.url = installed.server.url(),
                                     .user = user,
                                     .name = user + "'s phone",
                                     .inbox_prefix = "_INBOX_" + user,
                                     .auto_reconnect = comes_back,
                                     .reconnect_wait = 100ms});
    EXPECT_TRUE(made) << made.error().text;
    if (!made) return one;
    one.client = *std::move(made);
    auto subscribed = one.client->subscribe(subject);
    EXPECT_TRUE(subscribed) << subscribed.error().text;
    if (subscribed) one.subscription = *std::move(subscribed);
    return one;
  }

  Installation installed{{.version = GetParam(), .yaml = yaml}};
};

TEST_P(RoomctlLimitsTest, ListsShowsExplainsAndKicksARoom) {
  const Listener alice = listener("alice", "chat.general.*");
  const Listener bob = listener("bob", "chat.game-1.*");
  const json room = installed.roomctl_json({"connection", "ls", "--room", "general"});
  ASSERT_EQ(room["total"], 1) << room;
  EXPECT_EQ(room["connections"][0]["cid"], alice.client->client_id());
  EXPECT_EQ(room["connections"][0]["rooms"], json::parse(R"(["general"])"));
  const std::string server = room["connections"][0]["server_name"];
  EXPECT_EQ(installed.roomctl_json({"conn", "ls", "--server", server, "--user", "bob"})["total"],
            1);
  EXPECT_THAT(good({"conn", "ls"}), AllOf(HasSubstr("user, room general, account, server"),
                                          HasSubstr("nowhere: exempt_user")));
  EXPECT_THAT(good({"limit", "show"}),
              AllOf(HasSubstr("connections_per_user"), HasSubstr("50+1"),
                    HasSubstr("room_connections"), HasSubstr("roomkeeper.yaml")));
  EXPECT_THAT(good({"limit", "explain", "--room", "general"}),
              AllOf(HasSubstr("would be let in: 1 of 10"), HasSubstr("user alice"),
                    HasSubstr("JetStream readers")));
  // As of the last look; one that cannot find anybody over a limit comes 5 s behind the event.
  EXPECT_TRUE(becomes_true([&] {
    return good({"status"}).find("account_connections: 2 of 50+1") != std::string::npos;
  }));

  EXPECT_EQ(good({"conn", "kick", "--room", "general", "--reason", "closed", "--yes"}),
            "1 connection ended\n");
  EXPECT_TRUE(alice.client->wait_for_disconnects(1));
  EXPECT_EQ(bob.client->disconnects(), 0U);
  EXPECT_EQ(installed.roomctl_json({"conn", "ls", "--room", "general"})["total"], 0);
  const std::string audit = good({"audit", "--kind", "kick"});
  EXPECT_THAT(audit, AllOf(HasSubstr("general"), HasSubstr("closed")));
}

TEST_P(RoomctlLimitsTest, ABanKeepsSomebodyOutUntilItIsLifted) {
  const Listener bob = listener("bob", "chat.general.*", true);
  const Listener alice = listener("alice", "chat.general.*");
  EXPECT_EQ(installed.roomctl({"ban", "add", "bob", "--for", "1h"}).exit_code, 1) << "no --yes";
  EXPECT_THAT(good({"ban", "add", "bob", "--for", "1h", "--reason", "spam", "--yes"}),
              AllOf(HasSubstr("bob is banned until"), HasSubstr("1 connection is ended")));
  ASSERT_TRUE(bob.client->wait_for_disconnects(1)) << "now";
  ASSERT_TRUE(bob.client->wait_for_reconnects(1));
  ASSERT_TRUE(bob.client->wait_for_disconnects(3, 20s)) << "and at every return";
  EXPECT_THAT(good({"ban", "ls"}), AllOf(HasSubstr("bob"), HasSubstr("spam")));
  EXPECT_THAT(good({"limit", "explain", "--user", "bob"}),
              HasSubstr("would be kicked at once: banned until"));
  EXPECT_THAT(good({"ban", "rm", "bob"}), HasSubstr("bob is not banned any more"));
  // A kick may have been on its way.
  ASSERT_TRUE(becomes_true([&] {
    return bob.client->connected() &&
           installed.roomctl_json({"conn", "ls", "--user", "bob"})["total"] == 1;
  }));
  const std::uint64_t disconnects = bob.client->disconnects();
  // Whoever is over a limit is kicked in a later look than the one that saw him return.
  const Listener second = listener("alice", "chat.general.*");
  const Listener third = listener("alice", "chat.general.*");
  ASSERT_TRUE(third.client->wait_for_disconnects(1));
  EXPECT_EQ(bob.client->disconnects(), disconnects) << "he stays";
  EXPECT_EQ(alice.client->disconnects(), 0U);
  EXPECT_EQ(installed.roomctl({"ban", "rm", "bob"}).exit_code, 1);
  EXPECT_EQ(installed.roomctl({"ban", "add", "roomkeeper", "--for", "1h", "--yes"}).exit_code, 1);
}

TEST_P(RoomctlLimitsTest, WatchShowsWhoComesLeavesAndIsKicked) {
  ChildProcess watch(installed.roomctl_options({"connection", "watch", "--user", "bob"}));
  ASSERT_TRUE(watch.wait_for_output("CID@SERVER")) << watch.err();
  const Listener first = listener("bob", "chat.general.*");
  const std::string cid = std::to_string(first.client->client_id());
  EXPECT_TRUE(watch.wait_for_output("connect +bob +" + cid + "@")) << watch.out();
  EXPECT_EQ(good({"conn", "kick", cid}), "1 connection ended\n");
  EXPECT_TRUE(watch.wait_for_output("kick +bob +" + cid + "@.*kicked_by_admin")) << watch.out();
  EXPECT_TRUE(watch.wait_for_output("disconnect +bob +" + cid + "@")) << watch.out();
  // Two are allowed.
  std::vector<Listener> more;
  for (int i = 0; i < 3; ++i) more.push_back(listener("bob", "chat.general.*"));
  const std::string last = std::to_string(more[2].client->client_id());
  EXPECT_TRUE(watch.wait_for_output("kick +bob +" + last + "@.*connections_per_user reject_new"))
      << watch.out();
  watch.send_signal(SIGINT);
  const auto ended = watch.wait();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 0) << ended->err;
  EXPECT_EQ(installed.roomctl({"conn", "watch", "--for", "100ms", "--json"}).exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(Servers, RoomctlLimitsTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
