// What `roomctl connection watch` reads: numbered, the newest, nothing of a stranger's too long.
#include "sidecar/connection_events.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace roomkeeper::sidecar {
namespace {

using namespace std::chrono_literals;

const policies::WallTime event_time = policies::WallTime(1'795'348'800s);

ClientEvent client(const std::string& user, std::uint64_t cid = 41) {
  return {.key = {"NSERVER", cid},
          .identity = {"APP", user},
          .at = event_time,
          .start = event_time,
          .server_name = "n1",
          .host = "10.0.0.7",
          .kind = "websocket",
          .name = "phone",
          .reason = "Client Closed",
          .is_client = true};
}

class ConnectionEventsTest : public ::testing::Test {
 protected:
  std::vector<std::uint64_t> numbers(const api::ConnectionEventsRequest& request) const {
    std::vector<std::uint64_t> all;
    for (const api::ConnectionEvent& event : events.after(request).events)
      all.push_back(event.number);
    return all;
  }
  using Numbers = std::vector<std::uint64_t>;

  ConnectionEvents events;
};

TEST_F(ConnectionEventsTest, TellsConnectsKicksAndDisconnectsInOrder) {
  events.connected(client("bob"));
  events.kicked({.key = {"NSERVER", 41},
                 .identity = {"APP", "bob"},
                 .limit = policies::LimitKind::room_connections,
                 .of = "general",
                 .reason = policies::Reason::reject_new},
                "n1", event_time + 1s);
  events.disconnected(client("bob"));
  const auto reply = events.after({.after = 0, .user = {}});
  ASSERT_EQ(reply.events.size(), 3U);
  EXPECT_EQ(reply.next, 3U);
  EXPECT_EQ(reply.missed, 0U);
  const api::ConnectionEvent& came = reply.events[0];
  EXPECT_EQ(came.what, "connect");
  EXPECT_EQ(came.user, "bob");
  EXPECT_EQ(came.server_name, "n1");
  EXPECT_EQ(came.host, "10.0.0.7");
  EXPECT_EQ(came.kind, "websocket");
  EXPECT_EQ(came.name, "phone");
  EXPECT_EQ(came.reason, "") << "somebody who comes has none";
  EXPECT_EQ(reply.events[1].what, "kick");
  EXPECT_EQ(reply.events[1].limit, "room_connections");
  EXPECT_EQ(reply.events[1].reason, "reject_new");
  EXPECT_EQ(reply.events[1].cid, 41U);
  EXPECT_EQ(reply.events[1].at, event_time + 1s);
  EXPECT_EQ(reply.events[2].what, "disconnect");
  EXPECT_EQ(reply.events[2].reason, "Client Closed");
}

TEST_F(ConnectionEventsTest, AnAdministratorsKickIsNoLimits) {
  events.kicked({.key = {"NSERVER", 41},
                 .identity = {"APP", "bob"},
                 .reason = policies::Reason::kicked_by_admin},
                "n1", event_time);
  const auto reply = events.after({.after = 0, .user = {}});
  ASSERT_EQ(reply.events.size(), 1U);
  EXPECT_EQ(reply.events[0].limit, "");
  EXPECT_EQ(reply.events[0].reason, "kicked_by_admin");
}

TEST_F(ConnectionEventsTest, WithoutANumberOneOnlyLearnsWhereToBegin) {
  EXPECT_EQ(events.after({}).next, 0U);
  for (int i = 0; i < 5; ++i) events.connected(client("bob"));
  const auto reply = events.after({});
  EXPECT_TRUE(reply.events.empty());
  EXPECT_EQ(reply.next, 5U);
  EXPECT_TRUE(events.after({.after = 5, .user = {}}).events.empty());
  // A number of before a restart of the daemon.
  const auto ahead = events.after({.after = 900, .user = {}});
  EXPECT_TRUE(ahead.events.empty());
  EXPECT_EQ(ahead.next, 5U);
  EXPECT_EQ(ahead.missed, 0U);
}

TEST_F(ConnectionEventsTest, IsReadPageByPageWithNothingTwiceAndNothingLeftOut) {
  for (int i = 0; i < 10; ++i) events.connected(client(i % 2 == 0 ? "bob" : "eve"));
  EXPECT_EQ(numbers({.after = 0, .user = {}, .limit = 4}), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(events.after({.after = 0, .user = {}, .limit = 4}).next, 4U);
  EXPECT_EQ(numbers({.after = 0, .user = "bob", .limit = 2}), (Numbers{1, 3}));
  const auto page = events.after({.after = 0, .user = "bob", .limit = 2});
  EXPECT_EQ(numbers({.after = page.next, .user = "bob", .limit = 10}), (Numbers{5, 7, 9}));
  EXPECT_EQ(events.after({.after = page.next, .user = "bob", .limit = 10}).next, 10U);
  EXPECT_TRUE(numbers({.after = 0, .user = "bo"}).empty()) << "exact";
}

TEST_F(ConnectionEventsTest, KeepsTheNewestAndSaysHowManyAreGone) {
  const std::size_t more = 100;
  for (std::size_t i = 0; i < ConnectionEvents::kept_max + more; ++i)
    events.connected(client("bob"));
  const auto reply = events.after({.after = 10, .user = {}, .limit = 1000});
  EXPECT_EQ(reply.missed, more - 10);
  ASSERT_EQ(reply.events.size(), 1000U);
  EXPECT_EQ(reply.events.front().number, more + 1);
  EXPECT_EQ(reply.next, more + 1000);
  EXPECT_EQ(events.after({.after = reply.next, .user = {}}).missed, 0U);
}

TEST_F(ConnectionEventsTest, AStrangersTextsAreCutNotWithinACharacter) {
  std::string korean;
  for (int i = 0; i < 100; ++i) korean += "자";
  ClientEvent event = client(korean);
  event.name = std::string(5000, '\x80');
  event.host = std::string(500, 'h');
  event.reason = korean;
  events.disconnected(event);
  const auto reply = events.after({.after = 0, .user = korean});
  ASSERT_EQ(reply.events.size(), 1U) << "found by its whole name";
  EXPECT_EQ(reply.events[0].user, korean.substr(0, 126));
  EXPECT_LE(reply.events[0].name.size(), ConnectionEvents::text_max);
  EXPECT_EQ(reply.events[0].host.size(), ConnectionEvents::text_max);
  EXPECT_EQ(reply.events[0].reason, korean.substr(0, 126));
}

}  // namespace
}  // namespace roomkeeper::sidecar
