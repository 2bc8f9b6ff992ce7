// Limits of the account, of servers and of rooms as the whole daemon keeps them: who goes, who
// never does, and what a lower limit does to those inside.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/clients.h"
#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

/// `limits`: lines under `limits:`, two spaces in front.
std::string with_limits(const std::string& limits, const std::string& rooms = "rooms: []\n") {
  return "instance: seoul\nlimits:\n  exempt_users: [APP/roomkeeper, APP/operator, APP/admin]\n" +
         limits + rooms;
}

std::string account_of(int max, const std::string& more = {}) {
  return with_limits("  account_connections: { max: " + std::to_string(max) + more + " }\n");
}

TEST(Limits, TheAccountKeepsTheFirst) {
  DaemonWorld world(account_of(50), start);
  world.boot();
  world.pass(1s);
  const Ids all = arrive_many(world, "user", 80, staying_away());
  world.pass(2s);
  EXPECT_EQ(inside(world, all), first(all, 50));
  EXPECT_EQ(world.metric(MetricId::kicks_total, {"account_connections", "reject_new"}), 30);
  world.pass(10min);
  EXPECT_EQ(inside(world, all), first(all, 50));
  EXPECT_EQ(world.metric(MetricId::limit_used, {"account_connections"}), 50);
  EXPECT_EQ(world.metric(MetricId::limit_max, {"account_connections"}), 50);
  EXPECT_EQ(world.metric(MetricId::limit_headroom, {"account_connections"}), 0);
}

TEST(Limits, TheAccountIsCountedOverAllServers) {
  DaemonWorld world(account_of(6), start);
  world.nats.add_server("second");
  world.boot();
  world.pass(1s);
  const Ids here = arrive_many(world, "here", 4, staying_away());
  const Ids there = arrive_many(world, "there", 4, staying_away("second"));
  world.pass(5s);
  EXPECT_EQ(inside(world, here), here);
  EXPECT_EQ(inside(world, there), first(there, 2));
}

TEST(Limits, EachServerHasItsOwnNumber) {
  DaemonWorld world(with_limits("  server_connections: { max: 3 }\n"), start);
  world.nats.add_server("second");
  world.boot();
  world.pass(1s);
  const Ids here = arrive_many(world, "here", 3, staying_away());
  const Ids there = arrive_many(world, "there", 5, staying_away("second"));
  world.pass(5s);
  EXPECT_EQ(inside(world, here), here);
  EXPECT_EQ(inside(world, there), first(there, 3));
  EXPECT_EQ(world.metric(MetricId::kicks_total, {"server_connections", "reject_new"}), 2);
}

TEST(Limits, ARoomIsFullByThoseWhoNameItAndARoomOfAPoolToo) {
  DaemonWorld world(
      with_limits("",
                  "templates:\n  lobby: { layout: pooled, room_connections: { max: 2 } }\n"
                  "  small: { room_connections: { max: 3 } }\n"
                  "rooms: [ {id: general, template: small}, {id: hall, template: lobby},\n"
                  "  {id: big, template: lobby, room_connections: { max: 4 }} ]\n"),
      start);
  world.boot();
  world.pass(3s);
  const Ids general = arrive_many(world, "g", 5, staying_away({}, {"chat.general.*"}));
  const Ids hall = arrive_many(world, "h", 5, staying_away({}, {"chat.lobby.hall.*"}));
  const Ids big = arrive_many(world, "b", 5, staying_away({}, {"chat.lobby.big.>"}));
  // Wildcards count nowhere; nor do other subjects, nor a room that nobody wants.
  const Ids spies = arrive_many(world, "s", 5, staying_away({}, {"chat.lobby.*.*", "chat.>"}));
  const Ids others =
      arrive_many(world, "o", 5, staying_away({}, {"news.general.*", "chat.none.*"}));
  world.pass(10s);
  EXPECT_EQ(inside(world, general), first(general, 3));
  EXPECT_EQ(inside(world, hall), first(hall, 2));
  EXPECT_EQ(inside(world, big), first(big, 4)) << "its own limit, not the pool's";
  EXPECT_EQ(lost(world, spies) + lost(world, others), 0U);
  EXPECT_EQ(world.metric(MetricId::wildcard_listeners), 5);
  EXPECT_EQ(world.metric(MetricId::kicks_total, {"room_connections", "reject_new"}), 6);
}

TEST(Limits, ARoomOfTheApiCanBeLimited) {
  DaemonWorld world(with_limits(""), start);
  world.boot();
  world.pass(3s);
  EXPECT_EQ(
      refusal(world, "room.create", R"({"room": {"id": "club", "room_connections": {"max": 1}}})"),
      "");
  world.pass(3s);
  const Ids all = arrive_many(world, "u", 3, staying_away({}, {"chat.club.*"}));
  world.pass(5s);
  EXPECT_EQ(inside(world, all), first(all, 1));
}

// No event tells of a subscription: the look that comes by itself finds it.
TEST(Limits, WhoEntersAFullRoomLaterIsFoundAndGoesThoughConnectedFirst) {
  DaemonWorld world(with_limits("", "rooms: [ {id: general, room_connections: { max: 1 }} ]\n"),
                    start);
  world.boot();
  world.pass(3s);
  Operator early(world, "early");
  world.pass(1s);
  const Ids inside_first = arrive_many(world, "u", 1, staying_away({}, {"chat.general.*"}));
  world.pass(5s);
  early.listen("chat.general.*");
  world.pass(3s);
  EXPECT_EQ(lost(world, inside_first), 0U);
  // It comes back with its subscription, and goes again.
  EXPECT_GE(world.metric(MetricId::kicks_total, {"room_connections", "reject_new"}), 1);
}

TEST(Limits, UsersByPatternHaveTheirOwn) {
  DaemonWorld world(
      with_limits("  connections_per_user: { max: 1 }\n"
                  "  users: { bob: { connections: 3 }, \"bot-*\": { connections: unlimited } }\n"),
      start);
  world.boot();
  world.pass(1s);
  const Ids bobs = arrive(world, "bob", 5, staying_away());
  const Ids bots = arrive(world, "bot-7", 5, staying_away());
  const Ids anns = arrive(world, "ann", 5, staying_away());
  world.pass(5s);
  EXPECT_EQ(inside(world, bobs), last(bobs, 3));
  EXPECT_EQ(inside(world, bots), bots);
  EXPECT_EQ(inside(world, anns), last(anns, 1));
}

TEST(Limits, AdministratorsStillGetInWhenItIsFull) {
  DaemonWorld world(with_limits("  account_connections: { max: 3, reserved_for_admins: 1 }\n"
                                "  admin_users: [APP/root]\n"),
                    start);
  world.boot();
  world.pass(1s);
  const Ids users = arrive_many(world, "user", 5, staying_away());
  world.pass(5s);
  EXPECT_EQ(inside(world, users), first(users, 3));
  const Ids roots = arrive(world, "root", 2, staying_away());
  world.pass(5s);
  EXPECT_EQ(inside(world, roots), first(roots, 1));
  EXPECT_EQ(inside(world, users), first(users, 3));
}

TEST(Limits, LoweredWithEnforceNowTheNewestGoAtOnce) {
  DaemonWorld world(account_of(50), start);
  world.boot();
  const Ids all = arrive_many(world, "user", 50, staying_away());
  world.pass(1min);
  world.write_config(account_of(20));
  world.pass(5s);
  EXPECT_EQ(inside(world, all), first(all, 20));
}

TEST(Limits, LoweredWithoutItThoseInsideStayAndNobodyElseComesIn) {
  DaemonWorld world(account_of(50), start);
  world.boot();
  const Ids all = arrive_many(world, "user", 50, staying_away());
  world.pass(1min);
  world.write_config(account_of(20, ", enforce_now: false"));
  world.pass(1min);
  EXPECT_EQ(inside(world, all), all);
  EXPECT_EQ(world.metric(MetricId::limit_kept, {"account_connections"}), 30);
  const Ids late = arrive_many(world, "late", 5, staying_away());
  world.pass(5s);
  EXPECT_TRUE(inside(world, late).empty());
  // A restart is no reason to end them either: who was inside is remembered in the bucket.
  world.shut_down();
  world.pass(10s);
  world.boot();
  world.pass(1min);
  EXPECT_EQ(inside(world, all), all);
  EXPECT_EQ(world.metric(MetricId::limit_kept, {"account_connections"}), 30);
  const Ids later = arrive_many(world, "later", 5, staying_away());
  world.pass(5s);
  EXPECT_TRUE(inside(world, later).empty());
  // As they leave, it becomes an ordinary limit.
  for (const FakeClientId id : last(all, 40)) world.nats.remove_client(id);
  world.pass(10s);
  const Ids again = arrive_many(world, "again", 15, staying_away());
  world.pass(10s);
  EXPECT_EQ(inside(world, again), first(again, 10));
}

TEST(Limits, WithoutItARecordThatCannotBeReadEndsNobody) {
  DaemonWorld world(account_of(20, ", enforce_now: false"), start);
  world.boot();
  world.pass(5s);
  world.shut_down();
  world.nats.publish("$KV.roomkeeper.limits",
                     R"({"lowered": {"account_connections": {"max": -1}}})");
  const Ids all = arrive_many(world, "user", 30, staying_away());
  world.boot();
  world.pass(1min);
  EXPECT_EQ(inside(world, all), all);
  EXPECT_EQ(world.logged("limits.bad_record"), 1U);
}

TEST(Limits, RaisedLimitsLetMoreIn) {
  DaemonWorld world(account_of(5), start);
  world.boot();
  const Ids all = arrive_many(world, "user", 10, {});
  world.pass(1min);
  EXPECT_EQ(lost(world, first(all, 5)), 0U);
  world.write_config(account_of(10));
  world.pass(2min);
  EXPECT_EQ(inside(world, all), all);
}

TEST(Limits, TheNoticeNamesTheLimit) {
  DaemonWorld world(with_limits("", "rooms: [ {id: general, room_connections: { max: 1 }} ]\n"),
                    start);
  world.boot();
  world.pass(3s);
  arrive_many(world, "u", 1, staying_away({}, {"chat.general.*"}));
  FakeClientOptions options = staying_away({}, {"chat.general.*", "rooms.v-0.notice"});
  const Ids late = arrive_many(world, "v", 1, options);
  world.pass(5s);
  const FakeClient& client = world.nats.client(late[0]);
  ASSERT_EQ(client.received.size(), 1U);
  const json notice = json::parse(client.received[0].data);
  EXPECT_EQ(notice["limit"], json("room_connections"));
  EXPECT_EQ(notice["of"], json("general"));
  EXPECT_EQ(notice["max"], json(1));
  EXPECT_EQ(notice["used"], json(2));
}

// Somebody's connection breaks after it was listed on one server, and is back on another before
// that one's turn: the same look would count both, and a limit of three evict an old one.
TEST(Limits, WhoComesBackWhileALookIsMadeIsNotCountedTwice) {
  DaemonWorld world(with_limits("  connections_per_user: { max: 3 }\n"), start);
  world.nats.add_server("second");
  world.nats.set_latency(1ms);
  world.boot();
  world.pass(5s);
  const Ids bobs = arrive(world, "bob", 3, staying_away());
  world.pass(10s);
  bool moved = false;
  FakeClientId back = 0;
  world.nats.on_connz_page([&] {
    if (moved) return;
    moved = true;
    world.nats.remove_client(bobs[2]);
    back = world.nats.add_client("APP", "bob", staying_away("second"));
  });
  world.pass(1min);
  ASSERT_TRUE(moved);
  world.nats.on_connz_page(nullptr);
  world.pass(1min);
  EXPECT_EQ(lost(world, {bobs[0], bobs[1], back}), 0U);
}

TEST(Limits, AnInstanceThatDoesNotHoldTheAccountKicksNobody) {
  DaemonWorld world(account_of(2), start);
  world.boot();
  world.pass(5s);
  world.shut_down();
  world.write_config(
      "instance: staging\nlimits:\n  exempt_users: [APP/roomkeeper]\n"
      "  account_connections: { max: 1 }\nrooms: []\n");
  const Ids all = arrive_many(world, "user", 5, staying_away());
  world.boot();
  world.pass(2min);
  EXPECT_EQ(inside(world, all), all);
}

TEST(Limits, ARoomLimitThatTheApiMakesHoldsAtOnce) {
  DaemonWorld world(with_limits("  interval: 1h\n"), start);
  world.boot();
  world.pass(5s);
  const Ids all = arrive_many(world, "u", 3, staying_away({}, {"chat.club.*"}));
  world.pass(20s);
  EXPECT_EQ(
      refusal(world, "room.create", R"({"room": {"id": "club", "room_connections": {"max": 1}}})"),
      "");
  world.pass(10s);
  EXPECT_EQ(inside(world, all), first(all, 1));
}

// Rooms are known only when the streams were listed: until then none of their rules is gone.
TEST(Limits, ARoomThatWasLoweredStaysSoOverARestart) {
  const auto yaml = [](int max) {
    return with_limits("", "rooms: [ {id: general, room_connections: { max: " +
                               std::to_string(max) + ", enforce_now: false }} ]\n");
  };
  DaemonWorld world(yaml(10), start);
  world.boot();
  world.pass(5s);
  const Ids all = arrive_many(world, "u", 6, staying_away({}, {"chat.general.*"}));
  world.pass(10s);
  world.write_config(yaml(2));
  world.pass(1min);
  EXPECT_EQ(inside(world, all), all);
  world.shut_down();
  const Ids meanwhile = arrive_many(world, "v", 2, staying_away({}, {"chat.general.*"}));
  world.boot();
  world.pass(1min);
  EXPECT_EQ(inside(world, all), all);
  EXPECT_TRUE(inside(world, meanwhile).empty()) << "it was lowered before they came";
}

// 1,000 clients that reconnect for ever over a limit of 500, for a minute.
TEST(Limits, AStormTouchesNobodyWithinTheLimitAndStaysUnderTheBound) {
  DaemonWorld world(with_limits("  account_connections: { max: 500 }\n  kicks_per_second: 100\n"),
                    start);
  world.boot();
  world.pass(1s);
  const Ids within = arrive_many(world, "first", 500, {});
  world.pass(5s);
  Ids over;
  for (int i = 0; i < 1000; ++i)
    over.push_back(world.nats.add_client("APP", "storm-" + std::to_string(i)));
  EXPECT_LE(most_lost_in_a_second(world, over, 600), 100U);
  EXPECT_EQ(lost(world, within), 0U);
  EXPECT_GE(lost(world, over), 1000U) << "everybody was kicked";
  // Twenty of a window of 10 s one by one, and a sum: not one a kick.
  EXPECT_LE(world.logged("connections.kicked"), 7U * 21U);
}

}  // namespace
}  // namespace roomkeeper::testing
