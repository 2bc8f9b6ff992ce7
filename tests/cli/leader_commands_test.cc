// `leader show|step-down`, and what `status` says of replicas, against a world that answers.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/types.h"
#include "tests/cli/fakes.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class LeaderCommands : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words) {
    output.out.clear();
    output.err.clear();
    return run_in(world, output, words);
  }
  api::StatusReply led_by(const std::string& leader) const {
    api::StatusReply status;
    status.replica = leader.empty() ? "a" : leader;
    status.leader = !leader.empty();
    if (leader.empty()) status.leader_note = "the last leader had a newer configuration";
    for (const char* name : {"a", "b"}) {
      api::ReplicaStatus one;
      one.name = name;
      one.leader = name == leader;
      one.note = one.leader ? "" : "another replica holds the lease";
      one.version = "0.1.0";
      one.configuration = "5e0c1b7a";
      one.started = world.clock.wall();
      status.replicas.push_back(one);
    }
    return status;
  }
  World world;
  RecordedOutput output;
};

TEST_F(LeaderCommands, ShowSaysWhoLeadsAndWhyTheOthersDoNot) {
  world.answer(Verb::status, led_by("b"));
  EXPECT_EQ(run({"leader", "show"}), 0) << output.err;
  EXPECT_THAT(output.out,
              AllOf(HasSubstr("b leads.\n"), HasSubstr("REPLICA"),
                    HasSubstr("another replica holds the lease"), HasSubstr("5e0c1b7a")));
}

TEST_F(LeaderCommands, NobodyLeadingIsAnError) {
  world.answer(Verb::status, led_by(""));
  EXPECT_EQ(run({"leader", "show"}), 1);
  EXPECT_THAT(output.out, HasSubstr("Nobody leads: no change is made, nothing is purged."));
}

TEST_F(LeaderCommands, StepDownWaitsForTheNextOne) {
  world.answer(Verb::leader_stepdown, api::StepDownReply{.replica = "a", .others = {"b"}});
  world.answer(Verb::status, led_by(""));
  world.answer(Verb::status, led_by("a"));  // an old word of it
  world.answer(Verb::status, led_by("b"));
  EXPECT_EQ(run({"leader", "step-down"}), 0) << output.err;
  EXPECT_EQ(output.out, "a has stepped down, b leads.\n");
}

TEST_F(LeaderCommands, StepDownAloneSaysThatItWillLeadAgain) {
  world.answer(Verb::leader_stepdown, api::StepDownReply{.replica = "a", .others = {}});
  world.answer(Verb::status, led_by("a"));
  EXPECT_EQ(run({"leader", "step-down"}), 0);
  EXPECT_THAT(output.err, HasSubstr("there is no other replica"));
}

TEST_F(LeaderCommands, WhenNobodyTakesOverItSaysSo) {
  world.answer(Verb::leader_stepdown, api::StepDownReply{.replica = "a", .others = {"b"}});
  world.answer(Verb::status, led_by(""));
  EXPECT_EQ(run({"leader", "step-down"}), 1);
  EXPECT_THAT(output.err, HasSubstr("nobody has begun to lead yet"));
}

TEST_F(LeaderCommands, StatusShowsTheReplicasWhenThereAreSeveral) {
  world.answer(Verb::status, led_by("a"));
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(output.out, AllOf(HasSubstr("a, leads"), HasSubstr("REPLICA")));
  api::StatusReply alone = led_by("a");
  alone.replicas.pop_back();
  world.replies.clear();
  world.answer(Verb::status, alone);
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(output.out, Not(HasSubstr("REPLICA")));
}

}  // namespace
}  // namespace roomkeeper::cli
