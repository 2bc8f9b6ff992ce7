// `plan` and `apply` where not all of it fits.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/bulk.h"
#include "tests/cli/fakes.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class CapacityCommands : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words) {
    output.out.clear();
    output.err.clear();
    return run_in(world, output, words);
  }

  World world;
  RecordedOutput output;
};

api::PlanReply cramped_plan() {
  api::PlanReply plan;
  plan.complete = true;
  plan.held = plan.total = 1;
  api::PlanEntry held;
  held.kind = "held";
  held.room = "r2";
  held.stream = "ROOM_r2";
  held.state = "blocked";
  held.reason = "no_capacity";
  plan.entries = {held};
  plan.capacity.checked = true;
  plan.capacity.creates = 500;
  plan.capacity.fitting = 298;
  plan.capacity.held = 202;
  plan.capacity.advice = {"storage of server n1\x1b: 12.6 GiB is missing"};
  plan.capacity.doubts = {"the limits of the account are not known: timeout"};
  return plan;
}

api::PlanReply roomy_plan() {
  api::PlanReply plan;
  plan.complete = true;
  plan.capacity.checked = true;
  plan.capacity.creates = plan.capacity.fitting = 5;
  return plan;
}

api::PassReply pass() {
  api::PassReply reply;
  reply.pass = 62;
  reply.total = reply.applied = 3;
  reply.held = 1;
  reply.done = true;
  return reply;
}

TEST_F(CapacityCommands, PlanSaysWhatDoesNotFitAndWhatWould) {
  world.answer(Verb::plan, cramped_plan());
  EXPECT_EQ(run({"plan"}), 2);
  EXPECT_THAT(output.out, HasSubstr("Capacity: 298 of 500 new streams fit, 202 held back\n"
                                    "    storage of server n1\\x1b: 12.6 GiB is missing\n"
                                    "    the limits of the account are not known: timeout\n"));
  EXPECT_EQ(run({"plan", "--json"}), 2);
  EXPECT_EQ(json::parse(output.out)["capacity"]["held"], 202);
}

TEST_F(CapacityCommands, PlanSaysNothingWhereAllFits) {
  world.answer(Verb::plan, roomy_plan());
  EXPECT_EQ(run({"plan"}), 0);
  EXPECT_THAT(output.out, Not(HasSubstr("Capacity")));
}

TEST_F(CapacityCommands, ApplySaysItFirstAndEndsWithAnError) {
  world.answer(Verb::plan, cramped_plan());
  world.answer(Verb::apply, pass());
  EXPECT_EQ(run({"apply"}), 1);
  EXPECT_EQ(output.out, "pass 62: 3 of 3 changes made.\n");
  EXPECT_EQ(output.err.find("Capacity: 298 of 500 new streams fit, 202 held back\n"), 0U)
      << output.err;
  EXPECT_EQ(world.asked.front().verb, Verb::plan);
  EXPECT_EQ(run({"apply", "--json"}), 1);
  EXPECT_EQ(json::parse(output.out)["applied"], 3);
  EXPECT_EQ(run({"apply", "--no-wait"}), 1);
}

TEST_F(CapacityCommands, ApplySucceedsWhenThereIsRoomAfterAll) {
  world.answer(Verb::plan, cramped_plan());
  world.answer(Verb::plan, roomy_plan());
  world.answer(Verb::apply, pass());
  EXPECT_EQ(run({"apply"}), 0);
}

TEST_F(CapacityCommands, ApplyOfAFileEndsWithAnErrorToo) {
  world.answer(Verb::plan, cramped_plan());
  world.answer(Verb::apply, pass());
  api::PutReply put;
  put.created = 1;
  put.rooms.push_back({.id = "a", .outcome = "created", .code = "", .message = ""});
  world.answer(Verb::room_put, put);
  output.input = "- id: a";
  EXPECT_EQ(run({"apply", "-f", "-"}), 1);
  EXPECT_THAT(output.err, HasSubstr("202 held back"));
}

}  // namespace
}  // namespace roomkeeper::cli
