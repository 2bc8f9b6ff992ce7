// The state is exported, its bucket is lost, and the state is imported again: the whole daemon.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr std::string_view rooms = R"(
instance: seoul
reconcile: { on_removal: delete }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  lobby: { layout: pooled }
rooms:
  - { id: general }
  - { id: pooled-1, template: lobby }
)";

/// All lines, over pages of `limit`.
std::vector<std::string> exported(DaemonWorld& world, std::uint64_t limit = 500) {
  std::vector<std::string> lines;
  json request{{"after", ""}, {"limit", limit}};
  for (int pages = 0; pages < 1000; ++pages) {
    const json reply = ask(world, "state.export", request.dump());
    EXPECT_TRUE(reply.contains("lines")) << reply;
    if (!reply.contains("lines")) return lines;
    for (const json& line : reply["lines"]) lines.push_back(line.get<std::string>());
    if (reply["next"] == json("")) return lines;
    request["after"] = reply["next"];
  }
  ADD_FAILURE() << "the export has no end";
  return lines;
}

json request_of(const std::vector<std::string>& lines) {
  return {{"header", lines.front()},
          {"lines", std::vector<std::string>(lines.begin() + 1, lines.end())},
          {"last", true},
          {"dry_run", false}};
}

json imported(DaemonWorld& world, const std::vector<std::string>& lines, const json& patch = {}) {
  json request = request_of(lines);
  if (patch.is_object()) request.merge_patch(patch);
  return ask(world, "state.import", request.dump());
}

/// `outcome: reason` of a line of a reply.
std::string outcome_of(const json& reply, const std::string& kind, const std::string& name) {
  for (const json& line : reply.value("lines", json::array())) {
    if (line["kind"] == json(kind) && line["name"] == json(name))
      return line.value("outcome", "") + ": " + line.value("reason", "");
  }
  return "(not in the reply) " + reply.dump();
}

void lose_bucket(DaemonWorld& world) {
  world.kill();
  world.nats.delete_stream("KV_roomkeeper");
  world.pass(1min);
  world.boot();
  world.pass(5s);
}

class StateBackup : public ::testing::Test {
 protected:
  StateBackup() : world(rooms, start) {
    world.boot();
    world.pass(1min);
    create("team");
    create("crew");
    world.pass(1min);
    world.say("team", "bob", "hello");
  }
  void create(const std::string& id) {
    EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": ")" + id + R"(", "title": "팀"}})"),
              "");
  }
  bool complete() { return ask(world, "status")["desired_complete"] == json(true); }

  DaemonWorld world;
};

TEST_F(StateBackup, ALostBucketComesBackWithoutARemovalAndWithoutADoubt) {
  ASSERT_EQ(refusal(world, "ban.add", R"({"user": "eve", "seconds": 86400, "reason": "spam"})"),
            "");
  ASSERT_EQ(refusal(world, "ban.add", R"({"user": "tom", "seconds": 30})"), "");
  const json ban = ask(world, "ban.ls")["bans"][0];
  const auto lines = exported(world);
  lose_bucket(world);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(verdict(world, "team"), "unknown/desired_incomplete");
  EXPECT_EQ(ask(world, "ban.ls")["total"], 0);

  EXPECT_EQ(imported(world, lines, {{"dry_run", true}})["created"], 3);
  EXPECT_EQ(verdict(world, "team"), "unknown/desired_incomplete") << "a dry run does nothing";

  const json reply = imported(world, lines);
  EXPECT_EQ(reply["complete"], json(true)) << reply;
  EXPECT_EQ(outcome_of(reply, "room", "team"), "created: ");
  EXPECT_THAT(outcome_of(reply, "ban", "tom"), HasSubstr("skipped: it ended"));
  world.pass(5s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  EXPECT_EQ(verdict(world, "crew"), "ready/ok");
  EXPECT_EQ(world.messages("team"), 1U);
  EXPECT_TRUE(complete()) << world.ask("status");
  ASSERT_EQ(ask(world, "ban.ls")["total"], 1);
  EXPECT_EQ(ask(world, "ban.ls")["bans"][0]["until"], ban["until"]) << "the end that it had";

  const json again = imported(world, lines);
  EXPECT_EQ(again["created"], 0) << "again it changes nothing";
  EXPECT_EQ(again["complete"], json(true));
  lose_bucket(world);
  EXPECT_FALSE(complete()) << "lost once more it is a doubt once more";
}

TEST_F(StateBackup, ARoomOfTheTimeAfterTheExportStaysADoubtUntilItIsDefinedAgain) {
  const auto lines = exported(world);
  world.pass(10min);
  create("later");
  world.pass(5s);
  world.say("later", "bob", "hello");
  lose_bucket(world);
  EXPECT_EQ(imported(world, lines)["complete"], json(true));
  world.pass(5s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  EXPECT_EQ(verdict(world, "later"), "unknown/desired_incomplete");
  EXPECT_FALSE(complete());
  world.write_config(
      "instance: seoul\nreconcile: { on_removal: delete }\ntemplates: { lobby: { layout: pooled } "
      "}\nrooms: []\n");
  world.pass(1h);
  EXPECT_TRUE(world.has_stream("general")) << "nothing is removed on a doubt";
  EXPECT_EQ(world.messages("later"), 1U);
  create("later");
  world.pass(1min);
  EXPECT_TRUE(complete());
  EXPECT_FALSE(world.has_stream("general")) << "and now its file is evidence enough";
}

TEST_F(StateBackup, AFileThatWasCutOffIsRefusedAndClearsNoDoubt) {
  auto lines = exported(world);
  lose_bucket(world);
  auto cut = lines;
  cut.pop_back();
  EXPECT_THAT(imported(world, cut).dump(), HasSubstr("it was cut off"));
  auto thinned = lines;
  thinned.erase(thinned.begin() + 1);
  EXPECT_THAT(imported(world, thinned).dump(), HasSubstr("some are missing"));
  EXPECT_EQ(verdict(world, "team"), "unknown/desired_incomplete") << "nothing was written";

  const json partial = imported(world, cut, {{"partial", true}});
  EXPECT_EQ(outcome_of(partial, "room", "team"), "created: ");
  EXPECT_EQ(partial["complete"], json(false));
  world.pass(5s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  EXPECT_FALSE(complete());
}

TEST_F(StateBackup, WhatIsThereStaysUnlessItIsToBeReplaced) {
  const auto lines = exported(world);
  ASSERT_EQ(refusal(world, "room.update", R"({"room": {"id": "team", "title": "new"}})"), "");
  EXPECT_EQ(outcome_of(imported(world, lines), "room", "team"),
            "exists: another definition is there");
  EXPECT_EQ(ask(world, "room.show", R"({"room":"team"})")["title"], json("new"));
  EXPECT_EQ(outcome_of(imported(world, lines), "room", "crew"), "unchanged: ");
  EXPECT_EQ(outcome_of(imported(world, lines, {{"replace", true}}), "room", "team"), "updated: ");
  world.pass(1s);
  EXPECT_EQ(ask(world, "room.show", R"({"room":"team"})")["title"], json("팀"));
}

TEST_F(StateBackup, AnotherInstanceIsRefusedUnlessItIsMeant) {
  auto lines = exported(world);
  lose_bucket(world);
  json header = json::parse(lines.front());
  header["instance"] = "busan";
  lines.front() = header.dump();
  EXPECT_THAT(imported(world, lines).dump(), HasSubstr("--instance-from busan"));
  const json meant = imported(world, lines, {{"instance_from", "busan"}});
  EXPECT_EQ(outcome_of(meant, "room", "team"), "created: ");
  EXPECT_EQ(meant["complete"], json(false)) << "what busan knew says nothing of our streams";
  header["roomkeeper_state"] = 2;
  lines.front() = header.dump();
  EXPECT_THAT(imported(world, lines).dump(), HasSubstr("format 2"));
}

TEST_F(StateBackup, ARemovalIsOnlyTakenOverWhenItIsAskedFor) {
  // Its stream cannot go yet, so that its removal stays recorded.
  world.nats.silence("$JS.API.STREAM.DELETE.ROOM_team");
  world.ask("room.rm", R"({"room": "team"})");
  world.pass(30s);
  const auto lines = exported(world);
  lose_bucket(world);
  world.nats.heal();
  const json kept = imported(world, lines);
  EXPECT_THAT(outcome_of(kept, "removal", "team"), HasSubstr("needs --removals"));
  world.pass(2h);
  EXPECT_TRUE(world.has_stream("team"));
  const json asked = imported(world, lines, {{"removals", true}});
  EXPECT_EQ(outcome_of(asked, "removal", "team"), "created: ");
  world.pass(2h);
  EXPECT_FALSE(world.has_stream("team"));
}

TEST_F(StateBackup, AJobThatHadNotEndedIsHistoryAndPurgesNothing) {
  world.pass(5s);
  world.nats.silence("$JS.API.STREAM.PURGE.>");
  const json job = ask(world, "purge", R"({"rooms": ["team"], "all": true, "dry_run": false})");
  ASSERT_TRUE(job.contains("id")) << job;
  const std::string id = job["id"];
  world.pass(3s);
  const auto lines = exported(world);
  world.kill();
  world.nats.heal();
  lose_bucket(world);
  const json reply = imported(world, lines);
  EXPECT_THAT(outcome_of(reply, "job", id), HasSubstr("created: as aborted"));
  world.pass(10min);
  EXPECT_EQ(world.messages("team"), 1U);
  const json shown = ask(world, "job.show", json{{"job", id}}.dump());
  EXPECT_EQ(shown["job"]["state"], json("aborted")) << shown;
  EXPECT_THAT(outcome_of(imported(world, lines), "job", id), HasSubstr("exists"));
}

TEST_F(StateBackup, PagesMakeTheSameFile) {
  for (int i = 0; i < 25; ++i) create("bulk-" + std::to_string(i));
  world.pass(1min);
  const auto whole = exported(world);
  EXPECT_THAT(whole, SizeIs(::testing::Ge(30U)));
  const auto paged = exported(world, 4);
  ASSERT_EQ(paged.size(), whole.size());
  for (std::size_t i = 1; i < whole.size(); ++i) EXPECT_EQ(paged[i], whole[i]) << i;
  const json end = json::parse(whole.back());
  EXPECT_EQ(end["end"]["records"], whole.size() - 2);
  EXPECT_EQ(end["end"]["sequence"], end["end"]["sequence_before"]);
}

TEST_F(StateBackup, AnExportSaysThatSomethingWasWrittenMeanwhile) {
  const json first = ask(world, "state.export", R"({"limit": 3})");
  ASSERT_NE(first["next"], json(""));
  create("meanwhile");
  const json rest =
      ask(world, "state.export", json{{"after", first["next"]}, {"limit", 500}}.dump());
  const json end = json::parse(rest["lines"].back().get<std::string>());
  EXPECT_LT(end["end"]["sequence_before"], end["end"]["sequence"]);
}

TEST_F(StateBackup, TheRosterComesBackButNotWhereItWouldRemoveMessages) {
  world.nats.publish("chat.lobby.pooled-1.bob", "x");
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "pooled-2", "template": "lobby"}})"),
            "");
  world.pass(1min);
  world.nats.publish("chat.lobby.pooled-2.bob", "x");
  const auto lines = exported(world);
  world.write_config(
      "instance: seoul\nreconcile: { on_removal: delete }\ntemplates: { lobby: { layout: pooled } "
      "}\nrooms: [ { id: general } ]\n");
  lose_bucket(world);
  const json reply = imported(world, lines);
  EXPECT_EQ(outcome_of(reply, "room", "pooled-2"), "created: ");
  EXPECT_THAT(reply.dump(), HasSubstr("needs --removals"));
  world.pass(3h);
  EXPECT_EQ(verdict(world, "pooled-2"), "ready/ok");
  EXPECT_EQ(world.nats.stream("POOL_lobby")->messages().size(), 2U);
}

TEST_F(StateBackup, BadLinesAreRefusedOneByOne) {
  auto lines = exported(world);
  lose_bucket(world);
  lines.insert(lines.begin() + 1, {R"({"kind":"tea","id":"x","tea":{}})", "no JSON",
                                   R"({"kind":"room","id":"x","room":{"id":"y"}})",
                                   R"({"kind":"room","id":"x2","room":{"id":"x2","colour":1}})",
                                   R"({"kind":"ban","id":"!","ban":{}})"});
  json end = json::parse(lines.back());
  end["end"]["records"] = lines.size() - 2;
  lines.back() = end.dump();
  const json reply = imported(world, lines);
  EXPECT_EQ(reply["refused"], 5) << reply;
  EXPECT_EQ(reply["lines"][0]["line"], 2);
  EXPECT_EQ(outcome_of(reply, "room", "team"), "created: ");
  EXPECT_EQ(reply["complete"], json(false)) << "what was refused is unknown";
}

TEST_F(StateBackup, TheAuditTellsOfIt) {
  const auto lines = exported(world);
  lose_bucket(world);
  Operator somebody(world);
  somebody.listen("roomkeeper.audit.state_imported");
  imported(world, lines);
  world.pass(5s);
  ASSERT_THAT(somebody.heard(), SizeIs(1));
  EXPECT_THAT(somebody.heard()[0], HasSubstr("2 created"));
}

}  // namespace
}  // namespace roomkeeper::testing
