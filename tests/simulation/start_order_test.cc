// Start order does not matter: the server comes later, goes, refuses, forgets; and the end comes in
// time.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view rooms = R"(
instance: seoul
reconcile: { on_removal: delete }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
rooms:
  - { id: general }
  - { id: lobby }
)";

TEST(StartOrder, ServerAnHourLater) {
  DaemonWorld world(rooms, start);
  world.nats.stop();
  world.boot();
  world.pass(1h);
  EXPECT_EQ(world.metric(MetricId::up), 0);
  world.nats.start();
  world.pass(5s);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(world.metric(MetricId::up), 1);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(StartOrder, ServerRestarts) {
  DaemonWorld world(rooms, start);
  world.boot();
  world.pass(5s);
  for (int i = 0; i < 5; ++i) {
    world.nats.stop();
    world.pass(20s);
    EXPECT_FALSE(world.ready());
    world.nats.start();
    world.pass(20s);
    EXPECT_TRUE(world.ready());
  }
  EXPECT_EQ(world.metric(MetricId::nats_reconnects_total), 5);
  world.nats.delete_stream("ROOM_general");
  world.pass(3s);
  EXPECT_EQ(verdict(world, "general"), "ready/ok") << "advisories are heard again";
}

TEST(StartOrder, AMidnightDuringARestartIsMadeUp) {
  DaemonWorld world(rooms, "2026-11-22T14:59:00Z");
  world.boot();
  world.say("general", "bob", "old");
  world.nats.stop();
  world.pass(3min);
  EXPECT_EQ(world.messages("general"), 1U);
  world.nats.start();
  world.pass(5s);
  EXPECT_EQ(world.messages("general"), 0U);
}

TEST(StartOrder, ServerThatComesBackWithoutItsStore) {
  DaemonWorld world(rooms, start);
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(70s);
  world.nats.stop();
  world.nats.lose_everything();
  world.nats.start();
  world.pass(10s);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(verdict(world, "lobby"), "ready/ok");
  EXPECT_EQ(verdict(world, "team"), "room_not_found") << "what only the bucket knew is lost";
}

TEST(StartOrder, AnotherVersionAfterARestart) {
  DaemonWorld world(rooms, start, {.version = "2.10.29"});
  world.boot();
  world.nats.stop();
  world.nats.set_version("2.15.2");
  world.nats.start();
  world.pass(10s);
  EXPECT_EQ(ask(world, "status")["server_version"], json("2.15.2"));
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  world.nats.forget_counts();
  world.pass(10min);
  EXPECT_EQ(writes(world), 0U) << "metadata that the new server adds is none of ours";
}

TEST(StartOrder, ARefusalByAuthenticationIsSurvived) {
  DaemonWorld world(rooms, start);
  world.nats.refuse("roomkeeper");
  world.boot();
  world.pass(5min);
  EXPECT_FALSE(world.ready());
  EXPECT_TRUE(world.nats.streams().empty());
  world.nats.accept("roomkeeper");
  world.pass(2min);
  EXPECT_TRUE(world.ready());
}

TEST(StartOrder, ARefusalOnReconnectIsSurvived) {
  DaemonWorld world(rooms, start);
  world.boot();
  world.nats.refuse("roomkeeper");
  world.nats.disconnect("APP", "roomkeeper");
  world.pass(5min);
  EXPECT_FALSE(world.ready());
  world.nats.accept("roomkeeper");
  world.pass(2min);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(StartOrder, ARefusedSystemAccountStopsTheLimitsAndNothingElse) {
  DaemonWorld world(std::string(rooms) +
                        "limits: { connections_per_user: { max: 1 }, exempt_users: [APP/admin] }\n",
                    start);
  world.nats.refuse("sys");
  world.boot();
  const auto first = world.nats.add_client("APP", "bob", {.auto_reconnect = false});
  world.pass(10ms);
  const auto second = world.nats.add_client("APP", "bob", {.auto_reconnect = false});
  world.pass(1min);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(ask(world, "status")["limits_enforced"], json(false));
  EXPECT_TRUE(world.nats.client(first).connected());
  world.nats.accept("sys");
  world.pass(2min);
  EXPECT_EQ(ask(world, "status")["limits_enforced"], json(true));
  EXPECT_FALSE(world.nats.client(first).connected());
  EXPECT_TRUE(world.nats.client(second).connected());
}

TEST(StartOrder, ALostStateBucketIsNoEvidenceAgainstTheApisRooms) {
  DaemonWorld world(rooms, start);
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(5s);
  world.say("team", "bob", "hello");
  world.kill();
  ASSERT_TRUE(world.nats.delete_stream("KV_roomkeeper"));
  world.pass(1min);
  world.boot();
  world.pass(2h);
  EXPECT_EQ(world.messages("team"), 1U);
  EXPECT_EQ(verdict(world, "team"), "unknown/desired_incomplete");
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(ask(world, "status")["desired_complete"], json(false));
  EXPECT_NE(world.ask("status").find("the state bucket is younger than stream ROOM_team"),
            std::string::npos);
}

TEST(StartOrder, AStateBucketLostWhileRunningIsMadeAnewByTheNextWrite) {
  DaemonWorld world(rooms, start);
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(5s);
  world.say("team", "bob", "hello");
  ASSERT_TRUE(world.nats.delete_stream("KV_roomkeeper"));
  world.ask("room.create",
            R"({"room": {"id": "crew"}})");  // may be refused: the bucket has changed under it
  world.pass(2min);
  EXPECT_EQ(refusal(world, "room.update", R"({"room": {"id": "crew"}})").substr(0, 4), "room")
      << "known or not, but answered";
  world.ask("room.create", R"({"room": {"id": "crew"}})");
  world.pass(2min);
  EXPECT_EQ(verdict(world, "crew"), "ready/ok");
  EXPECT_EQ(world.messages("team"), 1U);
}

TEST(StartOrder, AnUnreadableStateBucketHoldsEverythingUntilItIsReadable) {
  DaemonWorld world(rooms, start);
  world.nats.silence("$JS.API.STREAM.CREATE.KV_roomkeeper");
  world.nats.silence("$JS.API.STREAM.INFO.KV_roomkeeper");
  world.boot();
  world.pass(3min);
  EXPECT_FALSE(world.ready());
  EXPECT_FALSE(world.has_stream("general")) << "whose account it is has not been seen";
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "not_ready");
  world.nats.speak();
  world.pass(1min);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(StartOrder, AnOldServerIsRefusedInClearWords) {
  DaemonWorld world(rooms, start, {.version = "2.9.25"});
  world.boot();
  world.pass(5min);
  EXPECT_FALSE(world.ready());
  EXPECT_TRUE(world.nats.streams().empty());
  EXPECT_EQ(
      ask(world, "status").value("nats_error", ""),
      "nats-server 2.9.25 is older than 2.10, which is the oldest that Roomkeeper works with");
  EXPECT_GE(world.logged("nats.unsupported version=2.9.25"), 1U);
  EXPECT_NE(world.ask("doctor").find("upgrade nats-server"), std::string::npos);
  world.nats.stop();
  world.nats.set_version("2.10.29");
  world.nats.start();
  world.pass(10s);
  EXPECT_TRUE(world.ready()) << "replaced by a newer one";
}

TEST(StartOrder, ItEndsInTimeWithRequestsOutstanding) {
  DaemonWorld world(rooms, start);
  world.boot();
  world.pass(1s);
  world.nats.silence(">");
  world.nats.delete_stream("ROOM_general");
  world.write_config(std::string(rooms) + "  - { range: \"game-{1..100}\" }\n");
  world.pass(2s);  // listings, creations and looks wait for replies that do not come
  const auto before = world.clock.mono();
  world.shut_down();
  EXPECT_LE(world.clock.mono() - before, policies::Nanoseconds(10s));
  EXPECT_FALSE(world.running());
}

TEST(StartOrder, ItEndsInTimeWithoutAServer) {
  DaemonWorld world(rooms, start);
  world.nats.stop();
  world.boot();
  world.pass(10s);
  const auto before = world.clock.mono();
  world.shut_down();
  EXPECT_LE(world.clock.mono() - before, policies::Nanoseconds(10s));
}

TEST(StartOrder, AfterTheEndNothingIsSentAnyMore) {
  DaemonWorld world(rooms, start);
  world.boot();
  world.pass(1s);
  world.shut_down();
  world.nats.forget_counts();
  world.pass(1h);
  EXPECT_EQ(world.nats.count(">"), 0U);
}

}  // namespace
}  // namespace roomkeeper::testing
