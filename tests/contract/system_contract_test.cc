// What a system-account user sees and may do: sidecar/nats/system_requests.h, and the events it
// wakes up for.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sidecar/nats/client_event.h"
#include "sidecar/nats/server_json.h"
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
  ConnectionsSeen connections(std::vector<std::string> expected = {},
                              std::shared_ptr<const policies::Listening> listening = nullptr) {
    auto seen = wait<ConnectionsSeen>([&](auto done) {
      requests_->connections("APP", std::move(expected), std::move(listening), std::move(done));
    });
    EXPECT_TRUE(seen) << seen.error().text;
    return seen ? std::move(*seen) : ConnectionsSeen{};
  }
  static int count(const ConnectionsSeen& seen, const std::string& user) {
    return static_cast<int>(std::count_if(
        seen.connections.begin(), seen.connections.end(),
        [&](const Connection& c) { return c.identity == policies::Identity{"APP", user}; }));
  }
  policies::Result<policies::WallTime> kick(std::uint64_t cid) {
    return kick_on(sys().server().id, cid);
  }
  policies::Result<policies::WallTime> kick_on(const std::string& server, std::uint64_t cid) {
    return wait<policies::WallTime>(
        [&](auto done) { requests_->kick({server, cid}, std::move(done)); });
  }
  /// "general hall wildcard": what a user's only connection listens to.
  static std::string heard_by(const ConnectionsSeen& seen, const std::string& user) {
    std::string heard;
    for (const Connection& one : seen.connections) {
      if (one.identity.user != user) continue;
      for (const policies::RoomId& room : one.rooms) heard += room.text() + " ";
      heard += one.wildcard ? "wildcard;" : ";";
    }
    return heard;
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

TEST_P(SystemContract, SaysWhichRoomsConnectionsListenTo) {
  const auto listen = [](sidecar::MessageBus& bus, const std::vector<std::string>& subjects) {
    for (const std::string& subject : subjects)
      ASSERT_TRUE(bus.subscribe(subject, "", [](const Message&) {}));
  };
  const Bus bob = connect("APP", "bob");
  listen(*bob, {"chat.general.*", "chat.lobby.hall.>", "chat.general.bob", "chat.unknown.*"});
  const Bus carol = connect("APP", "carol");
  listen(*carol, {"chat.>", "news.general.*"});
  const Bus alice = connect("APP", "alice");
  listen(*alice, {"news.*", "chat.general", "_INBOX.general.*"});
  for (sidecar::MessageBus* bus : {bob.get(), carol.get(), alice.get()}) settle(*bus);
  const std::set<std::string, std::less<>> rooms{"general", "hall"};
  const auto listening = std::make_shared<const policies::Listening>(
      policies::Names{}, std::set<std::string, std::less<>>{"lobby"},
      [rooms](const policies::RoomId& room) { return rooms.contains(room.text()); });
  const auto seen = connections({}, listening);
  EXPECT_EQ(heard_by(seen, "bob"), "general hall ;");
  EXPECT_EQ(heard_by(seen, "carol"), "wildcard;");
  EXPECT_EQ(heard_by(seen, "alice"), ";");
  EXPECT_EQ(heard_by(connections(), "bob"), ";") << "not asked for";
}

TEST_P(SystemContract, NamesServers) {
  const auto seen = connections();
  ASSERT_EQ(seen.names.size(), 1u);
  EXPECT_EQ(seen.names.begin()->first, sys().server().id);
  EXPECT_EQ(seen.names.begin()->second, sys().server().name);
  for (const Connection& one : seen.connections)
    EXPECT_EQ(one.clock_ahead, policies::Nanoseconds{}) << "a lone clock is right";
}

// A server that is not there costs no time-out: nobody listens on its subjects.
TEST_P(SystemContract, WhoeverIsNotThereIsKnownAtOnce) {
  requests_ = std::make_unique<SystemRequests>(*queue_, world().loop(), 12s);
  const auto began = world().clock().mono();
  const auto seen = connections({sys().server().id, "NOT_THERE"});
  EXPECT_EQ(seen.silent, (std::vector<std::string>{"NOT_THERE"}));
  EXPECT_EQ(failure(kick_on("NOT_THERE", 7)), ErrorCode::unavailable);
  EXPECT_LT(world().clock().mono() - began, 5s);
}

// Page after page, each beginning with the last one of the page before: every connection once, in
// the order of their numbers, whatever their number of subscriptions.
TEST_P(SystemContract, ListsHundredsOfConnectionsByNumber) {
  constexpr std::uint64_t limit = 16;
  std::vector<std::unique_ptr<WorldClient>> clients;
  std::set<std::uint64_t> made;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(world().add_client(i % 2 == 0 ? "alice" : "bob", false));
    made.insert(clients.back()->cid());
  }
  const std::string subject = "$SYS.REQ.SERVER." + sys().server().id + ".CONNZ";
  std::set<std::uint64_t> listed;
  std::uint64_t last = 0;
  for (std::uint64_t offset = 0;;) {
    const auto reply =
        request(sys(), subject,
                R"({"acc":"APP","auth":true,"subscriptions":true,"limit":)" +
                    std::to_string(limit) + ",\"offset\":" + std::to_string(offset) + "}");
    ASSERT_TRUE(reply) << reply.error().text;
    const auto page = sidecar::nats::parse_connz(reply->data, nullptr);
    ASSERT_TRUE(page) << page.error().text;
    EXPECT_TRUE(page->ascending);
    EXPECT_LE(page->count, limit);
    EXPECT_NE(page->now, policies::WallTime{});
    ASSERT_GT(page->count, 0u);
    if (offset > 0) {
      EXPECT_EQ(page->first_cid, last);
    }
    for (const Connection& one : page->connections) listed.insert(one.key.cid);
    if (page->last_cid == last) break;
    last = page->last_cid;
    offset += page->count - 1;
  }
  EXPECT_EQ(listed.size(), 201u) << "and our own";
  EXPECT_TRUE(std::includes(listed.begin(), listed.end(), made.begin(), made.end()));
  EXPECT_EQ(connections().connections.size(), 201u);
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
  ASSERT_TRUE(kicked) << kicked.error().text;
  EXPECT_LE(*kicked, world().clock().wall() + 1s) << "the server's time";
  EXPECT_GE(*kicked, world().clock().wall() - 60s);
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

TEST_P(SystemContract, SaysInEventsWhoItIs) {
  std::vector<sidecar::ClientEvent> events;
  for (const std::string event : {"CONNECT", "DISCONNECT"}) {
    ASSERT_TRUE(sys().subscribe("$SYS.ACCOUNT.APP." + event, "", [&events](const Message& message) {
      auto read = sidecar::nats::parse_client_event(message.data);
      ASSERT_TRUE(read) << read.error().text;
      if (read->identity.user == "alice") events.push_back(*std::move(read));
    }));
  }
  settle(sys());
  const auto alice = world().add_client("alice", false);
  const std::uint64_t cid = alice->cid();
  ASSERT_TRUE(kick(cid));
  ASSERT_TRUE(world().run_until([&] { return events.size() == 2; }));
  for (const sidecar::ClientEvent& event : events) {
    EXPECT_EQ(event.key, (policies::ConnectionKey{sys().server().id, cid}));
    EXPECT_EQ(event.identity, (policies::Identity{"APP", "alice"}));
    EXPECT_EQ(event.server_name, sys().server().name);
    EXPECT_EQ(event.host, "127.0.0.1");
    EXPECT_EQ(event.kind, "nats");
    EXPECT_EQ(event.name, "test client");
    EXPECT_TRUE(event.is_client);
    EXPECT_GE(event.at, event.start);
    EXPECT_GE(event.start, world().clock().wall() - 60s);
  }
  EXPECT_EQ(events[0].start, events[1].start);
  EXPECT_EQ(events[0].reason, "");
  EXPECT_EQ(events[1].reason, "Kicked");
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
