// Connection limits when servers restart, join and die, when events are lost or late, and when the
// list of connections changes while it is read: nobody within every limit is ever kicked, and in
// the end every limit holds.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/simulation/clients.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using namespace std::chrono_literals;

constexpr std::string_view start = "2026-11-22T10:00:00Z";

/// `limits`: lines under `limits:`, two spaces in front.
std::string with_limits(const std::string& limits, const std::string& rooms = "rooms: []\n") {
  return "instance: seoul\nlimits:\n  exempt_users: [APP/roomkeeper, APP/operator, APP/admin]\n" +
         limits + rooms;
}

std::string account_of(int max) {
  return with_limits("  account_connections: { max: " + std::to_string(max) + " }\n");
}

/// Comes back to any server, again and again.
FakeClientOptions roaming(const std::string& server) {
  return {.server = server, .roams = true};
}

Ids operator+(Ids a, const Ids& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The daemon behind three servers, "fake" (of the buses), "second" and "third".
class LimitTroubles : public ::testing::Test {
 protected:
  void boot(const std::string& config, FakeNatsOptions options = {}) {
    world_.emplace(config, start, std::move(options));
    second_ = world().nats.add_server("second");
    third_ = world().nats.add_server("third");
    world().boot();
    world().pass(2s);
  }
  DaemonWorld& world() { return *world_; }
  double kicks() const {
    double sum = 0;
    for (const char* limit : {"connections_per_user", "room_connections", "account_connections",
                              "server_connections"}) {
      for (const char* reason : {"reject_new", "evict_oldest"})
        sum += world_->metric(MetricId::kicks_total, {limit, reason});
    }
    return sum;
  }

  std::optional<DaemonWorld> world_;
  std::size_t second_ = 0;
  std::size_t third_ = 0;
};

TEST_F(LimitTroubles, WhoComesBackAfterAServersRestartIsWithinAgain) {
  boot(account_of(6));
  const Ids here = arrive_many(world(), "here", 2, staying_away());
  const Ids moved = arrive_many(world(), "moved", 2, roaming("second"));
  const Ids there = arrive_many(world(), "there", 2, staying_away("third"));
  world().pass(5s);
  world().nats.restart_server(second_);
  world().pass(1min);
  EXPECT_EQ(inside(world(), here + moved + there), here + moved + there);
  EXPECT_EQ(lost(world(), here + there), 0U);
  EXPECT_EQ(lost(world(), moved), 2U) << "by the restart alone";
  EXPECT_EQ(kicks(), 0);
  const Ids late = arrive_many(world(), "late", 3, staying_away("second"));
  world().pass(5s);
  EXPECT_TRUE(inside(world(), late).empty());
  EXPECT_EQ(inside(world(), here + moved + there), here + moved + there);
}

TEST_F(LimitTroubles, APlaceThatARestartFreedIsOfWhoComesFirst) {
  boot(account_of(4));
  const Ids here = arrive_many(world(), "here", 2, staying_away());
  const Ids moved = arrive_many(world(), "moved", 2, roaming("second"));
  world().pass(5s);
  world().nats.restart_server(second_);
  const Ids quick = arrive_many(world(), "quick", 1, staying_away("third"));
  world().pass(5min);
  EXPECT_EQ(inside(world(), here + quick), here + quick);
  EXPECT_EQ(lost(world(), here + quick), 0U);
  EXPECT_GE(world().nats.client(moved.back()).lost, 2U) << "the last to come back";
  EXPECT_EQ(world().nats.client(moved.front()).lost, 1U);
}

TEST_F(LimitTroubles, TheFirstServersRestartEndsOurConnectionsTooAndKicksNobody) {
  boot(account_of(4));
  const Ids here = arrive_many(world(), "here", 2, roaming({}));
  const Ids there = arrive_many(world(), "there", 2, staying_away("second"));
  world().pass(5s);
  world().nats.restart_server(0);
  world().pass(2min);
  EXPECT_EQ(inside(world(), here + there), here + there);
  EXPECT_EQ(lost(world(), there), 0U);
  EXPECT_EQ(kicks(), 0);
  const Ids late = arrive_many(world(), "late", 2, staying_away());
  world().pass(10s);
  EXPECT_TRUE(inside(world(), late).empty());
  EXPECT_EQ(inside(world(), here + there), here + there);
}

TEST_F(LimitTroubles, AServerThatJoinsIsCountedWithTheOthers) {
  boot(with_limits("  account_connections: { max: 6 }\n  server_connections: { max: 3 }\n"));
  const Ids here = arrive_many(world(), "here", 3, staying_away());
  world().pass(5s);
  world().nats.add_server("fourth");
  const Ids there = arrive_many(world(), "there", 4, staying_away("fourth"));
  world().pass(5s);
  EXPECT_EQ(inside(world(), there), first(there, 3)) << "its own number";
  const Ids more = arrive_many(world(), "more", 2, staying_away("second"));
  world().pass(5s);
  EXPECT_TRUE(inside(world(), more).empty()) << "the account's";
  EXPECT_EQ(inside(world(), here + there), here + first(there, 3));
}

TEST_F(LimitTroubles, WhileADeadServerIsExpectedNobodyIsKickedAndThenTheLimitHoldsAgain) {
  boot(account_of(4));
  const Ids here = arrive_many(world(), "here", 2, staying_away());
  const Ids moved = arrive_many(world(), "moved", 2, roaming("second"));
  world().pass(5s);
  world().nats.kill_server(second_);
  world().pass(5s);
  const Ids late = arrive_many(world(), "late", 3, staying_away("third"));
  world().pass(10s);
  EXPECT_EQ(inside(world(), late), late) << "who knows who is on the dead one";
  EXPECT_EQ(kicks(), 0);
  world().pass(1min);
  EXPECT_TRUE(inside(world(), late).empty());
  EXPECT_EQ(inside(world(), here + moved), here + moved);
  EXPECT_EQ(lost(world(), here), 0U);
  EXPECT_EQ(lost(world(), moved), 2U) << "by the death alone";
}

TEST_F(LimitTroubles, WithoutAnyEventTheIntervalFindsThem) {
  boot(account_of(3));
  world().nats.lose_events(true);
  const Ids all = arrive_many(world(), "u", 5, staying_away("second"));
  world().pass(2min);
  EXPECT_EQ(inside(world(), all), first(all, 3));
  // Nor is it told that somebody leaves: the place is free all the same.
  world().nats.remove_client(all.front());
  const Ids next = arrive_many(world(), "next", 1, staying_away());
  world().pass(2min);
  EXPECT_EQ(inside(world(), next), next);
  EXPECT_EQ(lost(world(), all), 2U);
}

TEST_F(LimitTroubles, EventsOfThePastMoveNobody) {
  boot(
      with_limits("  connections_per_user: { max: 2, on_limit: reject_new }\n"
                  "  account_connections: { max: 4 }\n"));
  world().nats.delay_events(7s);
  // Events say that there are six, of which four are gone again.
  for (int round = 0; round < 2; ++round) {
    for (const FakeClientId id : arrive(world(), "bob", 2, staying_away("second")))
      world().nats.remove_client(id);
  }
  const Ids bob = arrive(world(), "bob", 2, staying_away("third"));
  const Ids ann = arrive(world(), "ann", 2, staying_away());
  world().pass(1min);
  EXPECT_EQ(inside(world(), bob + ann), bob + ann);
  EXPECT_EQ(kicks(), 0);
  const Ids late = arrive(world(), "bob", 1, staying_away());
  world().pass(10s);
  EXPECT_TRUE(inside(world(), late).empty()) << "found when its event came";
  EXPECT_EQ(inside(world(), bob + ann), bob + ann);
}

/// With a few more a server lists them on two pages, as long as it is not known how short they are.
constexpr std::size_t nearly_a_page = 1'018;

// Somebody in front leaves between two pages, and whoever was first on the next page would be on
// neither.
TEST_F(LimitTroubles, WhoMovesFromOnePageToTheOtherIsNotOverlooked) {
  boot(with_limits("  connections_per_user: { max: 1, on_limit: reject_new }\n"));
  Ids crowd;
  for (std::size_t i = 0; i < nearly_a_page; ++i)
    crowd.push_back(world().nats.add_client("APP", "c-" + std::to_string(i), staying_away()));
  // Eight users, one of them where the second page begins; their second connections come later, to
  // another server.
  Ids early;
  Ids late;
  for (int i = 0; i < 8; ++i)
    early.push_back(world().nats.add_client("APP", "u-" + std::to_string(i), staying_away()));
  world().clock.advance(1ms);
  for (int i = 0; i < 8; ++i) {
    late.push_back(
        world().nats.add_client("APP", "u-" + std::to_string(i), staying_away("second")));
  }
  std::size_t left = 0;
  world().nats.on_connz_page([&] {
    if (left < 4) world().nats.remove_client(crowd[left++]);
  });
  world().pass(10s);
  EXPECT_EQ(left, 4U) << "the list changed while it was read";
  EXPECT_EQ(inside(world(), early), early);
  EXPECT_TRUE(inside(world(), late).empty());
  EXPECT_EQ(lost(world(), crowd), 0U);
}

TEST_F(LimitTroubles, WhoStandsOnTwoPagesIsOneConnection) {
  boot(with_limits("  connections_per_user: { max: 1 }\n  server_connections: { max: 1050 }\n"));
  Ids crowd;
  for (std::size_t i = 0; i < 1'050; ++i)
    crowd.push_back(world().nats.add_client("APP", "c-" + std::to_string(i), staying_away()));
  world().pass(10s);
  EXPECT_EQ(lost(world(), crowd), 0U);
  EXPECT_EQ(world().metric(MetricId::limit_used, {"server_connections"}), 1'050);
}

// More than half of them leave between two pages: less is left than the next page would begin with.
TEST_F(LimitTroubles, WhenManyLeaveBetweenTwoPagesTheRestIsStillSeen) {
  boot(account_of(1'150));
  Ids crowd;
  for (std::size_t i = 0; i < 1'200; ++i)
    crowd.push_back(world().nats.add_client("APP", "c-" + std::to_string(i), staying_away()));
  bool once = false;
  world().nats.on_connz_page([&] {
    if (std::exchange(once, true)) return;
    for (std::size_t i = 0; i < 700; ++i) world().nats.remove_client(crowd[i]);
  });
  for (int i = 0; i < 1'000 && !once; ++i) world().pass(10ms);
  ASSERT_TRUE(once);
  EXPECT_EQ(world().metric(MetricId::limit_used, {"account_connections"}), 1'200)
      << "all that were there while it was looked";
  world().pass(10s);
  EXPECT_EQ(world().metric(MetricId::limit_used, {"account_connections"}),
            static_cast<double>(inside(world(), crowd).size()));
}

// The kick is on its way when the server restarts, and the new connection gets the number of the
// old one.
TEST_F(LimitTroubles, AKickForAnOldConnectionNeverHitsTheNewOneWithItsNumber) {
  FakeNatsOptions slow;
  slow.latency = 50ms;
  boot(account_of(3), slow);
  const Ids early = arrive_many(world(), "early", 3, staying_away());
  world().pass(5s);
  bool sent = false;
  world().nats.watch([&](FakeMoment moment, const std::string&, const sidecar::Message& message) {
    sent = sent || (moment == FakeMoment::sent && message.subject.ends_with(".KICK"));
  });
  const Ids late = arrive_many(world(), "late", 1, staying_away("second"));
  for (int i = 0; i < 5'000 && !sent; ++i) world().pass(1ms);
  ASSERT_TRUE(sent);
  const std::uint64_t cid = world().nats.client(late.front()).cid;
  world().nats.restart_server(second_);
  for (const FakeClientId id : early) world().nats.remove_client(id);
  Ids fresh = arrive_many(world(), "fresh", 1, staying_away("second"));
  ASSERT_EQ(world().nats.client(fresh.front()).cid, cid) << "the same number";
  world().pass(3min);
  EXPECT_EQ(inside(world(), fresh), fresh);
  EXPECT_EQ(lost(world(), fresh), 0U);
}

TEST_F(LimitTroubles, AServerWhoseClockIsWrongTakesNobodysPlace) {
  boot(account_of(3));
  world().nats.set_server_skew(second_, 1h);
  world().nats.set_server_skew(third_, -1h);
  Ids early;
  for (const char* server : {"second", "third", "fake"}) {
    early = early + arrive_many(world(), std::string("on-") + server, 1, staying_away(server));
    world().pass(3s);
  }
  for (const char* server : {"third", "fake", "second"}) {
    const Ids late = arrive_many(world(), "late", 2, staying_away(server));
    world().pass(10s);
    EXPECT_TRUE(inside(world(), late).empty()) << server;
    EXPECT_EQ(inside(world(), early), early) << server;
  }
  EXPECT_EQ(lost(world(), early), 0U);
}

TEST_F(LimitTroubles, LeafNodesCountNowhereAndOtherProtocolsDo) {
  boot(account_of(3));
  FakeClientOptions leaf = staying_away("second");
  leaf.kind = "leafnode";
  const Ids leaves = arrive_many(world(), "leaf", 4, leaf);
  FakeClientOptions web = staying_away("second");
  web.kind = "websocket";
  FakeClientOptions device = staying_away("third");
  device.kind = "mqtt";
  Ids clients = arrive_many(world(), "web", 2, web);
  clients = clients + arrive_many(world(), "device", 2, device);
  world().pass(10s);
  EXPECT_EQ(inside(world(), leaves), leaves);
  EXPECT_EQ(inside(world(), clients), first(clients, 3));
}

}  // namespace
}  // namespace roomkeeper::testing
