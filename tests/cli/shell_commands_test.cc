// What roomctl offers to shells and scripts: completion scripts, bare ids.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/completion.h"
#include "cli/manual.h"
#include "tests/cli/fakes.h"

namespace roomkeeper::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ShellCommands : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words) { return run_in(world, output, words); }

  World world;
  RecordedOutput output;
};

TEST_F(ShellCommands, CompletionIsPrintedWithoutAServer) {
  EXPECT_EQ(run({"completion", "bash"}), 0);
  EXPECT_EQ(output.out, bash_completion());
  output.out.clear();
  EXPECT_EQ(run({"completion", "zsh"}), 0);
  EXPECT_EQ(output.out, zsh_completion());
  EXPECT_THAT(output.out, StartsWith("#compdef roomctl\n"));
  EXPECT_TRUE(world.asked.empty());
}

TEST_F(ShellCommands, OtherShellsAreRefused) {
  EXPECT_EQ(run({"completion", "fish"}), 1);
  EXPECT_EQ(output.out, "");
  EXPECT_THAT(output.err, HasSubstr("expected bash or zsh, not \"fish\""));
}

TEST_F(ShellCommands, QuietPrintsIdsOnly) {
  api::RoomListReply reply;
  for (const char* id : {"general", "lobby"}) {
    reply.rooms.emplace_back();
    reply.rooms.back().id = id;
  }
  reply.total = 2;
  world.answer(api::Verb::room_ls, reply);
  EXPECT_EQ(run({"room", "ls", "-q"}), 0);
  EXPECT_EQ(output.out, "general\nlobby\n");
  EXPECT_EQ(output.err, "");
}

TEST(Manual, SetsNoTextOfOursAsARequest) {
  const std::string page = roomctl_manual("1.2.3");
  EXPECT_THAT(page, StartsWith(".TH ROOMCTL 1 \"\" \"Roomkeeper 1.2.3\" \"Roomkeeper\"\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-json\\fR"));
  EXPECT_THAT(page, Not(HasSubstr("\n'")));
  EXPECT_THAT(page, Not(HasSubstr("`")));
}

}  // namespace
}  // namespace roomkeeper::cli
