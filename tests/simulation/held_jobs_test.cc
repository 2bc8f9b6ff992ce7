// Purge jobs against a room whose copy does not have everything: the room waits, the others do not.
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

constexpr const char* everything = R"({"match": "*", "all": true, "dry_run": false})";

class HeldJobs : public HeldRooms {
 protected:
  HeldJobs() : HeldRooms("2026-11-22T02:00:00Z") {
    for (const char* room : {"other", "tasks"}) tell(room, "bob", "not held");
    told_.clear();
    tell("general", "bob", "one");
    tell("general", "alice", "two");
    world_.pass(1s);
  }
  void expect_given_up(const json& reply, const std::string& reason) {
    EXPECT_EQ(reply["job"]["state"], json("done_with_failures")) << reply;
    EXPECT_EQ(reply["job"]["rooms_done"], json(2));
    EXPECT_EQ(reply["job"]["rooms_failed"], json(1));
    EXPECT_EQ(reply["job"]["messages"], json(2)) << "of the rooms that nobody holds";
    ASSERT_EQ(reply["failures"].size(), 1U) << reply;
    EXPECT_EQ(reply["failures"][0]["room"], json("general"));
    EXPECT_EQ(reply["failures"][0]["reason"], json(reason));
    EXPECT_EQ(world_.messages("other"), 0U);
    EXPECT_EQ(world_.messages("tasks"), 0U);
    EXPECT_EQ(world_.nats.count("$JS.API.STREAM.PURGE.ROOM_general"), 0U);
    EXPECT_EQ(world_.metric(MetricId::purge_job_rooms_total, {"failed"}), 1);
    EXPECT_EQ(world_.metric(MetricId::purge_jobs, {"waiting"}), 0);
  }
};

TEST_F(HeldJobs, AJobWaitsForACopyThatIsBeingMade) {
  world_.nats.hold_back("HOLD_general");
  ASSERT_EQ(hold("general"), "copying");
  world_.pass(1s);
  const std::string id = ask_for_job(world_, everything);
  world_.pass(1s);
  tell("general", "bob", "said after it was asked for");
  world_.pass(60s);
  const json waiting = job_of(world_, id);
  EXPECT_EQ(waiting["job"]["state"], json("waiting")) << waiting;
  EXPECT_EQ(waiting["job"]["rooms_done"], json(2));
  EXPECT_EQ(waiting["job"]["rooms_failed"], json(0));
  EXPECT_EQ(world_.metric(MetricId::purge_jobs, {"waiting"}), 1);
  EXPECT_EQ(world_.messages("general"), 3U);
  EXPECT_EQ(world_.messages("other"), 0U) << "nobody else waits";
  world_.nats.let_go("HOLD_general");
  const json reply = end_of_job(world_, id);
  EXPECT_EQ(reply["job"]["state"], json("done")) << reply;
  EXPECT_EQ(reply["job"]["rooms_done"], json(3));
  EXPECT_EQ(reply["job"]["messages"], json(4));
  EXPECT_EQ(world_.messages("general"), 1U) << "what came later stays";
  EXPECT_EQ(copied("general"), told_);
  EXPECT_EQ(state("general"), "held");
}

TEST_F(HeldJobs, AWaitingJobOutlivesTheDaemon) {
  world_.nats.hold_back("HOLD_general");
  ASSERT_EQ(hold("general"), "copying");
  const std::string id = ask_for_job(world_, everything);
  world_.pass(30s);
  ASSERT_EQ(job_of(world_, id)["job"]["state"], json("waiting"));
  world_.kill();
  world_.boot();
  world_.pass(30s);
  EXPECT_EQ(job_of(world_, id)["job"]["state"], json("waiting"));
  EXPECT_EQ(world_.messages("general"), 2U);
  world_.nats.let_go("HOLD_general");
  EXPECT_EQ(end_of_job(world_, id)["job"]["state"], json("done"));
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(HeldJobs, ACopyThatIsNeverMadeFailsTheRoomAndNoOther) {
  world_.nats.hold_back("HOLD_general");
  ASSERT_EQ(hold("general"), "copying");
  world_.nats.forget_counts();
  const policies::MonoTime begin = world_.clock.mono();
  const json reply = end_of_job(world_, ask_for_job(world_, everything), 30min);
  EXPECT_GE(world_.clock.mono() - begin, policies::Nanoseconds(10min));
  expect_given_up(reply, "hold_copying");
  world_.nats.let_go("HOLD_general");
  world_.pass(5min);
  EXPECT_EQ(world_.messages("general"), 2U) << "a job that has ended does nothing more";
  EXPECT_EQ(copied("general"), told_);
}

TEST_F(HeldJobs, ACopyThatStaysBehindFailsTheRoomAndNoOther) {
  ASSERT_EQ(hold("general"), "held");
  world_.nats.hold_back("HOLD_general");
  tell("general", "bob", "three");
  world_.pass(1s);
  world_.nats.forget_counts();
  expect_given_up(end_of_job(world_, ask_for_job(world_, everything), 30min), "hold_behind");
  EXPECT_EQ(world_.messages("general"), 3U);
  world_.nats.let_go("HOLD_general");
  world_.pass(1s);
  const json again = run_job(world_, everything);
  EXPECT_EQ(again["job"]["state"], json("done")) << again;
  EXPECT_EQ(world_.messages("general"), 0U);
  EXPECT_EQ(copied("general"), told_);
}

}  // namespace
}  // namespace roomkeeper::testing
