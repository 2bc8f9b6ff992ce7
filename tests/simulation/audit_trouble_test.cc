// The audit when something goes wrong: nothing is stored twice, little is lost, what is lost is
// counted, and nothing else waits for it.
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sidecar/audit_keeper.h"
#include "tests/simulation/audit_entries.h"
#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using api::AuditKind;
using api::AuditRecord;
using metrics::MetricId;
using nlohmann::json;
using policies::Reason;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::string_view kept_rooms = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
rooms:
  - { id: general }
  - { id: lobby }
)";

std::string with_removals(int max) {
  return std::string(kept_rooms) + "reconcile: { max_removals: " + std::to_string(max) + " }\n";
}

/// Different changes of the configuration, one after another: one entry each.
void reload_often(DaemonWorld& world, int from, int count) {
  for (int i = from; i < from + count; ++i) {
    world.write_config(with_removals(i));
    world.reload();
    world.pass(10ms);
  }
}

/// The ids of all entries, in the order of the stream.
std::vector<std::string> ids_of(const DaemonWorld& world) {
  std::vector<std::string> ids;
  for (const auto& [seq, message] : world.nats.stream("ROOMKEEPER_AUDIT")->messages()) {
    for (const auto& [key, value] : message.headers) {
      if (key == "Nats-Msg-Id") ids.push_back(value);
    }
  }
  return ids;
}

std::string finding(DaemonWorld& world, const std::string& check) {
  const json reply = ask(world, "doctor");
  for (const json& found : reply["findings"]) {
    if (found.value("check", "") == check)
      return found.value("severity", "") + ": " + found.value("text", "");
  }
  return "(none)";
}

TEST(AuditTrouble, WhatHappensWithoutAConnectionIsToldAfterwardsInOrder) {
  DaemonWorld world(with_removals(1), start);
  world.boot();
  world.pass(3s);
  world.nats.stop();
  world.pass(1s);
  reload_often(world, 2, 100);
  EXPECT_EQ(world.metric(MetricId::audit_waiting), 100);
  EXPECT_TRUE(audit_of(world, AuditKind::config_reloaded).empty());
  world.nats.start();
  world.pass(10s);
  EXPECT_EQ(world.metric(MetricId::audit_waiting), 0);
  const Entries reloads = audit_of(world, AuditKind::config_reloaded);
  ASSERT_EQ(reloads.size(), 100U);
  for (std::size_t i = 0; i < reloads.size(); ++i)
    EXPECT_EQ(reloads[i].changes.at(0).to, std::to_string(i + 2));
  EXPECT_EQ(world.metric(MetricId::audit_dropped_total), 0);
}

TEST(AuditTrouble, AFullQueueDropsTheNewestCountsThemAndSaysSoOnce) {
  constexpr int made = 4200;
  DaemonWorld world(with_removals(1), start);
  world.boot();
  world.pass(3s);
  const std::size_t before = audit_of(world).size();
  world.nats.stop();
  world.pass(1s);
  reload_often(world, 2, made);
  EXPECT_EQ(world.metric(MetricId::audit_waiting), sidecar::AuditKeeper::waiting_max);
  EXPECT_EQ(world.metric(MetricId::audit_dropped_total),
            made - static_cast<int>(sidecar::AuditKeeper::waiting_max));
  EXPECT_EQ(world.logged("audit.dropped"), 1U);
  world.nats.start();
  world.pass(10s);
  EXPECT_EQ(audit_of(world).size(), before + sidecar::AuditKeeper::waiting_max);
  EXPECT_THAT(finding(world, "audit"), HasSubstr("warning: 105 entries were lost"));
}

TEST(AuditTrouble, ALostAcknowledgementDoesNotDoubleAnEntry) {
  for (const int lost : {1, 3}) {
    DaemonWorld world(with_removals(1), start);
    world.boot();
    world.pass(3s);
    world.nats.lose_replies(static_cast<std::uint64_t>(lost), "roomkeeper.audit.>");
    reload_often(world, 2, 30);
    world.pass(1min);
    EXPECT_EQ(audit_of(world, AuditKind::config_reloaded).size(), 30U);
    const auto ids = ids_of(world);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
    EXPECT_EQ(world.metric(MetricId::audit_waiting), 0);
    EXPECT_EQ(world.metric(MetricId::audit_records_total, {"config_reloaded"}), 30);
  }
}

TEST(AuditTrouble, AnAcknowledgementLostWithTheConnectionDoesNotDoubleAnEntry) {
  DaemonWorld world(with_removals(1), start);
  world.boot();
  world.pass(3s);
  world.nats.lose_replies(5, "roomkeeper.audit.>");
  reload_often(world, 2, 5);
  world.nats.disconnect("APP", "roomkeeper");
  world.pass(10min);
  EXPECT_EQ(audit_of(world, AuditKind::config_reloaded).size(), 5U);
}

TEST(AuditTrouble, AServerThatRefusesAnEntryGetsItAgain) {
  DaemonWorld world(with_removals(1), start);
  world.boot();
  world.pass(3s);
  world.nats.fail_next("roomkeeper.audit.>",
                       {.code = 503, .err_code = 10077, .description = "resources"}, 3);
  reload_often(world, 2, 10);
  world.pass(30s);
  EXPECT_EQ(audit_of(world, AuditKind::config_reloaded).size(), 10U);
  EXPECT_GE(world.logged("audit.not_stored"), 1U);
}

TEST(AuditTrouble, ASilentAuditHoldsBackNoMidnight) {
  DaemonWorld world(kept_rooms, start);
  world.boot();
  world.pass(3s);
  world.say("general", "bob", "x");
  world.say("lobby", "bob", "x");
  world.nats.silence("roomkeeper.audit.>");
  world.pass_until("2026-11-22T14:59:59.5Z");
  world.write_config(with_removals(5));
  world.reload();
  world.pass_until("2026-11-22T15:00:00.1Z");
  EXPECT_EQ(world.messages("general"), 0U);
  EXPECT_EQ(world.messages("lobby"), 0U);
  world.pass(1min);
  EXPECT_THAT(finding(world, "audit"), HasSubstr("error: entries are not stored"));
  world.nats.speak();
  world.pass(1min);
  EXPECT_EQ(audit_of(world, AuditKind::purge).size(), 2U);
  EXPECT_THAT(finding(world, "audit"), HasSubstr("ok: "));
}

void expect_untouched_by(const std::string& name, const std::string& config,
                         const std::string& problem) {
  DaemonWorld world(kept_rooms, start);
  ASSERT_TRUE(world.nats.create_stream(name, config));
  const json before = config_of(world, name);
  world.boot();
  world.pass(5min);
  EXPECT_EQ(config_of(world, name), before);
  EXPECT_TRUE(world.nats.stream(name)->messages().empty());
  EXPECT_EQ(verdict(world, "general"), "ready/ok") << "everything else goes on";
  EXPECT_THAT(finding(world, "audit"), HasSubstr(problem));
  EXPECT_EQ(world.logged("audit.no_stream"), 1U) << "said once, tried every minute";
  ASSERT_TRUE(world.nats.delete_stream(name));
  world.pass(2min);
  EXPECT_EQ(audit_of(world, AuditKind::daemon_started).size(), 1U) << "nothing was lost";
  EXPECT_THAT(finding(world, "audit"), HasSubstr("ok: "));
}

TEST(AuditTrouble, AStreamOfSomebodyElseIsNotTouched) {
  expect_untouched_by("ROOMKEEPER_AUDIT",
                      R"({"name":"ROOMKEEPER_AUDIT","subjects":["roomkeeper.audit.>"]})",
                      "without our mark exists");
}

TEST(AuditTrouble, AStreamOfAnotherInstanceIsNotTouched) {
  expect_untouched_by("ROOMKEEPER_AUDIT",
                      R"({"name":"ROOMKEEPER_AUDIT","subjects":["roomkeeper.audit.>"],
                          "metadata":{"roomkeeper.instance":"tokyo","roomkeeper.audit":"1"}})",
                      "belongs to instance \"tokyo\"");
}

TEST(AuditTrouble, AStreamThatHoldsTheSubjectsIsNotTouched) {
  expect_untouched_by("GREEDY", R"({"name":"GREEDY","subjects":["roomkeeper.audit.*"]})",
                      "another stream holds subjects");
}

TEST(AuditTrouble, ADeletedStreamIsMadeAnew) {
  DaemonWorld world(with_removals(1), start);
  world.boot();
  world.pass(3s);
  ASSERT_TRUE(world.nats.delete_stream("ROOMKEEPER_AUDIT"));
  reload_often(world, 2, 3);
  world.pass(10s);
  EXPECT_EQ(audit_of(world, AuditKind::config_reloaded).size(), 3U);
}

TEST(AuditTrouble, ARoomThatFailsInEveryPassIsToldOnceAMinute) {
  DaemonWorld world("instance: seoul\nreconcile: { interval: 5s }\nrooms: [ {id: general} ]\n",
                    start);
  world.nats.fail_next(
      "$JS.API.STREAM.CREATE.ROOM_general",
      {.code = 400, .err_code = 10027, .description = "maximum number of streams reached"}, 10'000);
  world.boot();
  world.pass(1s);
  EXPECT_EQ(only_entry(world, AuditKind::change_failed).times, 1U) << "the first at once";
  world.pass(10min);
  const Entries failures = audit_of(world, AuditKind::change_failed);
  EXPECT_LE(failures.size(), 12U);
  EXPECT_GE(failures.size(), 9U);
  for (const AuditRecord& failure : failures) {
    EXPECT_EQ(failure.room, "general");
    EXPECT_EQ(failure.reason, Reason::no_capacity);
    EXPECT_FALSE(failure.ok);
    EXPECT_THAT(failure.text, HasSubstr("create: maximum number of streams"));
  }
  world.shut_down();  // tells what was counted
  EXPECT_EQ(times_of(audit_of(world, AuditKind::change_failed)),
            world.metric(MetricId::room_provision_errors_total, {"no_capacity"}));
}

TEST(AuditTrouble, AUserWhoIsKickedForEverIsToldOnceAMinute) {
  DaemonWorld world(
      "instance: seoul\nlimits:\n  connections_per_user: { max: 1 }\n  exempt_users: "
      "[APP/admin, APP/roomkeeper]\n",
      start);
  world.boot();
  for (int i = 0; i < 4; ++i) world.nats.add_client("APP", "bob", {});
  world.pass(20min);
  world.shut_down();
  const Entries kicks = audit_of(world, AuditKind::kick);
  EXPECT_LE(kicks.size(), 23U);
  std::uint64_t connections = 0;
  for (const AuditRecord& kick : kicks) {
    connections += kick.connections.value_or(0);
    EXPECT_EQ(kick.connections, kick.times);
    EXPECT_EQ(kick.first.has_value(), kick.times > 1);
  }
  EXPECT_GT(connections, 30U);
  EXPECT_EQ(connections,
            world.metric(MetricId::kicks_total, {"connections_per_user", "evict_oldest"}));
}

TEST(AuditTrouble, TheEndTellsWhatIsLeft) {
  DaemonWorld world(with_removals(1), start);
  world.boot();
  world.pass(3s);
  world.write_config(with_removals(2));
  world.reload();
  world.shut_down();
  EXPECT_EQ(audit_of(world, AuditKind::config_reloaded).size(), 1U);
}

TEST(AuditTrouble, TheEndDoesNotWaitLongForAnAuditThatIsSilent) {
  DaemonWorld world(with_removals(1), start);
  world.boot();
  world.pass(3s);
  world.nats.silence("roomkeeper.audit.>");
  world.write_config(with_removals(2));
  world.reload();
  const auto before = world.clock.mono();
  world.shut_down();
  EXPECT_LE(world.clock.mono() - before, policies::Nanoseconds(3s));
  EXPECT_EQ(world.metric(MetricId::audit_dropped_total), 1);
  EXPECT_EQ(world.logged("audit.dropped"), 1U);
}

TEST(AuditTrouble, SwitchedOffThereIsNoStreamAndSwitchedOnItBegins) {
  const std::string off = std::string(kept_rooms) + "audit: { enabled: false }\n";
  DaemonWorld world(off, start);
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.nats.stream("ROOMKEEPER_AUDIT"), nullptr);
  EXPECT_EQ(world.metric(MetricId::audit_dropped_total), 0);
  EXPECT_THAT(finding(world, "audit"), HasSubstr("info: nothing is audited"));
  world.write_config(kept_rooms);
  world.pass(5s);
  EXPECT_EQ(changes_of(only_entry(world, AuditKind::config_reloaded)),
            std::vector<std::string>{"audit.enabled: false -> true"});
  world.write_config(off);
  world.pass(5s);
  EXPECT_EQ(changes_of(audit_of(world).back()),
            std::vector<std::string>{"audit.enabled: true -> false"})
      << "the last entry";
  world.write_config(off + "reconcile: { max_removals: 2 }\n");
  world.pass(5s);
  EXPECT_EQ(audit_of(world, AuditKind::config_reloaded).size(), 2U);
}

TEST(AuditTrouble, ItsSettingsAreBroughtToTheStreamAndNothingElseOfIt) {
  DaemonWorld world(kept_rooms, start);
  world.boot();
  world.pass(3s);
  Operator somebody(world);
  somebody.edit("ROOMKEEPER_AUDIT", R"({"description": "ours", "max_bytes": 1000000})");
  world.write_config(std::string(kept_rooms) + "audit: { max_age: 30d, max_bytes: 64MiB }\n");
  world.pass(5s);
  const json config = config_of(world, "ROOMKEEPER_AUDIT");
  EXPECT_EQ(config["max_age"], json(30LL * 24 * 3600 * 1'000'000'000));
  EXPECT_EQ(config["max_bytes"], json(64 << 20));
  EXPECT_EQ(config["description"], json("ours"));
  EXPECT_EQ(metadata_of(world, "ROOMKEEPER_AUDIT", "roomkeeper.audit"), "1");
  world.nats.forget_counts();
  world.kill();
  world.boot();
  world.pass(10min);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.UPDATE.ROOMKEEPER_AUDIT"), 0U)
      << "it is as it should be";
}

TEST(AuditTrouble, WhatAStrangerPutsThereIsNoEntryAndHarmsNothing) {
  DaemonWorld world(kept_rooms, start);
  world.boot();
  world.pass(3s);
  const auto bob = world.nats.add_client("APP", "bob");
  world.pass(1s);
  // The acknowledgement goes where the publisher says.
  world.nats.send_as(bob, "chat.general.bob", "hello", "roomkeeper.audit.purge");
  world.pass(1s);
  const auto& stored = world.nats.stream("ROOMKEEPER_AUDIT")->messages().rbegin()->second;
  EXPECT_EQ(stored.subject, "roomkeeper.audit.purge");
  EXPECT_FALSE(api::decode_audit(stored.data)) << stored.data;
  world.write_config(with_removals(2));
  world.pass(5s);
  EXPECT_TRUE(
      api::decode_audit(world.nats.stream("ROOMKEEPER_AUDIT")->messages().rbegin()->second.data));
}

}  // namespace
}  // namespace roomkeeper::testing
