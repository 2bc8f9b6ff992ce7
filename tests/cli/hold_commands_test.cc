// `room hold`, `room unhold`, `room holds` against a world that answers.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/holds.h"
#include "tests/cli/fakes.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class HoldCommands : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words) {
    output.out.clear();
    output.err.clear();
    return run_in(world, output, words);
  }
  static api::HoldView view(const std::string& state, std::uint64_t missing = 0) {
    api::HoldView hold;
    hold.room = "general";
    hold.stream = "HOLD_general";
    hold.state = state;
    hold.acknowledged = state != "copying";
    hold.messages = 100 - missing;
    hold.bytes = 2048;
    hold.missing = missing;
    hold.by = "ops@example";
    hold.note = "case 7";
    hold.looked = world_time();
    if (missing > 0) hold.why = "the copy has not caught up";
    return hold;
  }
  static policies::WallTime world_time() { return testing::ManualClock().wall(); }

  World world;
  RecordedOutput output;
};

TEST_F(HoldCommands, HoldWaitsUntilTheCopyHasEverything) {
  world.answer(Verb::room_hold, view("copying", 60));
  world.answer(Verb::room_hold, view("copying", 20));
  world.answer(Verb::room_hold, view("held"));
  EXPECT_EQ(run({"room", "hold", "general", "--note", "case 7"}), 0) << output.err;
  EXPECT_EQ(world.requests(Verb::room_hold).size(), 3U);
  for (const std::string& request : world.requests(Verb::room_hold))
    EXPECT_EQ(json::parse(request), (json{{"room", "general"}, {"note", "case 7"}}));
  EXPECT_EQ(output.out, "general is held: 100 messages (2.0 KiB) in HOLD_general\n");
}

TEST_F(HoldCommands, HoldShowsHowFarTheCopyIs) {
  output.terminal = true;
  for (int i = 0; i < 8; ++i) world.answer(Verb::room_hold, view("copying", 60));
  world.answer(Verb::room_hold, view("held"));
  EXPECT_EQ(run({"room", "hold", "general"}), 0);
  EXPECT_THAT(output.err, HasSubstr("copying: 40 of 100 messages"));
}

TEST_F(HoldCommands, InterruptedHoldSaysThatTheCopyGoesOn) {
  world.pauses_left = 3;
  world.answer(Verb::room_hold, view("copying", 60));
  EXPECT_EQ(run({"room", "hold", "general"}), 1);
  EXPECT_THAT(output.err, AllOf(HasSubstr("stopped waiting"), HasSubstr("roomctl room holds")));
}

TEST_F(HoldCommands, NoWaitAsksOnce) {
  world.answer(Verb::room_hold, view("copying", 60));
  EXPECT_EQ(run({"room", "hold", "general", "--no-wait"}), 0);
  EXPECT_EQ(world.requests(Verb::room_hold).size(), 1U);
  EXPECT_THAT(output.out, HasSubstr("general is being copied: 40 messages"));
}

TEST_F(HoldCommands, ABrokenHoldIsAnError) {
  api::HoldView hold = view("broken");
  hold.why = "it has a limit";
  world.answer(Verb::room_hold, hold);
  EXPECT_EQ(run({"room", "hold", "general"}), 1);
  EXPECT_THAT(output.out, HasSubstr("broken: it has a limit"));
}

TEST_F(HoldCommands, UnholdOnlySaysWhatWouldGo) {
  api::HoldView hold = view("held");
  hold.only_here = 70;
  world.answer(Verb::room_unhold, api::UnholdReply{.hold = hold, .removed = false});
  EXPECT_EQ(run({"room", "unhold", "general"}), 0);
  EXPECT_EQ(json::parse(world.requests(Verb::room_unhold).at(0)),
            (json{{"room", "general"}, {"dry_run", true}}));
  EXPECT_EQ(
      output.out,
      "hold of general would end: 100 messages (2.0 KiB) in HOLD_general would go, 70 of them "
      "stored nowhere else\n");
  EXPECT_THAT(output.err, HasSubstr("roomctl room unhold general --yes"));
}

TEST_F(HoldCommands, UnholdWithYesRemoves) {
  world.answer(Verb::room_unhold, api::UnholdReply{.hold = view("held"), .removed = true});
  EXPECT_EQ(run({"room", "unhold", "general", "--yes"}), 0);
  EXPECT_EQ(json::parse(world.requests(Verb::room_unhold).at(0))["dry_run"], json(false));
  EXPECT_THAT(output.out, HasSubstr("ended: 100 messages"));
  EXPECT_EQ(output.err, "");
}

TEST_F(HoldCommands, ListIsATableWithWhatIsTheMatter) {
  api::HoldView hostile = view("lagging", 5);
  hostile.room = "lobby";
  hostile.note = "\x1b[31mred\x1b[0m";
  world.answer(Verb::room_holds,
               api::HoldListReply{.holds = {view("held"), hostile}, .blocked = {"lobby"}});
  EXPECT_EQ(run({"room", "holds"}), 0);
  EXPECT_THAT(output.out,
              AllOf(HasSubstr("ROOM"), HasSubstr("general"), HasSubstr("ops@example"),
                    HasSubstr("lobby: the copy has not caught up"),
                    HasSubstr("lobby: a deletion waits for the copy"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(run({"room", "holds", "--json"}), 0);
  EXPECT_EQ(json::parse(output.out)["holds"].size(), 2U);
}

TEST_F(HoldCommands, AnEmptyListSaysSo) {
  world.answer(Verb::room_holds, api::HoldListReply{});
  EXPECT_EQ(run({"room", "holds"}), 0);
  EXPECT_EQ(output.out, "No room is held.\n");
}

}  // namespace
}  // namespace roomkeeper::cli
