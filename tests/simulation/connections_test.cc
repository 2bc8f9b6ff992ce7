// The connection limit as the whole daemon keeps it: who goes, who never does, and how hard it
// works for that.
#include <algorithm>
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

std::string limited(int max, const std::string& on_limit = "evict_oldest",
                    const std::string& more = {}) {
  return "instance: seoul\nlimits:\n  connections_per_user: { max: " + std::to_string(max) +
         ", on_limit: " + on_limit +
         " }\n  exempt_users: [APP/admin, APP/roomkeeper, APP/operator" + more + "]\n";
}

TEST(Connections, EvictOldestLeavesExactlyTheNewest) {
  DaemonWorld world(limited(3), start);
  world.boot();
  world.pass(5s);
  const Ids bobs = arrive(world, "bob", 5, staying_away());
  world.pass(10s);
  EXPECT_EQ(world.nats.connected("APP", "bob"), (Ids{bobs[2], bobs[3], bobs[4]}));
  EXPECT_EQ(world.metric(MetricId::kicks_total, {"connections_per_user", "evict_oldest"}), 2);
  world.pass(10min);
  EXPECT_EQ(world.nats.connected("APP", "bob").size(), 3U);
}

TEST(Connections, RejectNewLeavesExactlyTheOldest) {
  DaemonWorld world(limited(3, "reject_new"), start);
  world.boot();
  world.pass(5s);
  const Ids bobs = arrive(world, "bob", 5, staying_away());
  world.pass(10s);
  EXPECT_EQ(world.nats.connected("APP", "bob"), (Ids{bobs[0], bobs[1], bobs[2]}));
  EXPECT_EQ(world.metric(MetricId::kicks_total, {"connections_per_user", "reject_new"}), 2);
}

TEST(Connections, RejectNewKeepsTheOldestAlsoAgainstClientsThatComeBack) {
  DaemonWorld world(limited(2, "reject_new"), start);
  world.boot();
  world.pass(5s);
  const Ids bobs = arrive(world, "bob", 5, {});
  world.pass(5min);
  EXPECT_EQ(lost(world, {bobs[0], bobs[1]}), 0U);
  EXPECT_GT(lost(world, {bobs[2], bobs[3], bobs[4]}), 3U);
}

TEST(Connections, NobodyIsKickedWhileNobodyIsOver) {
  DaemonWorld world(limited(3), start);
  world.boot();
  Ids all;
  for (int user = 0; user < 50; ++user) {
    const Ids some = arrive(world, "user-" + std::to_string(user), 3, {});
    all.insert(all.end(), some.begin(), some.end());
  }
  world.pass(10min);
  EXPECT_EQ(lost(world, all), 0U);
  EXPECT_EQ(world.nats.count("$SYS.REQ.SERVER.*.KICK"), 0U);
}

TEST(Connections, AfterStartTheFirstRoundOnlyLooks) {
  DaemonWorld world(limited(3), start);
  const Ids bobs = arrive(world, "bob", 5, staying_away());
  world.boot();
  EXPECT_EQ(world.nats.connected("APP", "bob").size(), 5U);
  EXPECT_GE(world.nats.count("$SYS.REQ.SERVER.*.CONNZ"), 1U) << "it has looked";
  EXPECT_EQ(world.logged("connections.left_for_now reason=first_look connections=2"), 1U);
  world.pass(2s);
  EXPECT_EQ(world.nats.connected("APP", "bob"), (Ids{bobs[2], bobs[3], bobs[4]}));
}

TEST(Connections, AClientIsToldWhyBeforeItIsKicked) {
  DaemonWorld world(limited(3), start);
  world.boot();
  world.pass(5s);
  FakeClientOptions options = staying_away();
  options.subscriptions = {"rooms.bob.notice"};
  const Ids bobs = arrive(world, "bob", 4, options);
  world.pass(5s);
  const FakeClient& first = world.nats.client(bobs[0]);
  ASSERT_FALSE(first.connected());
  // It is gone for good and yet has it: the notice came before the kick.
  ASSERT_EQ(first.received.size(), 1U);
  const json notice = json::parse(first.received[0].data);
  EXPECT_EQ(notice["code"], json("connection_limit"));
  EXPECT_EQ(notice["limit"], json("connections_per_user"));
  EXPECT_EQ(notice["reason"], json("evict_oldest"));
  EXPECT_EQ(notice["max"], json(3));
  EXPECT_EQ(notice["used"], json(4));
  EXPECT_EQ(notice["server_id"], json(first.server_id));
  EXPECT_EQ(notice["cid"], json(first.cid));
  EXPECT_GE(notice["retry_after"], json(1));
}

TEST(Connections, AUserWhoseNameIsNoTokenIsToldUnderTheNamesBase32) {
  DaemonWorld world(limited(1), start);
  world.boot();
  Operator hand(world);
  hand.listen("rooms.*.notice");
  world.pass(5s);
  arrive(world, "bob the.builder", 2, staying_away());
  world.pass(5s);
  ASSERT_EQ(hand.heard().size(), 1U);
  EXPECT_EQ(world.nats.connected("APP", "bob the.builder").size(), 1U);
}

TEST(Connections, ExemptSharedAndNamelessConnectionsAreNeverKicked) {
  DaemonWorld world(limited(1, "evict_oldest", ", APP/robot") + "  shared_users: [APP/lobby]\n",
                    start);
  world.boot();
  Ids safe = arrive(world, "robot", 5, {});
  for (const char* user : {"lobby", "", "[REDACTED]"}) {
    const Ids some = arrive(world, user, 5, {});
    safe.insert(safe.end(), some.begin(), some.end());
  }
  const Ids bobs = arrive(world, "bob", 3, staying_away());
  world.pass(5min);
  EXPECT_EQ(lost(world, safe), 0U);
  EXPECT_EQ(world.nats.connected("APP", "bob").size(), 1U);
  const json status = ask(world, "status");
  EXPECT_NE(status["not_counted"].size(), 0U);
}

TEST(Connections, OurOwnAndTheSystemConnectionsAreNeverKickedWhateverTheLimit) {
  DaemonWorld world("instance: seoul\nlimits:\n  connections_per_user: { max: 0 }\n", start);
  world.boot();
  const Ids bobs = arrive(world, "bob", 2, staying_away());
  world.pass(5min);
  EXPECT_TRUE(world.nats.connected("APP", "bob").empty()) << "0 lets nobody in who counts";
  EXPECT_EQ(world.metric(MetricId::nats_reconnects_total), 0);
  EXPECT_EQ(world.logged("nats.disconnected"), 0U);
  EXPECT_EQ(world.logged("nats.system_disconnected"), 0U);
  EXPECT_TRUE(world.ready());
}

TEST(Connections, AnotherAccountsUsersAreNotOurs) {
  DaemonWorld world(limited(1), start);
  world.nats.add_account("OTHER");
  world.boot();
  Ids theirs;
  for (int i = 0; i < 4; ++i) theirs.push_back(world.nats.add_client("OTHER", "bob"));
  world.pass(2min);
  EXPECT_EQ(lost(world, theirs), 0U);
}

TEST(Connections, WhileAServerIsSilentNobodyIsKickedInThatPass) {
  DaemonWorld world(limited(3), start);
  const std::size_t second = world.nats.add_server("second");
  world.boot();
  world.pass(5s);
  world.nats.set_silent(second, true);
  const Ids here = arrive(world, "bob", 3, staying_away());
  const Ids there = arrive(world, "bob", 2, staying_away("second"));
  world.pass(1s);
  EXPECT_EQ(lost(world, here) + lost(world, there), 0U);
  world.nats.set_silent(second, false);
  world.pass(1min);
  EXPECT_EQ(world.nats.connected("APP", "bob").size(), 3U)
      << "counted over both servers once both answer";
  EXPECT_EQ(lost(world, {here[0], here[1]}), 2U);
}

TEST(Connections, ASilenceIsCountedAndStatusNamesTheServer) {
  DaemonWorld world(limited(3), start);
  const std::size_t second = world.nats.add_server("second");
  world.boot();
  world.pass(5s);
  world.nats.set_silent(second, true);
  arrive(world, "bob", 1, staying_away());
  ASSERT_TRUE(
      world.loop.run_until([&] { return world.metric(MetricId::servers_silent_total) > 0; }, 30s));
  const json status = ask(world, "status");
  EXPECT_NE(world.ask("status").find("server " + world.nats.server_id(second) +
                                     " does not answer: nobody is kicked"),
            std::string::npos)
      << status;
}

TEST(Connections, KicksPerSecondAreBounded) {
  DaemonWorld world(limited(1) + "  kicks_per_second: 10\n", start);
  world.boot();
  world.pass(5s);
  Ids all;
  for (int user = 0; user < 100; ++user) {
    for (int i = 0; i < 2; ++i)
      all.push_back(world.nats.add_client("APP", "user-" + std::to_string(user), staying_away()));
  }
  EXPECT_LE(most_lost_in_a_second(world, all, 300), 10U);
  EXPECT_EQ(lost(world, all), 100U) << "and in the end each has exactly one left";
  for (int user = 0; user < 100; ++user)
    EXPECT_EQ(world.nats.connected("APP", "user-" + std::to_string(user)).size(), 1U);
}

TEST(Connections, ClientsThatComeBackAreKickedAtGrowingIntervals) {
  DaemonWorld world(limited(3), start);
  world.boot();
  world.pass(5s);
  const Ids bobs = arrive(world, "bob", 5, {});  // they come back after 2 s, for ever
  std::vector<std::uint64_t> by_minute;
  std::uint64_t before = 0;
  for (int minute = 0; minute < 10; ++minute) {
    world.pass(1min);
    by_minute.push_back(lost(world, bobs) - before);
    before += by_minute.back();
  }
  // Without growing intervals two would go every two seconds: 60 a minute.
  EXPECT_LE(by_minute.front(), 16U);
  EXPECT_GE(by_minute.front(), 4U);
  for (std::size_t minute = 4; minute < 10; ++minute)
    EXPECT_LE(by_minute[minute], 4U) << "minute " << minute;
  EXPECT_GE(before, 15U) << "it does not give up either";
  EXPECT_LE(world.nats.connected("APP", "bob").size(), 5U);
}

TEST(Connections, APersonWhoBehavesAgainIsForgiven) {
  DaemonWorld world(limited(3), start);
  world.boot();
  world.pass(5s);
  const Ids bobs = arrive(world, "bob", 5, {});
  world.pass(5min);
  for (const FakeClientId id : bobs) world.nats.remove_client(id);
  world.pass(10min);
  const Ids again = arrive(world, "bob", 5, staying_away());
  world.pass(3s);
  EXPECT_EQ(world.nats.connected("APP", "bob").size(), 3U) << "at once, not after a minute";
}

TEST(Connections, FiveHundredClientsInASecondAreAFewLooks) {
  DaemonWorld world(limited(3), start);
  world.boot();
  world.pass(40s);
  world.nats.forget_counts();
  for (int i = 0; i < 500; ++i) {
    world.nats.add_client("APP", "user-" + std::to_string(i));
    world.pass(2ms);
  }
  world.pass(1s);
  EXPECT_EQ(world.nats.count("$SYS.REQ.SERVER.*.CONNZ"), 0U) << "nobody can be over the limit";
  world.pass(4s);
  // One look of a page and an empty one, or two.
  EXPECT_LE(world.nats.count("$SYS.REQ.SERVER.*.CONNZ"), 4U);
  EXPECT_EQ(world.metric(MetricId::connections, {"counted"}), 500);
}

TEST(Connections, ManyClientsOverTheLimitAreAFewLooksToo) {
  DaemonWorld world(limited(3), start);
  world.boot();
  world.pass(40s);
  world.nats.forget_counts();
  Ids bobs;
  for (int i = 0; i < 500; ++i) {
    bobs.push_back(world.nats.add_client("APP", "bob", staying_away()));
    world.pass(2ms);
  }
  world.pass(1s);
  // Two seconds at four looks each, two pages a look.
  EXPECT_LE(world.nats.count("$SYS.REQ.SERVER.*.CONNZ"), 16U);
  EXPECT_GE(world.nats.count("$SYS.REQ.SERVER.*.CONNZ"), 2U);
  world.pass(1min);
  EXPECT_EQ(inside(world, bobs), last(bobs, 3));
}

TEST(Connections, WithoutEventsTheIntervalStillFindsWhoIsOver) {
  DaemonWorld world(limited(3), start);
  world.boot();
  world.pass(5s);
  world.nats.silence("$SYS.REQ.SERVER.*.KICK");
  const Ids bobs = arrive(world, "bob", 5, staying_away());
  world.pass(20s);
  EXPECT_EQ(lost(world, bobs), 0U);
  EXPECT_GE(world.metric(MetricId::kick_errors_total), 1) << "the server did not answer the kick";
  world.nats.speak();
  world.pass(2min);
  EXPECT_EQ(world.nats.connected("APP", "bob").size(), 3U);
}

TEST(Connections, ALimitThatIsLoweredWhileRunningHolds) {
  DaemonWorld world(limited(5), start);
  world.boot();
  const Ids bobs = arrive(world, "bob", 5, staying_away());
  world.pass(1min);
  ASSERT_EQ(lost(world, bobs), 0U);
  world.write_config(limited(2));
  world.pass(5s);
  EXPECT_EQ(world.nats.connected("APP", "bob"), (Ids{bobs[3], bobs[4]}));
}

TEST(Connections, WithoutASystemAccountNothingIsEnforcedAndStatusSaysSo) {
  DaemonWorld world(limited(1), start);
  world.with_system = false;
  world.boot();
  const Ids bobs = arrive(world, "bob", 5, {});
  world.pass(5min);
  EXPECT_EQ(lost(world, bobs), 0U);
  const json status = ask(world, "status");
  EXPECT_EQ(status["limits_enforced"], json(false));
  EXPECT_EQ(status["system_state"], json("not configured"));
  EXPECT_NE(status.value("limits_note", "").find("nats.system"), std::string::npos);
  EXPECT_EQ(refusal(world, "connection.ls"), "no_system_account");
  EXPECT_EQ(refusal(world, "connection.kick", R"({"user": "bob"})"), "no_system_account");
  EXPECT_TRUE(world.ready()) << "rooms need no system account";
}

TEST(Connections, AnAdministratorListsAndKicks) {
  DaemonWorld world(limited(3), start);
  world.boot();
  FakeClientOptions options = staying_away();
  options.subscriptions = {"rooms.bob.notice"};
  const Ids bobs = arrive(world, "bob", 2, options);
  world.pass(2s);
  const json list = ask(world, "connection.ls", R"({"user": "bob"})");
  ASSERT_EQ(list["total"], json(2)) << list;
  EXPECT_EQ(list["connections"][0]["counts"], json("yes"));
  EXPECT_EQ(ask(world, "connection.ls", R"({"user": "roomkeeper"})")["connections"][0]["counts"],
            json("own"));
  EXPECT_EQ(ask(world, "connection.ls", R"({"over": true})")["total"], json(0));

  const std::string cid = std::to_string(world.nats.client(bobs[0]).cid);
  EXPECT_EQ(ask(world, "connection.kick", "{\"cid\": " + cid + "}")["kicked"], json(1));
  EXPECT_EQ(world.nats.connected("APP", "bob"), (Ids{bobs[1]}));
  EXPECT_EQ(json::parse(world.nats.client(bobs[0]).received.at(0).data)["code"], json("kicked"));
  EXPECT_EQ(refusal(world, "connection.kick", "{\"cid\": " + cid + "}"), "connection_not_found");
  EXPECT_EQ(ask(world, "connection.kick", R"({"user": "bob"})")["kicked"], json(1));
  EXPECT_EQ(refusal(world, "connection.kick", R"({"user": "roomkeeper"})"), "unsafe");
  EXPECT_EQ(refusal(world, "connection.kick", "{}"), "bad_request");
  EXPECT_EQ(refusal(world, "connection.kick", R"({"user": "bob", "cid": 7})"), "bad_request");
  EXPECT_TRUE(world.ready());
}

}  // namespace
}  // namespace roomkeeper::testing
