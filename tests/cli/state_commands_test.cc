// `state export` and `state import` against a world that answers.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/state.h"
#include "tests/cli/fakes.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class StateCommands : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words, const std::string& input = {}) {
    output.out.clear();
    output.err.clear();
    output.input = input;
    world.asked.clear();
    return run_in(world, output, words);
  }
  static std::string file_of(int records) {
    std::string text = "{\"roomkeeper_state\":1}\n";
    for (int i = 0; i < records; ++i) text += "{\"record\":" + std::to_string(i) + "}\n";
    return text + "{\"end\":1}\n";
  }
  static api::StateImportReply reply_of(std::uint64_t line, std::string_view outcome,
                                        std::string_view code = {}, std::string reason = {}) {
    api::StateImportReply reply;
    reply.lines.push_back({.line = line,
                           .kind = "room",
                           .name = "lobby",
                           .outcome = std::string(outcome),
                           .code = std::string(code),
                           .reason = std::move(reason)});
    (outcome == "refused" ? reply.refused : reply.created) = 1;
    return reply;
  }
  std::vector<json> sent() const {
    std::vector<json> requests;
    for (const std::string& text : world.requests(Verb::state_import))
      requests.push_back(json::parse(text));
    return requests;
  }

  World world;
  RecordedOutput output;
  testing::TempDirectory directory;
};

TEST_F(StateCommands, PagesBecomeAFileThatOnlyItsOwnerReads) {
  world.answer(Verb::state_export,
               api::StateExportReply{.lines = {"header", "one"}, .next = "here"});
  world.answer(Verb::state_export, api::StateExportReply{.lines = {"two", "end"}, .next = {}});
  const std::filesystem::path path = directory.path() / "state.jsonl";
  std::ofstream(path) << "what was there";
  EXPECT_EQ(run({"state", "export", path.string()}), exit_ok) << output.err;
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "header\none\ntwo\nend\n");
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_THAT(output.err, HasSubstr("2 records written to"));
  EXPECT_EQ(json::parse(world.requests(Verb::state_export)[1])["after"], json("here"));
  const std::filesystem::directory_iterator files(directory.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "nothing is left beside it";
}

TEST_F(StateCommands, AnExportThatFailsLeavesTheFileThatWasThere) {
  world.answer(Verb::state_export, api::StateExportReply{.lines = {"header"}, .next = "here"});
  world.replies[Verb::state_export].push_back(
      R"({"error":{"code":"not_ready","message":"not now","details":[]}})");
  const std::filesystem::path path = directory.path() / "state.jsonl";
  std::ofstream(path) << "what was there";
  EXPECT_EQ(run({"state", "export", path.string()}), exit_error);
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "what was there");
}

TEST_F(StateCommands, WithoutYesItIsADryRun) {
  world.answer(Verb::state_import, reply_of(2, "created"));
  EXPECT_EQ(run({"state", "import", "-"}, file_of(1)), exit_ok) << output.err;
  ASSERT_THAT(sent(), SizeIs(1));
  EXPECT_EQ(sent()[0]["dry_run"], json(true));
  EXPECT_EQ(sent()[0]["last"], json(true));
  EXPECT_THAT(output.out, HasSubstr("1 would be created"));
  EXPECT_THAT(output.err, HasSubstr("give --yes"));
}

TEST_F(StateCommands, AllLinesAreCheckedBeforeTheFirstIsWritten) {
  world.answer(Verb::state_import, reply_of(2, "created"));
  EXPECT_EQ(
      run({"state", "import", "-", "--yes", "--replace", "--removals", "--instance-from", "busan"},
          file_of(1200)),
      exit_ok)
      << output.err;
  const auto requests = sent();
  ASSERT_THAT(requests, SizeIs(6));
  const std::vector<int> before = {0, 500, 1000};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(requests[i]["dry_run"], json(i < 3));
    EXPECT_EQ(requests[i]["header"], json("{\"roomkeeper_state\":1}"));
    EXPECT_EQ(requests[i]["before"], before[i % 3]);
    EXPECT_EQ(requests[i]["first_line"], before[i % 3] + 2);
    EXPECT_EQ(requests[i]["last"], json(i % 3 == 2));
    EXPECT_EQ(requests[i]["replace"], json(true));
    EXPECT_EQ(requests[i]["removals"], json(true));
    EXPECT_EQ(requests[i]["instance_from"], json("busan"));
  }
  EXPECT_EQ(requests[2]["lines"].size(), 201U);
}

TEST_F(StateCommands, ARefusedLineStopsEverythingUnlessThatIsMeant) {
  world.answer(Verb::state_import, reply_of(2, "refused", "bad_request", "no such template"));
  EXPECT_EQ(run({"state", "import", "-", "--yes"}, file_of(1)), exit_error);
  EXPECT_THAT(sent(), SizeIs(1)) << "only checked";
  EXPECT_THAT(output.err, HasSubstr("standard input:2: room lobby: bad_request: no such template"));
  EXPECT_EQ(run({"state", "import", "-", "--yes", "--partial"}, file_of(1)), exit_error);
  ASSERT_THAT(sent(), SizeIs(2));
  EXPECT_EQ(sent()[1]["dry_run"], json(false));
}

TEST_F(StateCommands, AWriteThatWasNotConfirmedIsSentAgain) {
  world.answer(Verb::state_import, reply_of(2, "created"));
  world.answer(Verb::state_import, reply_of(2, "refused", "timeout", "no answer"));
  world.answer(Verb::state_import, reply_of(2, "created"));
  EXPECT_EQ(run({"state", "import", "-", "--yes"}, file_of(1)), exit_ok) << output.err;
  EXPECT_THAT(sent(), SizeIs(3));
}

TEST_F(StateCommands, LinesKeepTheirNumbersBehindBlankOnes) {
  world.answer(Verb::state_import, reply_of(2, "created"));
  EXPECT_EQ(run({"state", "import", "-"}, "{\"h\":1}\r\n{\"a\":1}\r\n\n\n{\"end\":1}\n"), exit_ok);
  ASSERT_THAT(sent(), SizeIs(2));
  EXPECT_EQ(sent()[1]["first_line"], 5);
  EXPECT_EQ(sent()[1]["before"], 1);
  EXPECT_EQ(sent()[0]["lines"], json({"{\"a\":1}"}));
}

TEST_F(StateCommands, WhatIsNoFileOfAStateIsNotSent) {
  EXPECT_EQ(run({"state", "import", "-"}, ""), exit_error);
  EXPECT_EQ(run({"state", "import", "-"}, "{\"roomkeeper_state\":1}\n"), exit_error);
  EXPECT_EQ(run({"state", "import", "-"}, "{}\n" + std::string(200'000, 'x') + "\n"), exit_error);
  EXPECT_THAT(output.err, HasSubstr("standard input:2: longer than 128 KiB"));
  EXPECT_THAT(sent(), SizeIs(0));
}

}  // namespace
}  // namespace roomkeeper::cli
