// Holds of rooms in a pool: what their copies keep, and what a whole pool waits for.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/audit_entries.h"
#include "tests/simulation/held_pool.h"
#include "tests/simulation/job_runs.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using Rooms = std::vector<std::string>;
using namespace std::chrono_literals;

constexpr const char* past_midnight = "2026-11-22T15:01:00Z";

class PooledHolds : public HeldPool {};

TEST_F(PooledHolds, TheCopyHasEverythingThatMidnightsJobsAndTheRoomsRemovalTake) {
  make("lounge");
  tell("lounge", "bob", "before the hold");
  tell("a", "bob", "beside it");
  ASSERT_EQ(hold("lounge"), "held");
  const std::string mirror = config_of(world_, "HOLD_lounge")["mirror"].dump();
  EXPECT_EQ(mirror, R"({"filter_subject":"chat.lobby.lounge.*","name":"POOL_lobby"})");
  tell("lounge", "alice", "first day");
  tell("b", "bob", "beside it");
  world_.pass_until("2026-11-22T14:59:59.999Z");
  tell("lounge", "bob", "the last millisecond of the day");
  world_.pass_until("2026-11-22T15:00:30Z");
  EXPECT_EQ(messages_of_pool(), 0U) << "the first midnight";

  tell("a", "carol", "second day");
  tell("lounge", "alice", "second day");
  tell("lounge", "carol", "of carol");
  tell("lounge", "alice", "stays until midnight");
  world_.pass(1s);
  const json of_carol =
      run_job(world_, R"({"rooms": ["lounge"], "user": "carol", "dry_run": false})")["job"];
  EXPECT_EQ(of_carol.value("messages", 0), 1) << of_carol;
  const json kept = run_job(world_, R"({"rooms": ["lounge"], "keep": 1, "dry_run": false})")["job"];
  EXPECT_EQ(kept.value("messages", 0), 1) << kept;
  EXPECT_EQ(messages("lounge"), 1U);
  EXPECT_EQ(messages("a"), 1U);
  world_.pass_until("2026-11-23T15:00:30Z");
  EXPECT_EQ(messages_of_pool(), 0U) << "the second midnight";

  tell("lounge", "dave", "the last word");
  tell("a", "dave", "stays");
  ask(world_, "room.rm", R"({"room":"lounge"})");
  world_.pass(3min);
  EXPECT_EQ(messages("lounge"), 0U);
  EXPECT_EQ(messages("a"), 1U);
  EXPECT_EQ(copied("lounge"), told_["lounge"]);
  EXPECT_EQ(told_["lounge"].size(), 7U);
  EXPECT_EQ(state("lounge"), "orphaned");
  EXPECT_EQ(held("lounge")["only_here"], json(7));
}

TEST_F(PooledHolds, AMidnightOfThePoolWaitsForTheCopyThatIsBehind) {
  tell("a", "bob", "one");
  tell("b", "bob", "two");
  world_.nats.publish("chat.general.bob", "not in the pool");
  ASSERT_EQ(hold("a"), "held");
  ASSERT_EQ(hold("b"), "held");
  world_.nats.hold_back("HOLD_b");
  tell("c", "bob", "three");
  tell("b", "bob", "four");
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages_of_pool(), 4U) << "one purge for all of them";
  EXPECT_EQ(world_.messages("general"), 0U) << "nobody else waits";
  EXPECT_EQ(state("a"), "held");
  EXPECT_EQ(state("b"), "lagging");
  EXPECT_EQ(held("b")["missing"], json(1));
  EXPECT_EQ(blocking(), Rooms{"b"});
  EXPECT_EQ(world_.metric(MetricId::holds_blocking_rooms), 1);
  EXPECT_GE(world_.metric(MetricId::purge_errors_total, {"hold_behind"}), 1);
  world_.nats.let_go("HOLD_b");
  world_.pass(2min);
  EXPECT_EQ(messages_of_pool(), 0U);
  EXPECT_EQ(copied("a"), told_["a"]);
  EXPECT_EQ(copied("b"), told_["b"]);
  EXPECT_EQ(blocking(), Rooms{});
  EXPECT_EQ(world_.metric(MetricId::holds_blocking_rooms), 0);
}

TEST_F(PooledHolds, AMidnightWaitsForACopyThatIsBeingMade) {
  tell("a", "bob", "one");
  world_.nats.hold_back("HOLD_a");
  ASSERT_EQ(hold("a"), "copying");
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages_of_pool(), 1U);
  EXPECT_GE(world_.metric(MetricId::purge_errors_total, {"hold_copying"}), 1);
  world_.nats.let_go("HOLD_a");
  world_.pass(2min);
  EXPECT_EQ(messages_of_pool(), 0U);
  EXPECT_EQ(copied("a"), told_["a"]);
}

TEST_F(PooledHolds, WhatIsCopiedInTimeIsPurgedInTimeWhileTheRoomGoesOn) {
  ASSERT_EQ(hold("a"), "held");
  world_.nats.hold_back("HOLD_a");
  world_.pass_until("2026-11-22T14:59:59.999Z");
  tell("a", "bob", "the last of the day");
  world_.pass_until("2026-11-22T15:00:03Z");
  tell("a", "bob", "of the new day");
  EXPECT_EQ(messages("a"), 2U);
  world_.nats.let_go("HOLD_a");
  world_.pass_until("2026-11-22T15:00:06Z");
  EXPECT_EQ(messages("a"), 1U) << "it waited at the gate, and not for the next pass";
  EXPECT_EQ(copied("a"), told_["a"]);
}

TEST_F(PooledHolds, ARoomOfThePoolDoesNotWaitForTheCopyOfAnother) {
  tell("a", "bob", "one");
  tell("b", "bob", "two");
  ASSERT_EQ(hold("a"), "held");
  world_.nats.hold_back("HOLD_a");
  tell("a", "bob", "three");
  world_.pass(1s);
  const json of_b = run_job(world_, R"({"rooms": ["b"], "all": true, "dry_run": false})")["job"];
  EXPECT_EQ(of_b.value("messages", 0), 1) << of_b;
  EXPECT_EQ(messages("b"), 0U);
  const std::string id =
      ask_for_job(world_, R"({"rooms": ["a"], "user": "bob", "dry_run": false})");
  world_.pass(30s);
  EXPECT_EQ(messages("a"), 2U) << "of the held room nothing goes";
  EXPECT_EQ(blocking(), Rooms{"a"});
  world_.nats.let_go("HOLD_a");
  EXPECT_EQ(end_of_job(world_, id, 10min)["job"].value("messages", 0), 2);
  EXPECT_EQ(copied("a"), told_["a"]);
}

TEST_F(PooledHolds, OnlyTheRoomsOwnPurgesAndThoseOfTheWholePoolAreWaitedFor) {
  tell("a", "bob", "one");
  tell("b", "bob", "two");
  world_.pass(1s);
  world_.nats.silence("$JS.API.STREAM.PURGE.POOL_lobby");
  ask_for_job(world_, R"({"rooms": ["b"], "all": true, "dry_run": false})");
  world_.loop.run_until([&] { return world_.nats.count("$JS.API.STREAM.PURGE.>") > 0; }, 5s);
  EXPECT_EQ(hold("a"), "held") << "the purge under way is of another room";
  EXPECT_EQ(hold("b"), "copying");
  EXPECT_EQ(world_.nats.stream("HOLD_b"), nullptr) << "nobody knows what that purge deletes";
  world_.nats.speak();
  world_.pass(10s);
  EXPECT_EQ(state("b"), "held");
}

TEST_F(PooledHolds, AHoldThatIsAskedForDuringTheMidnightOfThePoolWaitsForItsEnd) {
  tell("a", "bob", "one");
  world_.nats.silence("$JS.API.STREAM.PURGE.POOL_lobby");
  world_.pass_until("2026-11-22T15:00:02Z");
  ASSERT_GT(world_.nats.count("$JS.API.STREAM.PURGE.POOL_lobby"), 0U);
  EXPECT_EQ(hold("a"), "copying");
  EXPECT_EQ(world_.nats.stream("HOLD_a"), nullptr);
  world_.nats.speak();
  world_.pass(30s);
  EXPECT_EQ(state("a"), "held");
}

TEST_F(PooledHolds, DeletedMessagesAreTakenForNoOthers) {
  for (const char* room : {"a", "b", "a", "b", "a", "b", "a"}) tell(room, "bob", "said");
  ASSERT_EQ(hold("a"), "held");
  Operator person(world_);
  // One of the room that the copy has, and one of another room.
  person.request("$JS.API.STREAM.MSG.DELETE.POOL_lobby", R"({"seq":3})");
  person.request("$JS.API.STREAM.MSG.DELETE.POOL_lobby", R"({"seq":4})");
  EXPECT_EQ(state("a"), "held");
  EXPECT_EQ(held("a")["only_here"], json(1));
  world_.nats.hold_back("HOLD_a");
  tell("a", "bob", "is not copied");
  tell("a", "bob", "the last one");
  EXPECT_EQ(held("a")["missing"], json(2)) << "the deleted one stands for none of them";
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages("a"), 5U);
  world_.nats.let_go("HOLD_a");
  world_.pass(2min);
  EXPECT_EQ(messages_of_pool(), 0U);
  EXPECT_EQ(copied("a"), told_["a"]);
}

TEST_F(PooledHolds, EachDeletedMessageIsLookedUpOnce) {
  for (int i = 0; i < 60; ++i) tell(i % 2 == 0 ? "a" : "b", "bob", "said");
  ASSERT_EQ(hold("a"), "held");
  Operator person(world_);
  for (int seq = 3; seq <= 40; ++seq) {
    person.request("$JS.API.STREAM.MSG.DELETE.POOL_lobby", "{\"seq\":" + std::to_string(seq) + "}");
  }
  EXPECT_EQ(held("a")["only_here"], json(19));
  world_.nats.forget_counts();
  EXPECT_EQ(held("a")["only_here"], json(19));
  EXPECT_EQ(state("a"), "held");
  EXPECT_LE(world_.nats.count("$JS.API.STREAM.MSG.GET.HOLD_a"), 4U) << "its first and its last";
  person.request("$JS.API.STREAM.MSG.DELETE.POOL_lobby", R"({"seq":41})");
  EXPECT_EQ(held("a")["only_here"], json(20));
  EXPECT_EQ(state("a"), "held");
  EXPECT_LE(world_.nats.count("$JS.API.STREAM.MSG.GET.HOLD_a"), 9U);
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages_of_pool(), 0U);
  EXPECT_EQ(copied("a"), told_["a"]);
}

TEST_F(PooledHolds, OutlivesTheDaemon) {
  tell("a", "bob", "one");
  ASSERT_EQ(hold("a"), "held");
  world_.nats.hold_back("HOLD_a");
  tell("a", "bob", "two");
  world_.kill();
  world_.pass_until("2026-11-22T15:10:00Z");
  world_.boot();
  world_.pass(30s);
  EXPECT_EQ(messages_of_pool(), 2U);
  EXPECT_EQ(held("a")["note"], json("case 7"));
  world_.nats.let_go("HOLD_a");
  world_.pass(2min);
  EXPECT_EQ(state("a"), "held");
  EXPECT_EQ(messages_of_pool(), 0U);
  EXPECT_EQ(copied("a"), told_["a"]);
}

TEST_F(PooledHolds, AListingThatMissesACopyIsNoProofThatThereIsNone) {
  tell("a", "bob", "one");
  ASSERT_EQ(hold("a"), "held");
  world_.nats.hold_back("HOLD_a");
  tell("a", "bob", "two");
  world_.kill();
  world_.nats.set_missing({"HOLD_a"});
  world_.boot();
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages_of_pool(), 2U);
  EXPECT_EQ(blocking(), Rooms{"a"});
}

TEST_F(PooledHolds, ACopyOfADedicatedRoomHoldsBackNoPool) {
  ASSERT_EQ(hold("general"), "held");
  world_.nats.hold_back("HOLD_general");
  world_.nats.publish("chat.general.bob", "one");
  tell("a", "bob", "two");
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages_of_pool(), 0U);
  EXPECT_EQ(world_.messages("general"), 1U);
}

TEST_F(PooledHolds, APoolMadeAnewUsesNoSequenceThatACopyHas) {
  tell("b", "bob", "not held");
  tell("a", "bob", "one");
  tell("a", "bob", "two");
  ASSERT_EQ(hold("a"), "held");
  ASSERT_TRUE(world_.nats.delete_stream("POOL_lobby"));
  world_.kill();
  world_.boot();  // this daemon has never seen the pool
  world_.pass(30s);
  ASSERT_NE(world_.nats.stream("POOL_lobby"), nullptr);
  tell("a", "bob", "three");
  EXPECT_GT(std::get<0>(told_["a"].back()), 3U);
  world_.pass(1min);
  EXPECT_EQ(state("a"), "held");
  EXPECT_EQ(copied("a"), told_["a"]);
}

TEST_F(PooledHolds, SequencesThatBeganAnewAreNotTakenForTheOldOnes) {
  tell("a", "bob", "one");
  tell("a", "bob", "two");
  ASSERT_EQ(hold("a"), "held");
  const std::string config = world_.nats.stream("POOL_lobby")->config().list_json;
  ASSERT_TRUE(world_.nats.delete_stream("POOL_lobby"));
  ASSERT_TRUE(world_.nats.create_stream("POOL_lobby", config));
  world_.pass(1s);
  const auto before = told_["a"];
  tell("a", "bob", "has the sequence of another message");
  world_.pass(30s);
  EXPECT_EQ(state("a"), "broken");
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages("a"), 1U) << "the copy does not have it";
  EXPECT_EQ(copied("a"), before);
}

TEST_F(PooledHolds, EndsOnlyWithConsentAndIsAudited) {
  tell("a", "bob", "one");
  ask_as(world_, "ops@example", "room.hold", R"({"room":"a","note":"case 7"})");
  world_.pass(2s);
  EXPECT_EQ(ask(world_, "room.unhold", R"({"room":"a"})")["removed"], json(false));
  EXPECT_EQ(copied("a"), told_["a"]);
  const std::string shown = ask(world_, "retention.room", R"({"room":"a"})").value("hold", "");
  EXPECT_NE(shown.find("HOLD_a"), std::string::npos) << shown;
  const json ended = ask(world_, "room.unhold", R"({"room":"a","dry_run":false})");
  EXPECT_EQ(ended["removed"], json(true));
  EXPECT_EQ(world_.nats.stream("HOLD_a"), nullptr);
  world_.pass(10s);
  const Entries begun = audit_of(world_, api::AuditKind::hold);
  ASSERT_EQ(begun.size(), 2U);
  EXPECT_EQ(begun[0].room, "a");
  EXPECT_EQ(begun[0].stream, "HOLD_a");
  EXPECT_EQ(only_entry(world_, api::AuditKind::unhold).messages, 1U);
  EXPECT_EQ(messages("a"), 1U) << "the room goes on";
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages_of_pool(), 0U);
}

TEST_F(PooledHolds, RefusesWhatCannotBeHeld) {
  EXPECT_EQ(hold("nowhere"), "room_not_found");
  ASSERT_TRUE(world_.nats.create_stream("HOLD_b", R"({"name":"HOLD_b","subjects":["x"]})"));
  EXPECT_EQ(hold("b"), "conflict");
  Operator(world_).edit("POOL_lobby", R"({"allow_direct": true})");
  EXPECT_EQ(hold("a"), "unsafe") << "its copy would answer for purged messages";
  world_.pass_until(past_midnight);
  EXPECT_EQ(world_.metric(MetricId::holds_blocking_rooms), 0);
}

/// nats-server 2.10 leaves messages with such headers out of a mirror.
class PooledHoldsOn210 : public HeldPool {
 protected:
  static FakeNatsOptions old_server() {
    FakeNatsOptions options;
    options.version = "2.10.29";
    return options;
  }
  PooledHoldsOn210() : HeldPool(old_server()) {}
};

TEST_F(PooledHoldsOn210, WhatTheServerLeavesOutIsNotDeleted) {
  tell("a", "bob", "one");
  ASSERT_EQ(hold("a"), "held");
  tell("a", "bob", "left out", {{"Nats-Expected-Stream", "POOL_lobby"}});
  tell("a", "bob", "gets the sequence of the one before");
  tell("a", "bob", "and so on");
  world_.pass_until(past_midnight);
  EXPECT_EQ(messages("a"), 4U);
  EXPECT_NE(state("a"), "held");
  EXPECT_NE(held("a")["why"].get<std::string>(), "");
  ask(world_, "room.unhold", R"({"room":"a","dry_run":false})");
  world_.pass(2min);
  EXPECT_EQ(messages_of_pool(), 0U) << "ended, it holds nothing back";
}

}  // namespace
}  // namespace roomkeeper::testing
