// What a system-account user sees and may do: sidecar/nats/system_requests.h, and the events it
// wakes up for.
#include <algorithm>

#include "sidecar/nats/system_requests.h"
#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

using policies::Connection;
using policies::ErrorCode;
using sidecar::Message;
using sidecar::nats::ConnectionsSeen;
using sidecar::nats::SystemRequests;
using namespace std::chrono_literals;

class SystemContract : public Contract {
 protected:
  void SetUp() override {
    Contract::SetUp();
    queue_ = std::make_unique<sidecar::nats::RequestQueue>(sys(), world().loop(), world().clock(),
                                                           sidecar::nats::QueueLimits{});
    requests_ = std::make_unique<SystemRequests>(*queue_, world().loop(), 400ms);
  }
  void TearDown() override {
    requests_.reset();
    queue_.reset();
    Contract::TearDown();
  }
  ConnectionsSeen connections(std::vector<std::string> expected = {}) {
    auto seen = wait<ConnectionsSeen>(
        [&](auto done) { requests_->connections("APP", std::move(expected), std::move(done)); });
    EXPECT_TRUE(seen) << seen.error().text;
    return seen ? std::move(*seen) : ConnectionsSeen{};
  }
  static int count(const ConnectionsSeen& seen, const std::string& user) {
    return static_cast<int>(std::count_if(
        seen.connections.begin(), seen.connections.end(),
        [&](const Connection& c) { return c.identity == policies::Identity{"APP", user}; }));
  }
  policies::Result<> kick(std::uint64_t cid) {
    return wait<void>(
        [&](auto done) { requests_->kick({sys().server().id, cid}, std::move(done)); });
  }

  std::unique_ptr<sidecar::nats::RequestQueue> queue_;
  std::unique_ptr<SystemRequests> requests_;
};

TEST_P(SystemContract, ShowsWhoIsConnected) {
  const auto alice = world().add_client("alice", false);
  const auto bob1 = world().add_client("bob", false);
  const auto bob2 = world().add_client("bob", false);
  const auto seen = connections();
  EXPECT_TRUE(seen.truthful());
  EXPECT_EQ(seen.servers, (std::vector<std::string>{sys().server().id}));
  EXPECT_EQ(seen.connections.size(), 4u);  // and our own; not the system account's
  EXPECT_EQ(count(seen, "roomkeeper"), 1);
  EXPECT_EQ(count(seen, "alice"), 1);
  EXPECT_EQ(count(seen, "bob"), 2);
  const auto found = std::find_if(seen.connections.begin(), seen.connections.end(),
                                  [&](const Connection& c) { return c.key.cid == alice->cid(); });
  ASSERT_NE(found, seen.connections.end());
  EXPECT_EQ(found->key.server_id, sys().server().id);
  EXPECT_EQ(found->identity.user, "alice");
  EXPECT_EQ(found->name, "test client");
  EXPECT_EQ(found->host, "127.0.0.1");
  EXPECT_EQ(found->kind, "nats");
  EXPECT_LE(found->start, world().clock().wall() + 1s);
  EXPECT_GE(found->start, world().clock().wall() - 60s);
}

TEST_P(SystemContract, NamesServersThatAreSilent) {
  const auto seen = connections({sys().server().id, "NOT_THERE"});
  EXPECT_EQ(seen.silent, (std::vector<std::string>{"NOT_THERE"}));
  EXPECT_FALSE(seen.truthful());
}

TEST_P(SystemContract, PagesConnections) {
  std::vector<std::unique_ptr<WorldClient>> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(world().add_client("alice", false));
  const std::string subject = "$SYS.REQ.SERVER." + sys().server().id + ".CONNZ";
  std::vector<std::size_t> sizes;
  for (int offset = 0; offset < 8; offset += 2) {
    const auto page =
        request(sys(), subject,
                R"({"acc":"APP","auth":true,"limit":2,"offset":)" + std::to_string(offset) + "}");
    ASSERT_TRUE(page) << page.error().text;
    std::size_t found = 0;
    for (std::size_t at = page->data.find("\"cid\":"); at != std::string::npos;
         at = page->data.find("\"cid\":", at + 1)) {
      ++found;
    }
    sizes.push_back(found);
    EXPECT_NE(page->data.find("\"total\":6"), std::string::npos) << page->data;
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 2, 0}));
}

TEST_P(SystemContract, KicksOneConnectionForGood) {
  const auto alice = world().add_client("alice", false);
  const auto other = world().add_client("alice", false);
  const auto kicked = kick(alice->cid());
  EXPECT_TRUE(kicked) << kicked.error().text;
  EXPECT_TRUE(world().run_until([&] { return alice->losses() == 1 && !alice->connected(); }));
  EXPECT_TRUE(other->connected());
  EXPECT_EQ(count(connections(), "alice"), 1);
}

TEST_P(SystemContract, KickedClientsComeBackByThemselves) {
  const auto alice = world().add_client("alice", true);
  const auto cid = alice->cid();
  ASSERT_TRUE(kick(cid));
  ASSERT_TRUE(world().run_until([&] { return alice->comebacks() == 1 && alice->connected(); }));
  EXPECT_GT(alice->cid(), cid);
  EXPECT_EQ(count(connections(), "alice"), 1);
}

TEST_P(SystemContract, CannotKickWhoIsGone) {
  EXPECT_EQ(failure(kick(987654)), ErrorCode::not_found);
}

TEST_P(SystemContract, TellsOfItsServers) {
  std::optional<std::vector<sidecar::nats::ServerStats>> stats;
  requests_->stats([&](std::vector<sidecar::nats::ServerStats> seen) { stats = std::move(seen); });
  ASSERT_TRUE(world().run_until([&] { return stats.has_value(); }));
  ASSERT_EQ(stats->size(), 1u);
  EXPECT_EQ(stats->front().id, sys().server().id);
  EXPECT_EQ(stats->front().version, sys().server().version);
  EXPECT_EQ(stats->front().connections, 2u);
  EXPECT_EQ(stats->front().slow_consumers, 0u);
}

TEST_P(SystemContract, AnnouncesWhoComesAndGoes) {
  std::vector<std::string> events;
  for (const std::string event : {"CONNECT", "DISCONNECT"}) {
    ASSERT_TRUE(
        sys().subscribe("$SYS.ACCOUNT.APP." + event, "", [&events, event](const Message& message) {
          if (message.data.find("\"user\":\"alice\"") == std::string::npos) return;
          const bool kicked = message.data.find("\"reason\":\"Kicked\"") != std::string::npos;
          events.push_back(kicked ? event + " kicked" : event);
        }));
  }
  settle(sys());
  auto alice = world().add_client("alice", false);
  ASSERT_TRUE(world().run_until([&] { return events.size() == 1; }));
  ASSERT_TRUE(kick(alice->cid()));
  ASSERT_TRUE(world().run_until([&] { return events.size() == 2; }));
  auto again = world().add_client("alice", false);
  ASSERT_TRUE(world().run_until([&] { return events.size() == 3; }));
  again.reset();
  ASSERT_TRUE(world().run_until([&] { return events.size() == 4; }));
  EXPECT_EQ(events,
            (std::vector<std::string>{"CONNECT", "DISCONNECT kicked", "CONNECT", "DISCONNECT"}));
}

TEST_P(SystemContract, AnswersOrdinaryAccountsOnlyAboutThemselves) {
  const auto alice = world().add_client("alice", false);
  const auto info_of_self = request(app(), "$SYS.REQ.USER.INFO", "");
  ASSERT_TRUE(info_of_self);
  EXPECT_NE(info_of_self->data.find("\"user\":\"roomkeeper\""), std::string::npos)
      << info_of_self->data;
  EXPECT_NE(info_of_self->data.find("\"account\":\"APP\""), std::string::npos)
      << info_of_self->data;
  const auto own = request(app(), "$SYS.REQ.SERVER.PING.CONNZ", R"({"auth":true})");
  ASSERT_TRUE(own);
  EXPECT_NE(own->data.find("\"num_connections\":2"), std::string::npos) << own->data;
  EXPECT_EQ(failure(request(app(), "$SYS.REQ.SERVER.PING.STATSZ", "")), ErrorCode::unavailable);
  const std::string kick_subject = "$SYS.REQ.SERVER." + app().server().id + ".KICK";
  EXPECT_EQ(failure(request(app(), kick_subject, R"({"cid":1})")), ErrorCode::unavailable);
}

TEST_P(SystemContract, AnswersWhereTheReplySubjectPoints) {
  // Why every service must check where its answer goes: the server, and we, publish to any reply
  // subject.
  ASSERT_TRUE(create("A", memory_stream({"trap.*"})));
  const auto alice = world().add_client("alice", false);
  alice->send("$JS.API.INFO", "", "trap.x");
  EXPECT_TRUE(world().run_until([&] { return stored("A").messages == 1; }));
}

INSTANTIATE_TEST_SUITE_P(On, SystemContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
