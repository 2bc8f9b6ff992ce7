// The gate of a hold: what the copy does not have is not deleted, by nobody.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/held_rooms.h"
#include "tests/simulation/job_runs.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

class HoldGate : public HeldRooms {
 protected:
  HoldGate() {
    tell("general", "bob", "one");
    tell("other", "bob", "not held");
    told_.erase(told_.begin() + 1);
  }
};

TEST_F(HoldGate, AMidnightWaitsForACopyThatIsBehind) {
  ASSERT_EQ(hold("general"), "held");
  world_.nats.hold_back("HOLD_general");
  tell("general", "bob", "two");
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 2U);
  EXPECT_EQ(world_.messages("other"), 0U) << "nobody else waits";
  EXPECT_EQ(state("general"), "lagging");
  EXPECT_EQ(held("general")["missing"], json(1));
  EXPECT_EQ(world_.metric(MetricId::holds_blocking_rooms), 1);
  EXPECT_GE(world_.metric(MetricId::purge_errors_total, {"hold_behind"}), 1);
  EXPECT_NE(doctor().find("hold.lagging warning"), std::string::npos) << doctor();
  EXPECT_GT(world_.logged("hold.deletion_waits"), 0U);
  world_.nats.let_go("HOLD_general");
  world_.pass(2min);
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general"), told_);
  EXPECT_EQ(state("general"), "held");
  EXPECT_EQ(world_.metric(MetricId::holds_blocking_rooms), 0);
}

TEST_F(HoldGate, AMidnightWaitsForACopyThatIsBeingMade) {
  world_.nats.hold_back("HOLD_general");
  ASSERT_EQ(hold("general"), "copying");
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 1U);
  EXPECT_GE(world_.metric(MetricId::purge_errors_total, {"hold_copying"}), 1);
  world_.nats.let_go("HOLD_general");
  world_.pass(2min);
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(HoldGate, AMessageThatIsCopiedInTimeIsPurgedInTime) {
  ASSERT_EQ(hold("general"), "held");
  world_.nats.hold_back("HOLD_general");
  world_.pass_until("2026-11-22T14:59:59.999Z");
  tell("general", "bob", "two");
  world_.pass_until("2026-11-22T15:00:03Z");
  EXPECT_EQ(world_.messages("general"), 2U);
  world_.nats.let_go("HOLD_general");
  world_.pass_until("2026-11-22T15:00:06Z");
  EXPECT_EQ(world_.messages("general"), 0U) << "it waited at the gate, and not for the next pass";
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(HoldGate, AJobDoesNotTakeWhatTheCopyLacks) {
  ASSERT_EQ(hold("general"), "held");
  world_.nats.hold_back("HOLD_general");
  tell("general", "bob", "two");
  world_.pass(1s);
  const std::string id =
      ask_for_job(world_, R"({"rooms": ["general"], "user": "bob", "dry_run": false})");
  world_.pass(30s);
  EXPECT_EQ(world_.messages("general"), 2U);
  world_.nats.let_go("HOLD_general");
  const json job = end_of_job(world_, id, 10min);
  EXPECT_EQ(world_.messages("general") == 0U, job["job"].value("rooms_failed", 0) == 0) << job;
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(HoldGate, ARemovalWaitsForACopyThatIsBehind) {
  ASSERT_EQ(ask(world_, "room.create", R"({"room":{"id":"lobby"}})").value("id", ""), "lobby");
  world_.pass(2s);
  ASSERT_EQ(hold("lobby"), "held");
  world_.nats.hold_back("HOLD_lobby");
  told_.clear();
  tell("lobby", "bob", "one");
  ask(world_, "room.rm", R"({"room":"lobby"})");
  world_.pass(1min);
  EXPECT_TRUE(world_.has_stream("lobby"));
  EXPECT_EQ(world_.metric(MetricId::holds_blocking_rooms), 1);
  EXPECT_GT(world_.logged("reason=hold_behind"), 0U);
  world_.nats.let_go("HOLD_lobby");
  world_.pass(5min);
  EXPECT_FALSE(world_.has_stream("lobby"));
  EXPECT_EQ(copied("lobby"), told_);
}

TEST_F(HoldGate, ADaemonThatStartsKnowsAnUnfinishedCopyByTheStreamItself) {
  world_.nats.hold_back("HOLD_general");
  ASSERT_EQ(hold("general"), "copying");
  world_.kill();
  world_.boot();
  EXPECT_EQ(state("general"), "copying");
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 1U);
  world_.nats.let_go("HOLD_general");
  world_.pass(2min);
  EXPECT_EQ(state("general"), "held");
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(HoldGate, AMidnightMadeUpAtStartAsksTheCopyToo) {
  ASSERT_EQ(hold("general"), "held");
  world_.nats.hold_back("HOLD_general");
  tell("general", "bob", "two");
  world_.kill();
  world_.pass_until("2026-11-22T15:10:00Z");
  world_.boot();
  world_.pass(30s);
  EXPECT_EQ(world_.messages("general"), 2U);
  world_.nats.let_go("HOLD_general");
  world_.pass(2min);
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(HoldGate, AListingThatMissesTheCopyIsNoProofThatThereIsNone) {
  ASSERT_EQ(hold("general"), "held");
  world_.nats.hold_back("HOLD_general");
  tell("general", "bob", "two");
  world_.kill();
  world_.nats.set_missing({"HOLD_general"});
  world_.boot();
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 2U);
  EXPECT_EQ(world_.messages("other"), 0U);
}

TEST_F(HoldGate, ACopyThatSomebodyLimitedProvesNothing) {
  ASSERT_EQ(hold("general"), "held");
  Operator(world_).edit("HOLD_general", R"({"max_msgs": 100})");
  EXPECT_EQ(state("general"), "broken");
  EXPECT_NE(doctor().find("hold.broken error"), std::string::npos) << doctor();
  EXPECT_EQ(world_.metric(MetricId::holds, {"broken"}), 1);
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 1U);
  Operator(world_).edit("HOLD_general", R"({"max_msgs": -1})");
  world_.pass(2min);
  EXPECT_EQ(state("general"), "held");
  EXPECT_EQ(world_.messages("general"), 0U);
}

TEST_F(HoldGate, ACopyWithoutItsMarkStillProtectsTheRoom) {
  ASSERT_EQ(hold("general"), "held");
  Operator(world_).edit(
      "HOLD_general",
      R"({"metadata": {"roomkeeper.hold": null, "roomkeeper.hold.instance": null}})");
  EXPECT_EQ(state("general"), "broken");
  EXPECT_EQ(refusal(world_, "room.unhold", R"({"room":"general","dry_run":false})"), "unsafe");
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 1U);
}

TEST_F(HoldGate, SequencesThatBeganAnewAreNotTakenForTheOldOnes) {
  tell("general", "bob", "two");
  ASSERT_EQ(hold("general"), "held");
  const std::string config = world_.nats.stream("ROOM_general")->config().list_json;
  world_.nats.forget_counts();
  ASSERT_TRUE(world_.nats.delete_stream("ROOM_general"));
  ASSERT_TRUE(world_.nats.create_stream("ROOM_general", config));
  world_.pass(1s);
  world_.nats.publish("chat.general.bob", "has the sequence of another message");
  world_.pass(30s);
  EXPECT_EQ(state("general"), "broken");
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 1U) << "the copy does not have it";
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(HoldGate, ACopyThatSomebodyRemovedHoldsNothingBack) {
  ASSERT_EQ(hold("general"), "held");
  ASSERT_TRUE(world_.nats.delete_stream("HOLD_general"));
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(state("general"), "none");
  EXPECT_GT(world_.logged("hold.gone"), 0U);
}

TEST_F(HoldGate, AServerThatDoesNotAnswerProvesNothing) {
  ASSERT_EQ(hold("general"), "held");
  world_.nats.silence("$JS.API.STREAM.INFO.HOLD_general");
  world_.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world_.messages("general"), 1U);
  world_.nats.speak();
  world_.pass(2min);
  EXPECT_EQ(world_.messages("general"), 0U);
}

TEST_F(HoldGate, ADeletedMessageIsNotWaitedFor) {
  tell("general", "bob", "two");
  tell("general", "bob", "three");
  Operator person(world_);
  person.request("$JS.API.STREAM.MSG.DELETE.ROOM_general", R"({"seq":2})");
  person.request("$JS.API.STREAM.MSG.DELETE.ROOM_general", R"({"seq":3})");
  ASSERT_EQ(hold("general"), "held");
  world_.pass_until("2026-11-22T15:00:30Z");
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general").size(), 1U);
}

}  // namespace
}  // namespace roomkeeper::testing
