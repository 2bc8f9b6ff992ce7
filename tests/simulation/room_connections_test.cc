// `room_connections` by the whole daemon: settings of a room that no stream and no pool has.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/audit_entries.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using api::AuditKind;
using metrics::MetricId;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr std::string_view start = "2026-11-22T10:00:00Z";

/// A pool whose second room has a limit of its own, and a room with a stream.
std::string house(const std::string& limit_of_b, const std::string& limits = {}) {
  return "instance: seoul\n" + limits +
         R"(templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  lobby:
    layout: pooled
    retention: { until: midnight, days: 0, timezone: Asia/Seoul }
    room_connections: { max: 50, reserved_for_admins: 2 }
rooms:
  - { id: a, template: lobby }
  - { id: b, template: lobby, room_connections: { max: )" +
         limit_of_b + R"( } }
  - { id: c, template: lobby }
  - { id: general, room_connections: { max: )" +
         limit_of_b + " } }\n";
}

std::uint64_t stream_writes(const DaemonWorld& world) {
  return world.nats.count("$JS.API.STREAM.CREATE.>") + world.nats.count("$JS.API.STREAM.UPDATE.>") +
         world.nats.count("$JS.API.STREAM.DELETE.>");
}

/// `value (origin)` of `room explain`.
std::string explained(DaemonWorld& world, const std::string& room, const std::string& key) {
  const json reply = ask(world, "room.explain", R"({"room":")" + room + "\"}");
  if (!reply.contains("values")) return reply.dump();
  for (const json& value : reply["values"]) {
    if (value["key"] == key)
      return value["value"].get<std::string>() + " (" + value["origin"].get<std::string>() + ")";
  }
  return "no such value";
}

TEST(RoomConnections, RoomsOfAPoolWithLimitsOfTheirOwnShareItsStream) {
  DaemonWorld world(house("5"), start);
  world.boot();
  world.pass(5s);
  for (const char* id : {"a", "b", "c", "general"}) EXPECT_EQ(verdict(world, id), "ready/ok") << id;
  EXPECT_FALSE(world.has_stream("b"));
  EXPECT_EQ(config_of(world, "POOL_lobby")["subjects"], json::parse(R"(["chat.lobby.*.*"])"));
  EXPECT_EQ(world.metric(MetricId::pool_rooms, {"lobby"}), 3);
  EXPECT_THAT(explained(world, "b", "room_connections.max"), HasSubstr("5 (room, "));
  EXPECT_THAT(explained(world, "b", "room_connections.reserved_for_admins"),
              HasSubstr("2 (template lobby, "));
  EXPECT_THAT(explained(world, "a", "room_connections.max"), HasSubstr("50 (template lobby, "));
  EXPECT_THAT(explained(world, "general", "room_connections.enforce_now"), "true (built-in)");
}

TEST(RoomConnections, AnotherLimitChangesNoStreamAndNeedsNoConsent) {
  DaemonWorld world(house("500"), start);
  world.boot();
  world.pass(5s);
  world.nats.publish("chat.lobby.b.bob", "one");
  world.say("general", "bob", "one");
  world.nats.forget_counts();
  world.write_config(house("0"));
  world.pass(5s);
  EXPECT_EQ(stream_writes(world), 0U);
  for (const char* id : {"b", "general"}) {
    EXPECT_EQ(verdict(world, id), "ready/ok");
    EXPECT_THAT(explained(world, id, "room_connections.max"), HasSubstr("0 (room, "));
  }
  const json plan = ask(world, "plan");
  EXPECT_TRUE(plan.value("changes", json::array()).empty()) << plan;
  const api::AuditRecord reloaded = only_entry(world, AuditKind::config_reloaded);
  EXPECT_THAT(reloaded.text, HasSubstr("0 rooms added, 0 removed, 2 changed"));
}

TEST(RoomConnections, OfARoomOfTheApiInAPool) {
  DaemonWorld world(house("5"), start);
  world.boot();
  world.pass(5s);
  world.nats.forget_counts();
  const json made = ask(world, "room.create",
                        R"({"room":{"id":"d","template":"lobby","room_connections":{"max":7}}})");
  EXPECT_FALSE(made.contains("error")) << made;
  world.pass(5s);
  EXPECT_EQ(verdict(world, "d"), "ready/ok");
  EXPECT_THAT(explained(world, "d", "room_connections.max"), HasSubstr("7 (room"));
  const json exported = ask(world, "room.export", "{}");
  EXPECT_THAT(exported.dump(), HasSubstr("room_connections"));
  EXPECT_EQ(stream_writes(world), 0U);
  EXPECT_EQ(refusal(world, "room.create", R"({"room":{"id":"e","template":"lobby","replicas":3}})"),
            "bad_request");
}

TEST(RoomConnections, AreKeptWhenTheDaemonStartsAgain) {
  DaemonWorld world(house("5"), start);
  world.boot();
  world.pass(5s);
  ask(world, "room.create",
      R"({"room":{"id":"d","template":"lobby","room_connections":{"max":7}}})");
  world.pass(5s);
  world.kill();
  world.nats.forget_counts();
  world.boot();
  world.pass(5s);
  EXPECT_THAT(explained(world, "d", "room_connections.max"), HasSubstr("7 (room"));
  EXPECT_EQ(world.metric(MetricId::pool_rooms, {"lobby"}), 4);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.UPDATE.>"), 0U);
}

TEST(RoomConnections, TheAuditOfAReloadNamesLimitsAndRulesOfUsers) {
  DaemonWorld world(
      house("5",
            "limits: { users: { bob: { connections: 10 }, eve: { on_limit: reject_new } } }\n"),
      start);
  world.boot();
  world.pass(5s);
  world.write_config(
      house("5",
            "limits:\n"
            "  account_connections: { max: 100 }\n"
            "  users: { bob: { connections: unlimited }, 'bot-*': { connections: 1 } "
            "}\n"));
  world.pass(5s);
  EXPECT_THAT(changes_of(only_entry(world, AuditKind::config_reloaded)),
              UnorderedElementsAre("limits.account_connections.max: unlimited -> 100",
                                   "limits.users.bob.connections: 10 -> unlimited",
                                   "limits.users.bot-*.connections:  -> 1",
                                   "limits.users.eve.on_limit: reject_new -> "));
}

TEST(RoomConnections, OfATemplateAreNamedInTheAuditOfAReload) {
  DaemonWorld world(house("5"), start);
  world.boot();
  world.pass(5s);
  world.nats.forget_counts();
  std::string fresh = house("5");
  const std::string before = "max: 50,";
  fresh.replace(fresh.find(before), before.size(), "max: 60,");
  world.write_config(fresh);
  world.pass(5s);
  EXPECT_THAT(changes_of(only_entry(world, AuditKind::config_reloaded)),
              ElementsAre("templates.lobby.room_connections.max: 50 -> 60"));
  EXPECT_THAT(only_entry(world, AuditKind::config_reloaded).text,
              HasSubstr("0 rooms added, 0 removed, 2 changed"));
  EXPECT_EQ(stream_writes(world), 0U);
}

}  // namespace
}  // namespace roomkeeper::testing
