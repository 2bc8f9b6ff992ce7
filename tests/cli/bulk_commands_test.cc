// `apply -f`, `room export|import|adopt|release` against a world that answers.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/bulk.h"
#include "tests/cli/fakes.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class BulkCommands : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words, const std::string& input = {}) {
    output.out.clear();
    output.err.clear();
    output.input = input;
    world.asked.clear();
    return run_in(world, output, words);
  }
  /// What the daemon says of these rooms.
  static api::PutReply replied(const std::vector<std::string>& ids, std::string_view outcome,
                               const std::string& code = {}, const std::string& message = {}) {
    api::PutReply reply;
    for (const std::string& id : ids)
      reply.rooms.push_back(
          {.id = id, .outcome = std::string(outcome), .code = code, .message = message});
    return reply;
  }
  void answer_pass() {
    api::PassReply pass;
    pass.pass = 7;
    pass.done = true;
    pass.total = pass.applied = 2;
    world.answer(Verb::apply, pass);
  }
  static std::string lines(int rooms) {
    std::string text;
    for (int i = 0; i < rooms; ++i) text += "{\"id\": \"r" + std::to_string(i) + "\"}\n";
    return text;
  }
  static std::vector<std::string> ids(int from, int to) {
    std::vector<std::string> out;
    for (int i = from; i < to; ++i) out.push_back("r" + std::to_string(i));
    return out;
  }
  static std::string slurp(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  World world;
  RecordedOutput output;
  testing::TempDirectory directory;
};

TEST_F(BulkCommands, ApplyFileDefinesTheRoomsThenWaitsForThePass) {
  world.answer(Verb::room_put, replied({"a", "b"}, "created"));
  answer_pass();
  EXPECT_EQ(run({"apply", "-f", "-"}, "rooms: [ {id: a, title: A}, {id: b} ]"), 0) << output.err;
  const json request = json::parse(world.requests(Verb::room_put).at(0));
  EXPECT_EQ(request, json::parse(R"({"rooms": [{"id": "a", "title": "A"}, {"id": "b"}],
                                     "dry_run": false})"));
  EXPECT_EQ(output.out,
            "standard input: 2 rooms: 2 created, 0 updated, 0 unchanged, 0 refused.\n"
            "pass 7: 2 of 2 changes made.\n");
}

TEST_F(BulkCommands, ApplyFileSendsBoundedBatches) {
  world.answer(Verb::room_put, replied(ids(0, 500), "created"));
  world.answer(Verb::room_put, replied(ids(500, 1000), "unchanged"));
  world.answer(Verb::room_put, replied(ids(1000, 1200), "updated"));
  answer_pass();
  EXPECT_EQ(run({"apply", "--file", "-"}, lines(1200)), 0) << output.err;
  EXPECT_EQ(world.requests(Verb::room_put).size(), 3U);
  EXPECT_THAT(output.out, HasSubstr("1,200 rooms: 500 created, 200 updated, 500 unchanged"));
  output.terminal = true;
  world.answer(Verb::room_put, replied({"a"}, "unchanged"));
  world.replies[Verb::room_put].pop_front();
  EXPECT_EQ(run({"apply", "-f", "-"}, "- id: a"), 0);
  EXPECT_THAT(output.err, HasSubstr("1 of 1 room sent"));
}

TEST_F(BulkCommands, ApplyFileTellsEveryRefusalWithItsLine) {
  api::PutReply reply = replied(ids(0, 50), "refused", "owned_by_file", "defined in rooms.yaml:9");
  for (const api::PutOutcome& room :
       replied(ids(50, 99), "refused", "bad_request", "there is no template \"x\"").rooms)
    reply.rooms.push_back(room);
  world.answer(Verb::room_put, reply);
  answer_pass();
  EXPECT_EQ(run({"apply", "-f", "-"}, lines(99) + "{\"title\": \"no id\"}\n"), 1);
  EXPECT_THAT(
      output.err,
      AllOf(HasSubstr("  bad_request: 50 rooms\n"), HasSubstr("  owned_by_file: 50 rooms\n"),
            HasSubstr("standard input:1: r0: owned_by_file: defined in rooms.yaml:9\n"),
            HasSubstr("standard input:99: r98: bad_request: there is no template"),
            HasSubstr("standard input:100: (no id): bad_request: expected an id")));
  // How far it is, two counts, a line for each.
  EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 103) << output.err;
  EXPECT_THAT(output.out, HasSubstr("100 rooms: 0 created, 0 updated, 0 unchanged, 100 refused."));
}

TEST_F(BulkCommands, AnUnreadableFileSendsNothing) {
  const std::string path = directory.path() / "rooms.yaml";
  std::ofstream(path) << "rooms:\n  - { id: a }\n  - { id: b\n";
  EXPECT_EQ(run({"apply", "-f", path}), 1);
  EXPECT_THAT(output.err, HasSubstr(path + ":"));
  EXPECT_THAT(output.err, HasSubstr("nothing was sent"));
  EXPECT_TRUE(world.asked.empty());
  EXPECT_EQ(run({"apply", "-f", path + ".missing"}), 1);
  EXPECT_TRUE(world.asked.empty());
}

TEST_F(BulkCommands, ADryRunAsksForNoPass) {
  world.answer(Verb::room_put, replied({"a"}, "created"));
  EXPECT_EQ(run({"apply", "-f", "-", "--dry-run"}, "- id: a"), 0);
  EXPECT_EQ(json::parse(world.requests(Verb::room_put).at(0))["dry_run"], json(true));
  EXPECT_TRUE(world.requests(Verb::apply).empty());
  EXPECT_THAT(output.out, HasSubstr("1 would be created"));
}

TEST_F(BulkCommands, WhatWasNotConfirmedIsSentAgain) {
  api::PutReply first = replied({"r0"}, "created");
  first.rooms.push_back({.id = "r1", .outcome = "refused", .code = "timeout", .message = "late"});
  world.answer(Verb::room_put, first);
  world.answer(Verb::room_put, replied({"r1"}, "unchanged"));
  answer_pass();
  EXPECT_EQ(run({"apply", "-f", "-"}, lines(2)), 0) << output.err;
  EXPECT_EQ(json::parse(world.requests(Verb::room_put).at(1))["rooms"],
            json::parse(R"([{"id": "r1"}])"));
  EXPECT_THAT(output.out, HasSubstr("1 created, 0 updated, 1 unchanged, 0 refused."));
}

TEST_F(BulkCommands, ADaemonThatStaysAwayIsGivenUpAndTheRestIsCounted) {
  EXPECT_EQ(run({"apply", "-f", "-"}, lines(700)), 1);
  EXPECT_THAT(output.out, HasSubstr("700 not sent"));
  EXPECT_THAT(output.err, AllOf(HasSubstr("Given up: 700 rooms not sent: nobody answers"),
                                HasSubstr("Run it again to go on")));
  EXPECT_GE(world.requests(Verb::room_put).size(), 3U) << "tried more than once";
  EXPECT_TRUE(world.requests(Verb::apply).empty());
}

TEST_F(BulkCommands, CtrlCSaysHowFarItCame) {
  world.answer(Verb::room_put, replied(ids(0, 500), "created"));
  world.pauses_left = 1;
  EXPECT_EQ(run({"apply", "-f", "-"}, lines(1200)), 1);
  EXPECT_THAT(output.out, HasSubstr("500 created"));
  EXPECT_THAT(output.err, HasSubstr("Interrupted: 700 rooms not sent. Run it again to go on"));
  EXPECT_TRUE(world.requests(Verb::apply).empty());
}

TEST_F(BulkCommands, ApplyFileAsJson) {
  world.answer(Verb::room_put, replied({"a"}, "refused", "owned_by_file", "why"));
  answer_pass();
  EXPECT_EQ(run({"apply", "-f", "-", "--json"}, "- id: a"), 1);
  const json report = json::parse(output.out);
  EXPECT_EQ(report["refused"], json::parse(R"([{"line": 1, "id": "a", "code": "owned_by_file",
                                                "message": "why"}])"));
  EXPECT_EQ(report["pass"]["pass"], json(7));
}

TEST_F(BulkCommands, FileGoesWithNeitherRoomsNorConsent) {
  EXPECT_EQ(run({"apply", "general", "-f", "x"}), 1);
  EXPECT_EQ(run({"apply", "-f", "x", "--allow-lossy", "--yes"}), 1);
  EXPECT_EQ(run({"apply", "--dry-run"}), 1);
  EXPECT_TRUE(world.asked.empty());
}

TEST_F(BulkCommands, AllFailingRoomsAreToldAlsoBeyondTheFirstHundred) {
  api::PassReply pass;
  pass.pass = 7;
  pass.done = true;
  pass.total = 300;
  pass.failed = 250;
  for (int i = 0; i < 100; ++i) pass.failures.push_back("room x: no space");
  world.answer(Verb::apply, pass);
  api::RoomListReply failed;
  for (int i = 0; i < 240; ++i) {
    api::RoomView room;
    room.id = "f" + std::to_string(i);
    room.reason = "server_refused";
    room.detail = "no space";
    failed.rooms.push_back(room);
  }
  api::RoomListReply blocked;
  for (int i = 0; i < 10; ++i) {
    api::RoomView room;
    room.id = "b" + std::to_string(i);
    room.reason = "subject_overlap";
    blocked.rooms.push_back(room);
  }
  world.answer(Verb::room_ls, failed);
  world.answer(Verb::room_ls, blocked);
  EXPECT_EQ(run({"apply"}), 1);
  EXPECT_THAT(output.err,
              AllOf(HasSubstr("  server_refused: 240 rooms\n  subject_overlap: 10 rooms\n"),
                    HasSubstr("f239: server_refused: no space\n"),
                    HasSubstr("b9: subject_overlap\n"), Not(HasSubstr("more failed"))));
}

TEST_F(BulkCommands, ExportWritesPagesAndFiles) {
  api::ExportReply first;
  first.entries = {"  - id: a\n", "  - id: b\n"};
  first.next_cursor = "b";
  api::ExportReply second;
  second.entries = {"  - id: c\n"};
  world.answer(Verb::room_export, first);
  world.answer(Verb::room_export, second);
  EXPECT_EQ(run({"room", "export", "--match", "x*", "--tag", "t", "--template", "p"}), 0);
  EXPECT_EQ(output.out, "rooms:\n  - id: a\n  - id: b\n  - id: c\n");
  const json request = json::parse(world.requests(Verb::room_export).at(1));
  EXPECT_EQ(request["cursor"], json("b"));
  EXPECT_EQ(request["match"], json("x*"));
  EXPECT_EQ(request["tag"], json("t"));
  EXPECT_EQ(request["template"], json("p"));
  const std::string path = directory.path() / "out.yaml";
  EXPECT_EQ(run({"room", "export", "-o", path}), 0);
  EXPECT_EQ(slurp(path), "rooms:\n  - id: c\n");
  EXPECT_EQ(output.out, "");
  EXPECT_THAT(output.err, HasSubstr("1 room written to " + path));
  EXPECT_EQ(run({"room", "export", "-o", std::string(directory.path() / "no" / "such")}), 1);
  world.replies[Verb::room_export].clear();
  world.answer(Verb::room_export, api::ExportReply{});
  EXPECT_EQ(run({"room", "export"}), 0);
  EXPECT_EQ(output.out, "rooms: []\n");
  EXPECT_EQ(run({"room", "export", "--format", "jsonl"}), 0);
  EXPECT_EQ(output.out, "");
}

TEST_F(BulkCommands, AnExportThatFailsLeavesTheFileAsItWas) {
  const std::string path = directory.path() / "out.yaml";
  std::ofstream(path) << "precious";
  EXPECT_EQ(run({"room", "export", "-o", path}), 1);
  EXPECT_EQ(slurp(path), "precious");
}

TEST_F(BulkCommands, ImportWritesRoomsAndCommentsOnTheRest) {
  api::ImportReply page;
  page.streams = {{.stream = "ROOM_a", .room = "a", .entry = "  - id: a\n", .why = {}},
                  {.stream = "ROOM_b\x1b[31m\n", .room = {}, .entry = {}, .why = "sealed\nrooms:"}};
  page.total = 2;
  world.answer(Verb::room_import, page);
  EXPECT_EQ(run({"room", "import", "--match", "ROOM_*", "--template", "archive"}), 0);
  EXPECT_THAT(output.out, AllOf(HasSubstr("\nrooms:\n  - id: a\n# Left out:\n"),
                                HasSubstr("#   ROOM_b\\x1b[31m\\n: sealed\\nrooms:\n"),
                                HasSubstr("template archive")));
  EXPECT_EQ(output.err, "1 room written, 1 stream left out\n");
  EXPECT_EQ(json::parse(world.requests(Verb::room_import).at(0))["template"], json("archive"));
  EXPECT_EQ(run({"room", "import", "--json"}), 0);
  EXPECT_EQ(json::parse(output.out)["streams"].size(), 2U);
}

api::AdoptReply adoption(std::string_view outcome, std::uint64_t pass = 0) {
  api::AdoptReply reply;
  reply.pass = pass;
  api::AdoptOutcome room;
  room.room = "a";
  room.stream = "ROOM_a";
  room.outcome = outcome;
  room.reason = "adopted";
  room.messages = 12;
  room.changes = {"mark: none -> ours"};
  room.waits = {"stream.max_messages: unlimited -> 5 (lossy)"};
  reply.rooms = {room};
  reply.total = 1;
  return reply;
}

TEST_F(BulkCommands, AdoptShowsFirstAndNeedsAYes) {
  world.answer(Verb::room_adopt, adoption("adopted"));
  EXPECT_EQ(run({"room", "adopt", "a", "--dry-run"}), 0);
  EXPECT_THAT(output.out,
              AllOf(HasSubstr("> a (stream ROOM_a, 12 messages)\n    mark: none -> ours\n"),
                    HasSubstr("(waits for apply --allow-lossy)"),
                    HasSubstr("1 stream would be taken over")));
  EXPECT_EQ(run({"room", "adopt", "a"}), 1);
  EXPECT_THAT(output.err, HasSubstr("Nothing was done"));
  for (const std::string& request : world.requests(Verb::room_adopt))
    EXPECT_EQ(json::parse(request)["dry_run"], json(true));
  EXPECT_EQ(run({"room", "adopt"}), 1);
  EXPECT_EQ(run({"room", "adopt", "a", "--match", "*"}), 1);
}

TEST_F(BulkCommands, AdoptWaitsForThePassAndLooksAgain) {
  world.answer(Verb::room_adopt, adoption("adopted"));
  world.answer(Verb::room_adopt, adoption("adopted", 9));
  world.answer(Verb::room_adopt, adoption("unchanged"));
  api::PassReply pass;
  pass.pass = 9;
  pass.done = true;
  world.answer(Verb::pass, pass);
  EXPECT_EQ(run({"room", "adopt", "--match", "*", "--yes"}), 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("1 stream taken over, 0 already Roomkeeper's, 0 refused."));
  EXPECT_EQ(json::parse(world.requests(Verb::pass).at(0))["pass"], json(9));
  world.replies[Verb::room_adopt] = {};
  world.answer(Verb::room_adopt, adoption("adopted"));
  EXPECT_EQ(run({"room", "adopt", "a", "--yes"}), 1) << "the stream is still nobody's";
  EXPECT_THAT(output.out, HasSubstr("the pass did not take it over"));
}

TEST_F(BulkCommands, ReleaseShowsWhatStaysAndNeedsAYes) {
  api::ReleaseReply reply;
  reply.released = 1;
  reply.refused = 1;
  reply.rooms = {{.room = "a",
                  .stream = "ROOM_a",
                  .outcome = "released",
                  .code = {},
                  .message = "its limits stay",
                  .messages = 3},
                 {.room = "b",
                  .stream = "ROOM_b",
                  .outcome = "refused",
                  .code = "owned_by_file",
                  .message = "defined in rooms.yaml:3",
                  .messages = 0}};
  world.answer(Verb::room_release, reply);
  EXPECT_EQ(run({"room", "release", "a", "b"}), 1);
  EXPECT_EQ(world.requests(Verb::room_release).size(), 1U);
  EXPECT_THAT(output.out, HasSubstr("a would be released: stream ROOM_a stays with 3 messages"));
  EXPECT_EQ(run({"room", "release", "a", "b", "--yes"}), 1) << "one was refused";
  EXPECT_EQ(json::parse(world.requests(Verb::room_release).at(0)),
            json::parse(R"({"rooms": ["a", "b"], "dry_run": false})"));
  EXPECT_THAT(output.out, AllOf(HasSubstr("a released: stream ROOM_a stays"),
                                HasSubstr("! b: refused, owned_by_file: defined in rooms.yaml:3")));
}

TEST_F(BulkCommands, ALetterThatIsASwitchElsewhereSwallowsNoCommand) {
  EXPECT_EQ(run({"-f", "audit", "--room", "x"}), 1);
  EXPECT_THAT(output.err, Not(HasSubstr("unknown command")));
}

}  // namespace
}  // namespace roomkeeper::cli
