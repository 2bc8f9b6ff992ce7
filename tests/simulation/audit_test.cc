// Everything that changes something lands in the audit: who, what, why, before and after.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/audit_entries.h"
#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using api::AuditKind;
using api::AuditRecord;
using api::Origin;
using metrics::MetricId;
using nlohmann::json;
using policies::Reason;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Names = std::vector<std::string>;
using namespace std::chrono_literals;

constexpr std::string_view plain = R"(
instance: seoul
reconcile: { on_removal: delete }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
rooms:
  - { id: general }
  - { id: lobby, stream: { max_messages: 100 } }
)";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("no " + what);
  return text.replace(at, what.size(), with);
}

void settle(DaemonWorld& world) {
  world.pass(3s);
}

TEST(Audit, TheStreamIsMadeAsTheSettingsSay) {
  DaemonWorld world(plain, start);
  world.boot();
  settle(world);
  const json config = config_of(world, "ROOMKEEPER_AUDIT");
  ASSERT_TRUE(config.is_object());
  EXPECT_EQ(config["subjects"], json::array({"roomkeeper.audit.>"}));
  EXPECT_EQ(config["max_age"], json(90LL * 24 * 3600 * 1'000'000'000));
  EXPECT_EQ(config["max_bytes"], json(256 << 20));
  EXPECT_EQ(config["discard"], json("old"));
  EXPECT_EQ(config["storage"], json("file"));
  EXPECT_EQ(config["retention"], json("limits"));
  EXPECT_EQ(metadata_of(world, "ROOMKEEPER_AUDIT", "roomkeeper.instance"), "seoul");
  EXPECT_EQ(metadata_of(world, "ROOMKEEPER_AUDIT", "roomkeeper.audit"), "1");
  EXPECT_EQ(world.logged("retention.unreadable"), 0U) << "it is no room";
}

TEST(Audit, MakingItsStreamDoesNotDisturbTheFirstLookAtManyRooms) {
  std::string yaml = "instance: seoul\nrooms: [ { range: \"r-{1..600}\" } ]\n";
  DaemonWorld world(yaml, start);
  world.boot();
  world.pass(5s);
  world.kill();
  ASSERT_TRUE(world.nats.delete_stream("ROOMKEEPER_AUDIT"));  // as from before there was an audit
  world.nats.set_latency(5ms);
  world.boot();
  world.pass(2s);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(audit_of(world, AuditKind::daemon_started).size(), 1U);
}

TEST(Audit, TheStartAndTheFirstRooms) {
  DaemonWorld world(plain, start);
  world.boot();
  settle(world);
  const AuditRecord started = only_entry(world, AuditKind::daemon_started);
  EXPECT_THAT(started.text, HasSubstr("instance seoul, 2 rooms"));
  const AuditRecord created = only_entry(world, AuditKind::stream_created);
  EXPECT_EQ(created.reason, Reason::room_missing);
  EXPECT_EQ(created.actor.origin, Origin::schedule);
  EXPECT_TRUE(created.ok);
  EXPECT_EQ(rooms_of(created), (Names{"general", "lobby"}));
  EXPECT_EQ(created.at, at(start)) << "the server's time";
}

TEST(Audit, RoomsOfTheApiFromTheirBeginningToTheirEnd) {
  DaemonWorld world(plain, start);
  world.boot();
  settle(world);
  const std::string who = "kim@desk nats:admin";
  ask_as(world, who, "room.create",
         R"({"room": {"id": "team", "title": "팀", "stream": {"max_messages": 50}}})");
  settle(world);
  const AuditRecord defined = only_entry(world, AuditKind::room_defined);
  EXPECT_EQ(defined.room, "team");
  EXPECT_EQ(defined.reason, Reason::asked_by_admin);
  EXPECT_EQ(defined.actor.origin, Origin::admin_api);
  EXPECT_EQ(defined.actor.claimed, who);
  EXPECT_THAT(changes_of(defined), ElementsAre("stream.max_messages:  -> 50", "title:  -> 팀"));
  EXPECT_EQ(audit_of(world, AuditKind::stream_created).back().room, "team");
  EXPECT_EQ(audit_of(world, AuditKind::stream_created).back().stream, "ROOM_team");

  ask_as(world, who, "room.update",
         R"({"room": {"id": "team", "title": "Team", "stream": {"max_messages": 80}}})");
  settle(world);
  EXPECT_THAT(changes_of(audit_of(world, AuditKind::room_defined).back()),
              ElementsAre("stream.max_messages: 50 -> 80", "title: 팀 -> Team"));
  const AuditRecord updated = only_entry(world, AuditKind::stream_updated);
  EXPECT_EQ(updated.room, "team");
  EXPECT_THAT(changes_of(updated), ElementsAre("stream.max_messages: 50 -> 80"));

  world.say("team", "bob", "one");
  world.say("team", "bob", "two");
  world.pass(2min);
  ask_as(world, who, "room.rm", R"({"room": "team"})");
  settle(world);
  const AuditRecord undefined = only_entry(world, AuditKind::room_undefined);
  EXPECT_EQ(undefined.room, "team");
  EXPECT_EQ(undefined.actor.claimed, who);
  const AuditRecord removed = only_entry(world, AuditKind::stream_removed);
  EXPECT_EQ(removed.room, "team");
  EXPECT_EQ(removed.reason, Reason::removed_by_api);
  EXPECT_EQ(removed.messages, 2U);
}

TEST(Audit, ARefusedRequestChangesNothingAndIsNotThere) {
  DaemonWorld world(plain, start);
  world.boot();
  settle(world);
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "general"}})"), "owned_by_file");
  EXPECT_EQ(refusal(world, "room.rm", R"({"room": "nowhere"})"), "room_not_found");
  settle(world);
  EXPECT_TRUE(audit_of(world, AuditKind::room_defined).empty());
  EXPECT_TRUE(audit_of(world, AuditKind::room_undefined).empty());
}

TEST(Audit, AChangedFileConsentAndWhatCameOfIt) {
  DaemonWorld world(plain, start);
  world.boot();
  settle(world);
  for (int i = 0; i < 20; ++i) world.say("lobby", "bob", "x");
  std::string fresh = replaced(std::string(plain), "max_messages: 100", "max_messages: 5");
  fresh = replaced(fresh, "on_removal: delete", "on_removal: delete, max_removals: 3");
  world.write_config(fresh + "  - { id: third }\n");
  settle(world);
  const AuditRecord reloaded = only_entry(world, AuditKind::config_reloaded);
  EXPECT_TRUE(reloaded.ok);
  EXPECT_EQ(reloaded.actor.origin, Origin::file);
  EXPECT_EQ(reloaded.reason, Reason::file_changed);
  EXPECT_THAT(changes_of(reloaded), ElementsAre("reconcile.max_removals: 10 -> 3"));
  EXPECT_THAT(reloaded.text, HasSubstr("1 rooms added, 0 removed, 1 changed"));
  EXPECT_TRUE(audit_of(world, AuditKind::stream_updated).empty()) << "it waits for consent";

  ask_as(world, "lee@desk", "apply", R"({"allow_lossy": true, "rooms": ["lobby"]})");
  settle(world);
  const AuditRecord consent = only_entry(world, AuditKind::consent);
  EXPECT_EQ(consent.reason, Reason::consent_given);
  EXPECT_EQ(consent.room, "lobby");
  EXPECT_EQ(consent.actor.claimed, "lee@desk");
  const AuditRecord updated = only_entry(world, AuditKind::stream_updated);
  EXPECT_THAT(changes_of(updated), ElementsAre("stream.max_messages: 100 -> 5"));
  EXPECT_THAT(updated.text, HasSubstr("consent"));
}

TEST(Audit, ATemplateAndARefusedReload) {
  DaemonWorld world(plain, start);
  world.boot();
  settle(world);
  world.write_config(replaced(std::string(plain), "days: 0", "days: 3"));
  settle(world);
  EXPECT_THAT(changes_of(only_entry(world, AuditKind::config_reloaded)),
              ElementsAre(HasSubstr("templates.default.retention: ")));
  const AuditRecord updated = only_entry(world, AuditKind::stream_updated);
  EXPECT_EQ(rooms_of(updated), (Names{"general", "lobby"})) << "the same for both";
  world.write_config("instance: seoul\nrooms: [ {id: general, titel: x} ]\n");
  settle(world);
  const AuditRecord refused = audit_of(world, AuditKind::config_reloaded).back();
  EXPECT_FALSE(refused.ok);
  EXPECT_THAT(refused.text, HasSubstr("titel"));
}

TEST(Audit, DriftAndAdoption) {
  DaemonWorld world(
      "instance: seoul\nreconcile: { adopt: always }\nrooms: [ {id: general}, "
      "{id: old} ]\n",
      start);
  ASSERT_TRUE(
      world.nats.create_stream("ROOM_old", R"({"name":"ROOM_old","subjects":["chat.old.*"]})"));
  world.boot();
  settle(world);
  const AuditRecord adopted = only_entry(world, AuditKind::stream_adopted);
  EXPECT_EQ(adopted.room, "old");
  EXPECT_EQ(adopted.reason, Reason::adopted);
  Operator somebody(world);
  somebody.edit("ROOM_general", R"({"max_msgs": 7})");
  settle(world);
  const AuditRecord updated = only_entry(world, AuditKind::stream_updated);
  EXPECT_EQ(updated.reason, Reason::drift);
  EXPECT_THAT(changes_of(updated), ElementsAre("stream.max_messages: 7 -> unlimited"));
}

TEST(Audit, KicksOfALimitAndOfAnAdmin) {
  DaemonWorld world(
      "instance: seoul\nlimits:\n  connections_per_user: { max: 1 }\n  exempt_users: "
      "[APP/admin, APP/roomkeeper]\n",
      start);
  world.boot();
  world.pass(5s);
  world.nats.add_client("APP", "bob", {.auto_reconnect = false});
  world.pass(10ms);
  world.nats.add_client("APP", "bob", {.auto_reconnect = false});
  world.pass(5s);
  const AuditRecord kick = only_entry(world, AuditKind::kick);
  EXPECT_EQ(kick.user, "APP/bob");
  EXPECT_EQ(kick.reason, Reason::evict_oldest);
  EXPECT_EQ(kick.actor.origin, Origin::limit);
  EXPECT_EQ(kick.connections, 1U);
  EXPECT_THAT(kick.text, HasSubstr("2 connections, 1 allowed"));
  ask_as(world, "kim@desk", "connection.kick", R"({"user": "bob"})");
  settle(world);
  const AuditRecord asked = audit_of(world, AuditKind::kick).back();
  EXPECT_EQ(asked.reason, Reason::kicked_by_admin);
  EXPECT_EQ(asked.actor.claimed, "kim@desk");
  EXPECT_EQ(asked.user, "APP/bob");
  EXPECT_EQ(asked.connections, 1U);
  EXPECT_EQ(world.metric(MetricId::audit_records_total, {"kick"}), 2);
}

constexpr std::string_view many = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
rooms: [ { range: "r-{1..450}" } ]
)";

TEST(Audit, AMidnightOfManyRoomsIsAFewEntries) {
  DaemonWorld world(many, start);
  world.boot();
  world.pass(5s);
  EXPECT_EQ(audit_of(world, AuditKind::stream_created).size(), 3U) << "of 200 rooms at most";
  for (int room = 1; room <= 450; ++room) {
    const std::string name = "r-" + std::to_string(room);
    for (int i = 0; i <= room % 3; ++i) world.nats.publish("chat." + name + ".bob", "x");
  }
  world.loop.run_until_idle();
  world.nats.forget_counts();
  world.pass_until("2026-11-22T15:00:10Z");
  EXPECT_LE(world.nats.count("roomkeeper.audit.>") * 20, world.nats.count("$JS.API.STREAM.PURGE.>"))
      << "a twentieth of the pass at most";
  const Entries purges = audit_of(world, AuditKind::purge);
  ASSERT_EQ(purges.size(), 4U);
  EXPECT_EQ(purges[0].text, "begins: 450 rooms");
  EXPECT_FALSE(purges[0].messages.has_value());
  std::vector<std::string> rooms;
  std::uint64_t messages = 0;
  for (const AuditRecord& purge : purges) {
    EXPECT_EQ(purge.reason, Reason::midnight);
    EXPECT_EQ(purge.actor.origin, Origin::schedule);
    messages += purge.messages.value_or(0);
    for (const api::AuditRoom& room : purge.rooms) {
      rooms.push_back(room.room);
      EXPECT_EQ(room.messages, room.before) << room.room;
      EXPECT_EQ(room.up_to, room.messages + 1) << room.room;
    }
  }
  EXPECT_EQ(messages, 900U);
  EXPECT_EQ(std::set<std::string>(rooms.begin(), rooms.end()).size(), 450U);
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"midnight"}), 900);
}

TEST(Audit, AProgramKilledInTheMiddleOfAMidnightLeavesATrace) {
  DaemonWorld world(many, start);
  world.boot();
  world.pass(5s);
  for (int room = 1; room <= 450; ++room)
    world.nats.publish("chat.r-" + std::to_string(room) + ".bob", "x");
  world.loop.run_until_idle();
  world.nats.silence("$JS.API.STREAM.PURGE.>");
  world.pass_until("2026-11-22T15:00:01Z");
  world.kill();
  ASSERT_EQ(audit_of(world, AuditKind::purge).size(), 1U);
  EXPECT_EQ(audit_of(world, AuditKind::purge)[0].text, "begins: 450 rooms");
  world.nats.speak();
  world.boot();
  world.pass(5s);
  const Entries purges = audit_of(world, AuditKind::purge);
  ASSERT_EQ(purges.size(), 5U);
  EXPECT_EQ(purges[1].text, "begins: 450 rooms");
  EXPECT_EQ(purges[2].reason, Reason::made_up);
  EXPECT_EQ(audit_of(world, AuditKind::daemon_started).size(), 2U);
}

TEST(Audit, ANightWithoutAnythingToPurgeLeavesNothing) {
  DaemonWorld world(plain, start);
  world.boot();
  settle(world);
  const std::size_t before = audit_of(world).size();
  world.pass(3 * 24h);
  EXPECT_EQ(audit_of(world).size(), before);
}

TEST(Audit, TheWholeStoryOfADay) {
  DaemonWorld world(plain, "2026-11-22T00:00:00Z");
  world.boot();
  settle(world);
  world.say("general", "bob", "morning");
  ask_as(world, "kim@desk", "room.create", R"({"room": {"id": "team"}})");
  world.pass_until("2026-11-22T06:00:00Z");
  world.write_config(std::string(plain) + "  - { id: third }\n");
  world.pass_until("2026-11-22T15:00:10Z");
  ask_as(world, "kim@desk", "room.rm", R"({"room": "team"})");
  world.pass(5s);
  world.shut_down();
  Names story;
  for (const AuditRecord& entry : audit_of(world)) {
    std::string line(to_string(entry.kind));
    for (const std::string& room : rooms_of(entry)) line += " " + room;
    story.push_back(line + ", " + std::string(policies::to_string(entry.reason)));
  }
  EXPECT_EQ(story, (Names{"daemon_started, ok", "leader, lease_free",
                          "stream_created general lobby, room_missing",
                          "room_defined team, asked_by_admin", "stream_created team, room_missing",
                          "config_reloaded, file_changed", "stream_created third, room_missing",
                          "purge general, midnight", "room_undefined team, asked_by_admin",
                          "stream_removed team, removed_by_api"}));
}

}  // namespace
}  // namespace roomkeeper::testing
