// Holds: what a copy keeps while the room loses everything, and how a hold begins and ends.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/audit_entries.h"
#include "tests/simulation/held_rooms.h"
#include "tests/simulation/job_runs.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

class Holds : public HeldRooms {};

TEST_F(Holds, TheCopyHasEverythingThatMidnightsPurgesAndTheRoomsRemovalTake) {
  ASSERT_EQ(ask(world_, "room.create", R"({"room":{"id":"lobby"}})").value("id", ""), "lobby");
  world_.pass(2s);
  tell("lobby", "bob", "before the hold");
  ASSERT_EQ(hold("lobby"), "held");
  world_.nats.forget_counts();
  tell("lobby", "alice", "first day");
  world_.pass_until("2026-11-22T14:59:59.999Z");
  tell("lobby", "bob", "the last millisecond of the day");
  world_.pass_until("2026-11-22T15:00:30Z");
  EXPECT_EQ(world_.messages("lobby"), 0U) << "the first midnight";

  tell("lobby", "alice", "second day");
  tell("lobby", "carol", "of carol");
  tell("lobby", "alice", "stays until midnight");
  world_.pass(1s);
  const json of_carol =
      run_job(world_, R"({"rooms": ["lobby"], "user": "carol", "dry_run": false})")["job"];
  EXPECT_EQ(of_carol.value("messages", 0), 1);
  const json kept = run_job(world_, R"({"rooms": ["lobby"], "keep": 1, "dry_run": false})")["job"];
  EXPECT_EQ(kept.value("messages", 0), 1);
  EXPECT_EQ(world_.messages("lobby"), 1U);
  world_.pass_until("2026-11-23T15:00:30Z");
  EXPECT_EQ(world_.messages("lobby"), 0U) << "the second midnight";

  tell("lobby", "dave", "the last word");
  ask(world_, "room.rm", R"({"room":"lobby"})");
  world_.pass(1min);
  EXPECT_FALSE(world_.has_stream("lobby"));
  EXPECT_EQ(copied("lobby"), told_) << "sequences, subjects, headers, payloads and times";
  EXPECT_EQ(told_.size(), 7U);
  EXPECT_EQ(touched("lobby"), 0U) << "nothing that plans or purges touches a copy";
  EXPECT_EQ(state("lobby"), "orphaned");
  EXPECT_NE(doctor().find("hold.orphaned info: HOLD_lobby"), std::string::npos) << doctor();
}

TEST_F(Holds, IsAcknowledgedOnceTheCopyHasEverything) {
  world_.nats.hold_back("HOLD_general");
  tell("general", "bob", "one");
  tell("general", "bob", "two");
  EXPECT_EQ(hold("general"), "copying");
  json hold_now = held("general");
  EXPECT_EQ(hold_now["acknowledged"], json(false));
  EXPECT_EQ(hold_now["missing"], json(2));
  EXPECT_EQ(world_.metric(MetricId::holds, {"copying"}), 1);
  EXPECT_EQ(world_.metric(MetricId::hold_lag_messages), 2);
  EXPECT_NE(doctor().find("hold.copying warning"), std::string::npos) << doctor();
  world_.nats.let_go("HOLD_general");
  world_.pass(2s);
  hold_now = held("general");
  EXPECT_EQ(hold_now["state"], json("held"));
  EXPECT_EQ(hold_now["acknowledged"], json(true));
  EXPECT_EQ(hold_now["messages"], json(2));
  EXPECT_EQ(hold_now["note"], json("case 7"));
  EXPECT_EQ(copied("general"), told_);
  EXPECT_EQ(world_.metric(MetricId::holds, {"held"}), 1);
  EXPECT_EQ(world_.metric(MetricId::hold_lag_messages), 0);
  EXPECT_NE(doctor().find("hold.held ok"), std::string::npos) << doctor();
}

TEST_F(Holds, AskedTwiceItIsOneHold) {
  tell("general", "bob", "one");
  ASSERT_EQ(hold("general", "the first note"), "held");
  world_.nats.forget_counts();
  ASSERT_EQ(hold("general", "another"), "held");
  EXPECT_EQ(held("general")["note"], json("the first note"));
  EXPECT_EQ(world_.nats.count("$JS.API.STREAM.CREATE.>"), 0U);
  EXPECT_EQ(touched("general"), 0U);
}

TEST_F(Holds, AskedByManyAtOnceItIsOneHold) {
  world_.nats.set_latency(5ms);
  auto bus = world_.nats.connect("APP", "operator");
  int answers = 0;
  world_.loop.run_until([&] { return bus->state() == sidecar::BusState::connected; }, 1s);
  for (int i = 0; i < 5; ++i) {
    bus->request("roomkeeper.admin.room.hold", R"({"room":"general"})", {}, 5s,
                 [&](policies::Result<sidecar::Message> reply) {
                   ASSERT_TRUE(reply);
                   EXPECT_EQ(reply->data.find("\"error\""), std::string::npos) << reply->data;
                   ++answers;
                 });
  }
  world_.pass(5s);
  EXPECT_EQ(answers, 5);
  EXPECT_EQ(world_.nats.count("$JS.API.STREAM.CREATE.HOLD_general"), 1U);
  EXPECT_EQ(state("general"), "held");
}

TEST_F(Holds, EndsOnlyWithConsent) {
  tell("general", "bob", "one");
  tell("general", "bob", "two");
  ASSERT_EQ(hold("general"), "held");
  world_.pass_until("2026-11-22T15:00:30Z");
  tell("general", "bob", "three");
  json reply = ask(world_, "room.unhold", R"({"room":"general"})");
  EXPECT_EQ(reply["removed"], json(false));
  EXPECT_EQ(reply["hold"]["messages"], json(3));
  EXPECT_EQ(reply["hold"]["only_here"], json(2));
  EXPECT_EQ(copied("general"), told_);

  reply = ask(world_, "room.unhold", R"({"room":"general","dry_run":false})");
  EXPECT_EQ(reply["removed"], json(true));
  EXPECT_EQ(world_.nats.stream("HOLD_general"), nullptr);
  EXPECT_EQ(state("general"), "none");
  EXPECT_EQ(refusal(world_, "room.unhold", R"({"room":"general"})"), "room_not_found");
  EXPECT_EQ(world_.messages("general"), 1U) << "the room goes on";
  world_.pass_until("2026-11-23T15:00:30Z");
  EXPECT_EQ(world_.messages("general"), 0U) << "and so does its retention";
}

TEST_F(Holds, BeginningAndEndAreAudited) {
  tell("general", "bob", "one");
  ask_as(world_, "ops@example", "room.hold", R"({"room":"general","note":"case 7"})");
  world_.pass(2s);
  ask_as(world_, "chief@example", "room.unhold", R"({"room":"general"})");
  ask_as(world_, "chief@example", "room.unhold", R"({"room":"general","dry_run":false})");
  world_.pass(10s);
  const Entries begun = audit_of(world_, api::AuditKind::hold);
  ASSERT_EQ(begun.size(), 2U);
  EXPECT_EQ(begun[0].actor.claimed, "ops@example");
  EXPECT_EQ(begun[0].reason, policies::Reason::hold_asked);
  EXPECT_EQ(begun[0].room, "general");
  EXPECT_EQ(begun[0].stream, "HOLD_general");
  EXPECT_EQ(begun[0].text, "case 7");
  EXPECT_EQ(begun[1].messages, 1U) << "when the copy was complete";
  const api::AuditRecord ended = only_entry(world_, api::AuditKind::unhold);
  EXPECT_EQ(ended.actor.claimed, "chief@example");
  EXPECT_EQ(ended.reason, policies::Reason::hold_ended);
  EXPECT_EQ(ended.messages, 1U);
}

TEST_F(Holds, OutlivesTheDaemon) {
  tell("general", "bob", "one");
  ASSERT_EQ(hold("general"), "held");
  world_.kill();
  world_.nats.publish("chat.general.bob", "while nobody watched");
  world_.boot();
  EXPECT_EQ(state("general"), "held");
  EXPECT_EQ(held("general")["note"], json("case 7"));
  world_.pass_until("2026-11-22T15:00:30Z");
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general").size(), 2U);
}

TEST_F(Holds, GoesOnAfterAServerRestart) {
  tell("general", "bob", "one");
  ASSERT_EQ(hold("general"), "held");
  world_.nats.stop();
  world_.pass(5s);
  world_.nats.start();
  world_.pass(5s);
  tell("general", "bob", "two");
  world_.pass_until("2026-11-22T15:00:30Z");
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(Holds, ARoomMadeAnewUsesNoSequenceThatItsCopyHas) {
  ASSERT_EQ(ask(world_, "room.create", R"({"room":{"id":"lobby"}})").value("id", ""), "lobby");
  world_.pass(2s);
  tell("lobby", "bob", "one");
  tell("lobby", "bob", "two");
  ASSERT_EQ(hold("lobby"), "held");
  ask(world_, "room.rm", R"({"room":"lobby"})");
  world_.pass(1min);
  ASSERT_FALSE(world_.has_stream("lobby"));
  world_.kill();
  world_.boot();  // this daemon has never seen the room's stream
  ASSERT_EQ(ask(world_, "room.create", R"({"room":{"id":"lobby"}})").value("id", ""), "lobby");
  world_.pass(2s);
  tell("lobby", "bob", "three");
  EXPECT_EQ(std::get<0>(told_.back()), 3U);
  world_.pass(1min);
  EXPECT_EQ(state("lobby"), "held");
  EXPECT_EQ(copied("lobby"), told_);
}

TEST_F(Holds, RefusesWhatCannotBeHeld) {
  EXPECT_EQ(hold("tasks"), "unsafe") << "workqueue: a copy would work its messages off";
  EXPECT_EQ(hold("nowhere"), "room_not_found");
  EXPECT_EQ(hold("no such id"), "bad_request");
  EXPECT_EQ(hold("general", std::string(513, 'x')), "bad_request");
  EXPECT_EQ(hold("general", "two\nlines"), "bad_request");
  ASSERT_TRUE(world_.nats.create_stream("HOLD_other", R"({"name":"HOLD_other","subjects":["x"]})"));
  EXPECT_EQ(hold("other"), "conflict");
  Operator(world_).edit("ROOM_general", R"({"allow_direct": true})");
  EXPECT_EQ(hold("general"), "unsafe") << "its copy would answer for purged messages";
  EXPECT_EQ(state("general"), "none");
  EXPECT_EQ(state("other"), "none");
  world_.pass_until("2026-11-22T15:00:30Z");
  EXPECT_EQ(world_.metric(MetricId::holds_blocking_rooms), 0);
}

TEST_F(Holds, WaitsForAPurgeThatIsUnderWay) {
  tell("general", "bob", "one");
  world_.pass(1s);
  world_.nats.silence("$JS.API.STREAM.PURGE.ROOM_general");
  ask_for_job(world_, R"({"rooms": ["general"], "all": true, "dry_run": false})");
  world_.loop.run_until([&] { return world_.nats.count("$JS.API.STREAM.PURGE.ROOM_general") > 0; },
                        5s);
  const json reply = ask(world_, "room.hold", R"({"room":"general"})");
  EXPECT_EQ(reply.value("state", ""), "copying") << reply;
  EXPECT_EQ(world_.nats.stream("HOLD_general"), nullptr) << "nobody knows what that purge deletes";
  world_.nats.speak();
  world_.pass(10s);
  EXPECT_EQ(state("general"), "held");
}

TEST_F(Holds, ARoomWithoutAStreamIsNotHeld) {
  ASSERT_TRUE(world_.nats.delete_stream("ROOM_general"));
  world_.nats.silence("$JS.API.STREAM.CREATE.ROOM_general");
  EXPECT_EQ(hold("general"), "room_not_found");
}

}  // namespace
}  // namespace roomkeeper::testing
