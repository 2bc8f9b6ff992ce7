// Provisioning by the whole daemon: removing needs positive evidence, and is guarded.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::string config_with(const std::string& reconcile, const std::string& rest) {
  return "instance: seoul\nreconcile: { " + reconcile + " }\n" + rest;
}

std::string rooms_up_to(int last, const std::string& reconcile) {
  return config_with(reconcile,
                     "rooms:\n  - { range: \"game-{1.." + std::to_string(last) + "}\" }\n");
}

constexpr const char* two = "rooms:\n  - { id: general }\n  - { id: lobby }\n";
constexpr const char* one = "rooms:\n  - { id: lobby }\n";

std::size_t rooms_there(const DaemonWorld& world) {
  return world.nats.streams().size() - 3;
}  // less the state bucket, the lease and the audit

TEST(ProvisioningRemoval, ByDefaultARoomThatIsNoLongerNamedKeepsItsStream) {
  DaemonWorld world(config_with("interval: 60s", two), start);
  world.boot();
  world.say("general", "bob", "keep me");
  world.write_config(config_with("interval: 60s", one));
  world.pass(2h);
  EXPECT_EQ(verdict(world, "general"), "orphaned/orphaned");
  EXPECT_EQ(world.messages("general"), 1U);
}

TEST(ProvisioningRemoval, AnOrphanGoesOnByTheRetentionLastApplied) {
  const std::string midnight =
      "templates:\n  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }\n";
  DaemonWorld world(config_with("interval: 60s", midnight + two), start);
  world.boot();
  world.say("general", "bob", "of today");
  world.write_config(config_with("interval: 60s", midnight + one));
  world.pass_until("2026-11-22T14:59:59Z");
  EXPECT_EQ(world.messages("general"), 1U);
  world.pass_until("2026-11-22T15:00:01Z");
  EXPECT_EQ(world.messages("general"), 0U);
  EXPECT_TRUE(world.has_stream("general"));
}

TEST(ProvisioningRemoval, DeleteRemovesTheStreamOfARoomThatNoFileNamesAnyMore) {
  DaemonWorld world(config_with("on_removal: delete", two), start);
  world.boot();
  world.say("general", "bob", "going");
  world.write_config(config_with("on_removal: delete", one));
  world.pass(5s);
  EXPECT_FALSE(world.has_stream("general"));
  EXPECT_EQ(verdict(world, "general"), "room_not_found");
  EXPECT_EQ(world.logged("change=remove reason=not_wanted"), 1U);
}

TEST(ProvisioningRemoval, FivePercentAnHourAtMostAndAtLeastOne) {
  DaemonWorld world(rooms_up_to(40, "on_removal: delete"), start);
  world.boot();
  ASSERT_EQ(rooms_there(world), 40U);
  world.write_config(rooms_up_to(30, "on_removal: delete"));
  world.pass(5s);
  EXPECT_EQ(rooms_there(world), 38U) << "5 % of 40";
  world.pass(50min);
  EXPECT_EQ(rooms_there(world), 38U);
  const json status = ask(world, "status");
  EXPECT_EQ(status["removals_blocked"], json(8));
  std::size_t waiting = 0;
  for (int i = 31; i <= 40; ++i) {
    if (verdict(world, "game-" + std::to_string(i)) == "removing/removal_guard") ++waiting;
  }
  EXPECT_EQ(waiting, 8U);
  world.pass(12min);
  EXPECT_EQ(rooms_there(world), 37U) << "an hour later: at least one of 38";
  world.pass(62min);
  EXPECT_EQ(rooms_there(world), 36U);
}

TEST(ProvisioningRemoval, MaxRemovalsIsTheOtherBound) {
  DaemonWorld world(rooms_up_to(400, "on_removal: delete, max_removals: 3"), start);
  world.boot();
  world.write_config(rooms_up_to(380, "on_removal: delete, max_removals: 3"));
  world.pass(30min);
  EXPECT_EQ(rooms_there(world), 397U) << "5 % would be 20";
}

TEST(ProvisioningRemoval, NoRemovalAtAllWithABoundOfZero) {
  DaemonWorld world(config_with("on_removal: delete, max_removals: 0", two), start);
  world.boot();
  world.write_config(config_with("on_removal: delete, max_removals: 0", one));
  world.pass(2h);
  EXPECT_TRUE(world.has_stream("general"));
  EXPECT_EQ(verdict(world, "general"), "removing/removal_guard");
}

TEST(ProvisioningRemoval, DeleteIfEmptyKeepsARoomThatHoldsMessages) {
  DaemonWorld world(config_with("on_removal: delete_if_empty", two), start);
  world.boot();
  world.say("general", "bob", "still here");
  world.write_config(config_with("on_removal: delete_if_empty", "rooms: []\n"));
  world.pass(5s);
  EXPECT_EQ(verdict(world, "general"), "orphaned/not_empty");
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_FALSE(world.has_stream("lobby"));
}

TEST(ProvisioningRemoval, AMessageThatComesBetweenPlanAndRemovalSavesTheRoom) {
  DaemonWorld world(config_with("on_removal: delete_if_empty", two), start);
  world.boot();
  world.nats.set_latency(20ms);
  world.write_config(config_with("on_removal: delete_if_empty", one));
  ASSERT_TRUE(world.loop.run_until([&] { return world.logged("pass.planned") == 2; }, 10s))
      << "1: the creation";
  ASSERT_TRUE(world.has_stream("general"));
  world.nats.publish("chat.general.bob", "just in time");
  world.pass(5min);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(verdict(world, "general"), "orphaned/not_empty");
}

TEST(ProvisioningRemoval, AStreamMadeAnewBetweenPlanAndRemovalIsNotTheOneThatWasPlannedFor) {
  DaemonWorld world(config_with("on_removal: delete", two), start);
  world.boot();
  world.pass(1s);
  const json before = config_of(world, "ROOM_general");
  world.nats.set_latency(20ms);
  world.write_config(config_with("on_removal: delete", one));
  ASSERT_TRUE(world.loop.run_until([&] { return world.logged("pass.planned") == 2; }, 10s));
  world.nats.delete_stream("ROOM_general");
  json fresh = before;
  fresh["metadata"].erase("roomkeeper.instance");  // somebody else's now
  ASSERT_TRUE(world.nats.create_stream("ROOM_general",
                                       fresh.dump(-1, ' ', false, json::error_handler_t::replace)));
  world.pass(10min);
  EXPECT_TRUE(world.has_stream("general"));
}

TEST(ProvisioningRemoval, NothingIsRemovedOnAnIncompleteListing) {
  DaemonWorld world(config_with("on_removal: delete", two), start);
  world.boot();
  world.nats.set_missing({"ROOM_lobby"});
  world.pass(70s);
  world.write_config(config_with("on_removal: delete", one));
  world.pass(10min);
  EXPECT_TRUE(world.has_stream("general"));
  EXPECT_EQ(verdict(world, "general"), "removing/observation_incomplete");
  world.nats.set_missing({});
  world.pass(70s);
  EXPECT_FALSE(world.has_stream("general"));
}

TEST(ProvisioningRemoval, AStreamThatAListingCouldNotShowIsNotTakenForLost) {
  DaemonWorld world(config_with("on_removal: delete", two), start);
  world.boot();
  world.say("lobby", "bob", "here");
  world.nats.set_missing({"ROOM_lobby"});
  world.nats.forget_counts();
  world.pass(10min);
  EXPECT_EQ(writes(world), 0U);
  EXPECT_EQ(world.messages("lobby"), 1U);
}

std::string with_files() {
  return config_with("on_removal: delete",
                     "room_files: [ \"rooms.d/*.yaml\" ]\n" + std::string(one));
}

TEST(ProvisioningRemoval, AnUnreadableFileOfRoomsIsNoEvidence) {
  DaemonWorld world(with_files(), start);
  world.write_file("rooms.d/team.yaml", "rooms:\n  - { id: team }\n");
  world.boot();
  ASSERT_TRUE(world.has_stream("team"));
  world.write_file("rooms.d/team.yaml", "rooms: [ {id: te");
  world.pass(10min);
  EXPECT_TRUE(world.has_stream("team"));
  EXPECT_EQ(verdict(world, "team"), "ready/ok") << "the last good configuration is in force";
  world.write_file("rooms.d/team.yaml", "");  // as a file that is just being written
  world.pass(10min);
  EXPECT_TRUE(world.has_stream("team"));
  world.write_file("rooms.d/team.yaml", "rooms: []\n");
  world.pass(5s);
  EXPECT_FALSE(world.has_stream("team")) << "read without error, and it names no room";
}

TEST(ProvisioningRemoval, APatternThatMatchesNothingAnyMoreIsNoEvidence) {
  DaemonWorld world(with_files(), start);
  world.write_file("rooms.d/team.yaml", "rooms:\n  - { id: team }\n");
  world.boot();
  ASSERT_TRUE(world.has_stream("team"));
  world.remove_file("rooms.d/team.yaml");
  world.pass(2h);
  EXPECT_TRUE(world.has_stream("team"));
  EXPECT_EQ(verdict(world, "team"), "unknown/desired_incomplete");
  EXPECT_EQ(ask(world, "status")["desired_complete"], json(false));
  world.write_file("rooms.d/team.yaml", "rooms:\n  - { id: team }\n");
  world.pass(5s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
}

TEST(ProvisioningRemoval, TheDoubtOutlivesFurtherReloads) {
  DaemonWorld world(with_files(), start);
  world.write_file("rooms.d/team.yaml", "rooms:\n  - { id: team }\n");
  world.boot();
  world.remove_file("rooms.d/team.yaml");
  world.pass(5s);
  for (int i = 0; i < 3; ++i) {
    world.write_config(with_files() + "  - { id: extra-" + std::to_string(i) + " }\n");
    world.pass(70s);
    EXPECT_TRUE(world.has_stream("team"));
    EXPECT_TRUE(world.has_stream("extra-" + std::to_string(i)));
  }
}

}  // namespace
}  // namespace roomkeeper::testing
