// purge and job.*: what is asked, what is shown while it lasts, what is printed, which exit code.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/jobs.h"
#include "policies/rfc3339.h"
#include "tests/cli/fakes.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PurgeCommands : public ::testing::Test {
 protected:
  PurgeCommands() {
    job_.id = "20261122-155301-01";
    job_.created = *policies::parse_rfc3339("2026-11-22T15:53:01Z");
    job_.state = "queued";
    job_.rooms = 0;
  }
  int run(const std::vector<std::string>& words) {
    output.out.clear();
    output.err.clear();
    return run_in(world, output, words);
  }
  json request(Verb verb, std::size_t index = 0) {
    return json::parse(world.requests(verb).at(index));
  }
  api::JobReply at(const std::string& state, std::uint64_t done) const {
    api::JobReply reply{.job = job_, .failures = {}, .rooms = {}, .total = 0};
    reply.job.state = state;
    reply.job.rooms = 2000;
    reply.job.rooms_done = done;
    reply.job.messages = done * 2;
    reply.job.stored = done * 10;
    return reply;
  }

  World world;
  RecordedOutput output;
  api::JobView job_;
};

TEST_F(PurgeCommands, CountsUnlessItIsToldToDelete) {
  world.answer(Verb::purge, job_);
  api::JobReply reply = at("done", 3);
  reply.rooms = {{"general", 4, 20}, {"lob\x1b[31mby", 2, 10}};
  reply.total = 5;
  reply.job.selection.match = "*";
  reply.job.selection.user = "bob";
  world.answer(Verb::job_show, reply);
  EXPECT_EQ(run({"purge", "--user", "bob", "--match", "*", "--limit", "2", "--context", "prod"}),
            0);
  EXPECT_EQ(request(Verb::purge), json::parse(R"({"rooms":[],"match":"*","template":"","user":"bob",
                                                  "all":false,"rate":0,"dry_run":true})"));
  EXPECT_THAT(output.out, StartsWith("ROOM"));
  EXPECT_THAT(output.out, AllOf(HasSubstr("general"), HasSubstr("lob\\x1b[31mby"),
                                HasSubstr("... and 3 rooms more"),
                                HasSubstr("6 of 30 messages in 3 rooms would be deleted\n")));
  EXPECT_EQ(output.err,
            "Nothing was deleted. This does it:\n"
            "  roomctl --context prod purge --match '*' --user bob --yes\n");
  EXPECT_EQ(run({"purge", "--user", "bob", "--match", "*", "--dry-run"}), 0);
  EXPECT_EQ(output.err, "");
}

TEST_F(PurgeCommands, AsksForExactlyWhatWasSaid) {
  world.answer(Verb::purge, job_);
  world.answer(Verb::job_show, at("done", 1));
  EXPECT_EQ(run({"purge", "--room", "a", "--before", "17", "--yes"}), 0);
  EXPECT_EQ(request(Verb::purge),
            json::parse(R"({"rooms":["a"],"match":"","template":"","user":"","before_seq":17,
                            "all":false,"rate":0,"dry_run":false})"));
  EXPECT_EQ(run({"purge", "--room", "a", "--room", "b", "--of", "bob", "--keep", "5", "--rate", "9",
                 "--yes"}),
            0);
  EXPECT_EQ(request(Verb::purge, 1),
            json::parse(R"({"rooms":["a","b"],"match":"","template":"","user":"bob","keep":5,
                            "all":false,"rate":9,"dry_run":false})"));
  EXPECT_EQ(run({"purge", "--template", "x", "--match", "g*", "--all", "--yes"}), 0);
  EXPECT_EQ(request(Verb::purge, 2)["all"], json(true));
  EXPECT_EQ(run({"purge", "--match", "*", "--before", "2026-11-22T00:00:00+09:00", "--yes"}), 0);
  EXPECT_EQ(request(Verb::purge, 3)["before_time"], json("2026-11-21T15:00:00Z"));
}

TEST_F(PurgeCommands, RefusesWhatIsNotClear) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"purge"},
           {"purge", "--room", "a", "--yes"},
           {"purge", "--match", "*", "--yes"},
           {"purge", "--room", "a", "--all", "--keep", "1"},
           {"purge", "--room", "a", "--all", "--user", "bob", "--yes"},
           {"purge", "--room", "a", "--keep", "0"},
           {"purge", "--room", "a", "--before", "0"},
           {"purge", "--room", "a", "--room", "b", "--before", "7"},
           {"purge", "--match", "*", "--before", "7"},
           {"purge", "--room", "a", "--match", "*"},
           {"purge", "--room", "a", "--before", "yesterday"},
           {"purge", "--room", "a", "--before", ""},
           {"purge", "--room", "a", "--before", "5", "--keep", "5"},
           {"purge", "--room", "a", "--all", "--yes", "--dry-run"},
           {"purge", "--room", "a", "--rate", "0", "--all", "--yes"},
           {"purge", "--user", "bob"},
           {"purge", "--room", "a", "--user", "", "--yes"},
           {"job"},
           {"job", "show"},
           {"job", "abort"}}) {
    EXPECT_EQ(run(words), 1) << ::testing::PrintToString(words);
  }
  EXPECT_TRUE(world.asked.empty());
}

TEST_F(PurgeCommands, ShowsABarOnATerminalAndLinesElsewhere) {
  world.answer(Verb::purge, job_);
  for (int i = 0; i < 50; ++i)
    world.answer(Verb::job_show, at("running", static_cast<std::uint64_t>(i) * 40));
  job_.dry_run = false;
  world.answer(Verb::job_show, at("done", 2000));
  EXPECT_EQ(run({"purge", "--match", "*", "--all", "--yes"}), 0);
  EXPECT_THAT(output.err, AllOf(HasSubstr("[##"), HasSubstr(" of 2,000 rooms, "), HasSubstr("\n"),
                                Not(HasSubstr("\r"))));
  EXPECT_EQ(output.out, "4,000 of 20,000 messages in 2,000 rooms deleted\n");
  world.replies.clear();
  world.answer(Verb::purge, job_);
  for (int i = 0; i < 10; ++i) world.answer(Verb::job_show, at("running", 1000));
  world.answer(Verb::job_show, at("done", 2000));
  output.terminal = true;
  EXPECT_EQ(run({"purge", "--match", "*", "--all", "--yes"}), 0);
  EXPECT_THAT(output.err, HasSubstr("\r[##########----------] 1,000 of 2,000 rooms"));
}

TEST_F(PurgeCommands, FailuresAreNamedAndAreAnExitCode) {
  job_.dry_run = false;
  world.answer(Verb::purge, job_);
  api::JobReply reply = at("done_with_failures", 1997);
  reply.job.rooms_failed = 3;
  reply.job.at_least = true;
  reply.failures = {{"ancient", "server_refused", "stream purge not permitted"}};
  world.answer(Verb::job_show, reply);
  EXPECT_EQ(run({"purge", "--match", "*", "--all", "--yes"}), 1);
  EXPECT_EQ(output.out,
            "at least 3,994 of 19,970 messages in 1,997 rooms deleted, 3 rooms failed\n");
  EXPECT_EQ(output.err,
            "failed: ancient: server_refused: stream purge not permitted\n"
            "... and 2 more rooms failed\n");
  EXPECT_EQ(run({"job", "show", "20261122-155301-01"}), 1);
  reply = at("failed", 0);
  reply.job.detail = "listing the rooms: no";
  world.replies.clear();
  world.answer(Verb::purge, job_);
  world.answer(Verb::job_show, reply);
  EXPECT_EQ(run({"purge", "--match", "*", "--all", "--yes"}), 1);
  EXPECT_THAT(output.err, HasSubstr("failed: listing the rooms: no"));
}

TEST_F(PurgeCommands, CtrlCStopsTheWaitingAndSaysHowToGoOn) {
  world.answer(Verb::purge, job_);
  world.answer(Verb::job_show, at("running", 5));
  world.pauses_left = 3;
  EXPECT_EQ(run({"purge", "--match", "*", "--all", "--yes"}), 1);
  EXPECT_THAT(output.err, AllOf(HasSubstr("job 20261122-155301-01 goes on"),
                                HasSubstr("roomctl job show 20261122-155301-01 --wait"),
                                HasSubstr("roomctl job abort 20261122-155301-01")));
}

TEST_F(PurgeCommands, WithoutWaitingTheJobIsNamed) {
  world.answer(Verb::purge, job_);
  EXPECT_EQ(run({"purge", "--match", "*", "--all", "--yes", "--no-wait"}), 0);
  EXPECT_THAT(output.out, HasSubstr("roomctl job show 20261122-155301-01"));
  EXPECT_TRUE(world.requests(Verb::job_show).empty());
  EXPECT_EQ(run({"purge", "--match", "*", "--all", "--yes", "--no-wait", "--json"}), 0);
  EXPECT_EQ(json::parse(output.out)["id"], json("20261122-155301-01"));
}

TEST_F(PurgeCommands, JobsAreListedShownAndAborted) {
  api::JobView hostile = job_;
  hostile.who = "eve\n\x1b[2J";
  hostile.selection.match = "*";
  hostile.selection.template_name = "archive";
  hostile.selection.user = "bob";
  hostile.selection.keep = 5;
  world.answer(Verb::job_ls, api::JobListReply{{hostile, job_}, 2});
  EXPECT_EQ(run({"job", "ls"}), 0);
  EXPECT_THAT(output.out, AllOf(HasSubstr("20261122-155301-01"), Not(HasSubstr("\x1b")),
                                HasSubstr("rooms * of template archive; of user bob; all but the "
                                          "newest 5")));
  world.answer(Verb::job_show, at("running", 500));
  EXPECT_EQ(run({"job", "show", "20261122-155301-01", "--limit", "7"}), 0);
  EXPECT_EQ(request(Verb::job_show)["limit"], json(7));
  EXPECT_THAT(output.out, AllOf(HasSubstr("a dry run"), HasSubstr("500 of 2,000 rooms")));
  api::JobView aborted = job_;
  aborted.state = "aborted";
  aborted.dry_run = false;
  world.answer(Verb::job_abort, aborted);
  EXPECT_EQ(run({"job", "abort", "20261122-155301-01"}), 0);
  EXPECT_THAT(output.out, HasSubstr("aborted; 0 of 0 messages in 0 rooms deleted"));
  EXPECT_EQ(request(Verb::job_abort), json::parse(R"({"job":"20261122-155301-01"})"));
}

}  // namespace
}  // namespace roomkeeper::cli
