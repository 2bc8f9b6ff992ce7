// Pools by the whole daemon: rooms that share one stream, from their making to their end.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view start = "2026-11-22T10:00:00Z";

/// Two pools, and a room with a stream of its own.
std::string pools(const std::string& more = {}, const std::string& rooms = {}) {
  return R"(
instance: seoul
)" + more +
         R"(
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  lobby: { layout: pooled, retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  games: { layout: pooled, retention: { max_age: 30d } }
rooms:
  - { id: general }
)" +
         (rooms.empty() ? R"(  - { id: a, template: lobby, title: 첫째 방 }
  - { id: b, template: lobby }
  - { id: chess, template: games }
)"
                        : rooms);
}

std::uint64_t stored(const DaemonWorld& world, const std::string& stream) {
  const FakeStream* found = world.nats.stream(stream);
  return found == nullptr ? 0 : found->messages().size();
}

std::uint64_t stream_writes(const DaemonWorld& world) {
  return world.nats.count("$JS.API.STREAM.CREATE.>") + world.nats.count("$JS.API.STREAM.UPDATE.>") +
         world.nats.count("$JS.API.STREAM.DELETE.>");
}

json room(DaemonWorld& world, const std::string& id) {
  return ask(world, "room.show", R"({"room":")" + id + "\"}");
}

TEST(PooledRooms, ComeIntoBeingWithOneStreamEach) {
  DaemonWorld world(pools(), start);
  world.boot();
  world.pass(5s);
  EXPECT_EQ(verdict(world, "a"), "ready/ok");
  EXPECT_EQ(verdict(world, "b"), "ready/ok");
  EXPECT_EQ(verdict(world, "chess"), "ready/ok");
  EXPECT_FALSE(world.has_stream("a"));
  EXPECT_EQ(config_of(world, "POOL_lobby")["subjects"], json::parse(R"(["chat.lobby.*.*"])"));
  EXPECT_EQ(config_of(world, "POOL_lobby")["discard"], "new");
  EXPECT_EQ(metadata_of(world, "POOL_lobby", "roomkeeper.room"), "*");
  EXPECT_EQ(metadata_of(world, "POOL_lobby", "roomkeeper.template"), "lobby");
}

TEST(PooledRooms, TellTheirClientsTheirSubjects) {
  DaemonWorld world(pools(), start);
  world.boot();
  const json shown = room(world, "a");
  EXPECT_EQ(shown["layout"], "pooled");
  EXPECT_EQ(shown["stream"], "POOL_lobby");
  EXPECT_EQ(shown["publish_subject"], "chat.lobby.a.{user}");
  EXPECT_EQ(shown["subscribe_subject"], "chat.lobby.a.*");
  EXPECT_EQ(shown["title"], "첫째 방");
}

TEST(PooledRooms, ShowWhatEachOfThemStores) {
  DaemonWorld world(pools(), start);
  world.boot();
  world.nats.publish("chat.lobby.a.bob", "one");
  world.nats.publish("chat.lobby.a.eve", "two");
  world.nats.publish("chat.lobby.b.bob", "three");
  world.pass(1s);
  const json shown = room(world, "a");
  EXPECT_EQ(shown["messages"], 2);
  EXPECT_TRUE(shown.contains("last_message"));
  world.pass(2min);  // counted by a pass
  const json listed = ask(world, "room.ls", R"({"match":"b"})");
  ASSERT_EQ(listed["rooms"].size(), 1U);
  EXPECT_EQ(listed["rooms"][0]["messages"], 1);
  EXPECT_TRUE(listed["rooms"][0].contains("last_message"));
}

TEST(PooledRooms, ARoomMoreChangesNoStream) {
  DaemonWorld world(pools(), start);
  world.boot();
  world.pass(5s);
  world.nats.forget_counts();
  world.write_config(pools("",
                           "  - { id: a, template: lobby }\n  - { id: b, template: lobby }\n"
                           "  - { id: c, template: lobby }\n  - { id: chess, template: games }\n"));
  world.pass(10s);
  EXPECT_EQ(verdict(world, "c"), "ready/ok");
  EXPECT_EQ(stream_writes(world), 0U);
  const json made = ask(world, "room.create", R"({"room":{"id":"d","template":"lobby"}})");
  EXPECT_FALSE(made.contains("error")) << made;
  world.pass(5s);
  EXPECT_EQ(verdict(world, "d"), "ready/ok");
  EXPECT_EQ(stream_writes(world), 0U);
}

/// A thousand rooms of the lobby, from `first` on.
std::string thousand(int first) {
  std::string rooms;
  for (int i = first; i < first + 1000; ++i)
    rooms += "  - { id: r" + std::to_string(i) + ", template: lobby }\n";
  return rooms;
}

TEST(PooledRooms, AReloadTouchesOnlyTheRoomsThatChanged) {
  DaemonWorld world(pools("", thousand(0)), start);
  world.boot();
  world.pass(10s);
  EXPECT_EQ(verdict(world, "r999"), "ready/ok");
  world.nats.forget_counts();
  world.write_config(pools("", thousand(7)));  // seven go, seven come
  world.pass(1min);
  EXPECT_EQ(verdict(world, "r1006"), "ready/ok");
  EXPECT_EQ(verdict(world, "r3"), "orphaned/orphaned");
  EXPECT_EQ(stream_writes(world), 0U);
  EXPECT_LE(world.nats.count("$KV.roomkeeper.pool.>"), 7U);  // pieces of the roster
  EXPECT_GE(world.nats.count("$KV.roomkeeper.pool.>"), 1U);
  EXPECT_EQ(world.logged("roster.written rooms=7"), 1U);
}

TEST(PooledRooms, SurviveAKillWithTheirRoster) {
  DaemonWorld world(pools(), start);
  world.boot();
  world.pass(5s);
  world.kill();
  world.nats.forget_counts();
  world.boot();
  world.pass(5s);
  EXPECT_EQ(verdict(world, "a"), "ready/ok");
  EXPECT_EQ(stream_writes(world), 0U);
  EXPECT_EQ(world.logged("roster.written"), 1U);  // the first time
}

TEST(PooledRooms, AreAllEmptiedByOnePurgeAtMidnight) {
  DaemonWorld world(pools(), start);
  world.boot();
  for (int i = 0; i < 20; ++i) {
    world.nats.publish("chat.lobby.a.bob", "x");
    world.nats.publish("chat.lobby.b.eve", "x");
    world.nats.publish("chat.games.chess.eve", "x");
  }
  world.pass(1min);
  world.nats.forget_counts();
  world.pass_until("2026-11-22T15:00:01Z");
  EXPECT_EQ(stored(world, "POOL_lobby"), 0U);
  EXPECT_EQ(stored(world, "POOL_games"), 20U);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.PURGE.POOL_lobby"), 1U);
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"midnight"}), 40);
  world.pass(2min);
  EXPECT_EQ(room(world, "a")["messages"], 0);
}

TEST(PooledRooms, KeepTodaysMessagesOverMidnight) {
  DaemonWorld world(pools(), start);
  world.boot();
  world.nats.publish("chat.lobby.a.bob", "old");
  world.pass_until("2026-11-22T14:59:59.999Z");
  world.nats.publish("chat.lobby.b.bob", "old too");
  world.pass_until("2026-11-22T15:00:00Z");
  world.nats.publish("chat.lobby.a.bob", "new");
  world.pass(10s);
  EXPECT_EQ(stored(world, "POOL_lobby"), 1U);
  EXPECT_EQ(room(world, "a")["messages"], 1);
  EXPECT_EQ(room(world, "b")["messages"], 0);
}

TEST(PooledRooms, ARemovedRoomLosesItsMessagesAndNoOther) {
  DaemonWorld world(pools("reconcile: { on_removal: delete }"), start);
  world.boot();
  world.pass(1s);
  world.nats.publish("chat.lobby.a.bob", "x");
  world.nats.publish("chat.lobby.a.eve", "x");
  world.nats.publish("chat.lobby.b.bob", "x");
  world.nats.forget_counts();
  world.write_config(pools("reconcile: { on_removal: delete }",
                           "  - { id: b, template: lobby }\n  - { id: chess, template: games }\n"));
  world.pass(1min);
  EXPECT_EQ(stored(world, "POOL_lobby"), 1U);
  EXPECT_EQ(refusal(world, "room.show", R"({"room":"a"})"), "room_not_found");
  EXPECT_EQ(verdict(world, "b"), "ready/ok");
  EXPECT_EQ(stream_writes(world), 0U);
  EXPECT_EQ(world.logged("room.changed room=a stream=POOL_lobby change=remove reason=not_wanted"),
            1U);
}

TEST(PooledRooms, ARemovedRoomStaysWhereOrphansAreKept) {
  DaemonWorld world(pools(), start);
  world.boot();
  world.nats.publish("chat.lobby.a.bob", "x");
  world.write_config(
      pools("", "  - { id: b, template: lobby }\n  - { id: chess, template: games }\n"));
  world.pass(2min);
  EXPECT_EQ(verdict(world, "a"), "orphaned/orphaned");
  EXPECT_EQ(stored(world, "POOL_lobby"), 1U);
}

TEST(PooledRooms, AnApiRoomIsRemovedByItsRecord) {
  DaemonWorld world(pools("reconcile: { on_removal: delete }"), start);
  world.boot();
  ask(world, "room.create", R"({"room":{"id":"d","template":"lobby"}})");
  world.pass(5s);
  world.nats.publish("chat.lobby.d.bob", "x");
  world.nats.publish("chat.lobby.a.bob", "x");
  const json removed = ask(world, "room.rm", R"({"room":"d"})");
  EXPECT_FALSE(removed.contains("error")) << removed;
  world.pass(1min);
  EXPECT_EQ(refusal(world, "room.show", R"({"room":"d"})"), "room_not_found");
  EXPECT_EQ(stored(world, "POOL_lobby"), 1U);
  world.kill();
  world.boot();
  world.pass(1min);
  EXPECT_EQ(refusal(world, "room.show", R"({"room":"d"})"), "room_not_found");
}

TEST(PooledRooms, TheGuardStopsAfterAFewRemovals) {
  std::string many;
  for (int i = 0; i < 40; ++i) many += "  - { id: r" + std::to_string(i) + ", template: lobby }\n";
  const std::string guarded = "reconcile: { on_removal: delete, max_removals: 10 }";
  DaemonWorld world(pools(guarded, many), start);
  world.boot();
  for (int i = 0; i < 40; ++i) world.nats.publish("chat.lobby.r" + std::to_string(i) + ".bob", "x");
  world.pass(2min);
  world.write_config(pools(guarded, "  - { id: r0, template: lobby }\n"));
  world.pass(10min);
  EXPECT_EQ(stored(world, "POOL_lobby"), 38U);  // 5 % of 41 rooms
}

TEST(PooledRooms, ALostBucketRemovesNothingAndTheRoomsComeBack) {
  DaemonWorld world(pools("reconcile: { on_removal: delete }"), start);
  world.boot();
  ask(world, "room.create", R"({"room":{"id":"d","template":"lobby"}})");
  world.pass(5s);
  world.nats.publish("chat.lobby.d.bob", "x");
  world.nats.publish("chat.lobby.a.bob", "x");
  world.kill();
  world.nats.delete_stream("KV_roomkeeper");
  world.boot();
  world.pass(5min);
  EXPECT_EQ(stored(world, "POOL_lobby"), 2U);
  EXPECT_EQ(verdict(world, "a"), "ready/ok");
  EXPECT_EQ(verdict(world, "d"), "orphaned/never_defined");
}

TEST(PooledRooms, AnUnreadableRosterStopsEverythingButTheMidnight) {
  DaemonWorld world(pools("reconcile: { on_removal: delete }"), start);
  world.boot();
  world.pass(5s);
  world.nats.publish("chat.lobby.a.bob", "x");
  world.kill();
  world.nats.publish("$KV.roomkeeper.pool.lobby.00", "not json");
  world.write_config(
      pools("reconcile: { on_removal: delete }", "  - { id: b, template: lobby }\n"));
  world.boot();
  world.pass(1min);
  EXPECT_EQ(stored(world, "POOL_lobby"), 1U);
  EXPECT_EQ(world.logged("roster.unreadable"), 1U);
  world.pass_until("2026-11-22T15:00:05Z");
  EXPECT_EQ(stored(world, "POOL_lobby"), 0U);
}

TEST(PooledRooms, AShorterRuleOfAPoolWaitsForConsentOnce) {
  DaemonWorld world(pools(), start);
  world.boot();
  world.pass(5s);
  world.nats.publish("chat.games.chess.bob", "x");
  std::string shorter = pools();
  shorter.replace(shorter.find("30d"), 3, "10d");
  world.write_config(shorter);
  world.pass(1min);
  EXPECT_EQ(verdict(world, "chess"), "pending_consent/lossy_change");
  const json plan = ask(world, "plan");
  ASSERT_EQ(plan["total"], 1);
  EXPECT_EQ(plan["entries"][0]["pool"], "games");
  EXPECT_EQ(plan["entries"][0]["room"], "");
  EXPECT_EQ(config_of(world, "POOL_games")["max_age"].get<std::int64_t>(),
            30LL * 86400 * 1000000000);
  ask(world, "apply", R"({"allow_lossy":true,"pools":["games"]})");
  world.pass(5s);
  EXPECT_EQ(config_of(world, "POOL_games")["max_age"].get<std::int64_t>(),
            10LL * 86400 * 1000000000);
  EXPECT_EQ(verdict(world, "chess"), "ready/ok");
}

TEST(PooledRooms, ADeletedPoolComesBackAboveItsSequences) {
  DaemonWorld world(pools(), start);
  world.boot();
  for (int i = 0; i < 5; ++i) world.nats.publish("chat.lobby.a.bob", "x");
  world.pass(2min);
  world.nats.delete_stream("POOL_lobby");
  world.pass(2min);
  EXPECT_EQ(verdict(world, "a"), "ready/ok");
  EXPECT_EQ(config_of(world, "POOL_lobby")["first_seq"], 6);
}

TEST(PooledRooms, ATemplateThatBecomesAPoolWaitsForAMove) {
  DaemonWorld world(pools(), start);
  world.boot();
  world.nats.publish("chat.general.bob", "x");
  std::string changed = pools();
  changed.replace(changed.find("{ id: general }"), 15, "{ id: general, template: lobby }");
  world.write_config(changed);
  world.pass(1min);
  EXPECT_EQ(verdict(world, "general"), "blocked/layout_change");
  EXPECT_EQ(stored(world, "ROOM_general"), 1U);
  EXPECT_EQ(room(world, "general")["publish_subject"], "chat.general.{user}");
  // The rule last applied goes on.
  world.pass_until("2026-11-22T15:00:05Z");
  EXPECT_EQ(stored(world, "ROOM_general"), 0U);
}

TEST(PooledRooms, StrangersMessagesAreShownAndKept) {
  DaemonWorld world(pools("reconcile: { on_removal: delete }"), start);
  world.boot();
  world.nats.publish("chat.games.ghost.mallory", "boo");
  world.pass(2min);
  EXPECT_EQ(verdict(world, "ghost"), "orphaned/never_defined");
  EXPECT_EQ(stored(world, "POOL_games"), 1U);
}

TEST(PooledRooms, AreToldToTheAuditInGroups) {
  DaemonWorld world(pools(), start);
  Operator auditor(world);
  auditor.listen("roomkeeper.audit.>");
  world.boot();
  world.pass(10s);
  std::size_t rooms = 0;
  for (const std::string& heard : auditor.heard()) {
    const json entry = json::parse(heard);
    if (entry["kind"] != "room_pooled") continue;
    rooms += entry.contains("rooms") ? entry["rooms"].size() : 1;
    EXPECT_EQ(entry["reason"], "room_missing");
  }
  EXPECT_EQ(rooms, 3U);
}

}  // namespace
}  // namespace roomkeeper::testing
