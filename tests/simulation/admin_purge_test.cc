// The admin API of the whole daemon: purge on demand, deadlines, passes, doctor.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/job_runs.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view rooms = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 3, timezone: Asia/Seoul } }
  archive: { retention: { max_age: 30d } }
  forever: {}
rooms:
  - { id: general }
  - { id: support, template: archive }
  - { id: museum, template: forever }
)";

class AdminPurge : public ::testing::TestWithParam<const char*> {
 protected:
  AdminPurge() : world_(rooms, "2026-11-22T10:00:00Z", {.version = GetParam()}) {
    world_.boot();
    for (int i = 1; i <= 10; ++i) {  // one a minute; bob has the odd sequences
      world_.say("general", i % 2 == 1 ? "bob" : "alice", std::to_string(i));
      world_.pass(1min);
    }
  }

  /// What a dry run counts; the messages are the same afterwards.
  std::uint64_t counted(const std::string& selection) {
    const std::uint64_t before = world_.messages("general");
    const json job = run_job(world_, R"({"rooms": ["general"])" + selection + "}")["job"];
    EXPECT_EQ(job["dry_run"], json(true)) << job;
    EXPECT_EQ(world_.messages("general"), before);
    return job.value("messages", std::uint64_t{999});
  }
  std::uint64_t purged(const std::string& selection) {
    const std::string all = selection.empty() ? R"(, "all": true)" : selection;
    const json job =
        run_job(world_, R"({"rooms": ["general"], "dry_run": false)" + all + "}")["job"];
    EXPECT_EQ(job["state"], json("done")) << job;
    return job.value("messages", std::uint64_t{999});
  }
  /// The texts that are left, in order.
  std::string left() {
    std::string text;
    for (const auto& [seq, message] : world_.nats.stream("ROOM_general")->messages())
      text += message.data + " ";
    return text;
  }

  DaemonWorld world_;
};

struct Selection {
  const char* json;
  std::uint64_t goes;
  const char* stays;
};

TEST_P(AdminPurge, DryRunCountsWhatTheRealOneTakes) {
  const std::vector<Selection> selections = {
      {R"(, "user": "bob")", 5, "2 4 6 8 10 "},
      {R"(, "before_seq": 4)", 3, "4 5 6 7 8 9 10 "},
      {R"(, "before_time": "2026-11-22T10:04:00Z")", 4, "5 6 7 8 9 10 "},
      {R"(, "before_time": "2026-11-22T19:04:00+09:00")", 4, "5 6 7 8 9 10 "},
      {R"(, "keep": 3)", 7, "8 9 10 "},
      {R"(, "user": "bob", "keep": 1)", 4, "2 4 6 8 9 10 "},
      {R"(, "user": "alice", "before_seq": 5)", 2, "1 3 5 6 7 8 9 10 "},
      {R"(, "user": "alice", "before_time": "2026-11-22T10:03:30Z")", 2, "1 3 5 6 7 8 9 10 "},
      {R"(, "before_seq": 1)", 0, "1 2 3 4 5 6 7 8 9 10 "},
      {R"(, "before_seq": 1000)", 10, ""},
      {R"(, "before_time": "2020-01-01T00:00:00Z")", 0, "1 2 3 4 5 6 7 8 9 10 "},
      {R"(, "before_time": "2030-01-01T00:00:00Z")", 10, ""},
      {R"(, "keep": 100)", 0, "1 2 3 4 5 6 7 8 9 10 "},
      {R"(, "user": "nobody")", 0, "1 2 3 4 5 6 7 8 9 10 "},
      {"", 10, ""},
  };
  const json config = config_of(world_, "ROOM_general");
  const std::string create = config.dump(-1, ' ', false, json::error_handler_t::replace);
  for (const Selection& selection : selections) {
    SCOPED_TRACE(selection.json);
    EXPECT_EQ(counted(selection.json), selection.goes);
    EXPECT_EQ(purged(selection.json), selection.goes);
    EXPECT_EQ(left(), selection.stays);
    // The same ten messages again, at the same times.
    world_.nats.delete_stream("ROOM_general");
    ASSERT_TRUE(world_.nats.create_stream("ROOM_general", create));
    for (int i = 1; i <= 10; ++i) {
      world_.nats.publish_at(std::string("chat.general.") + (i % 2 == 1 ? "bob" : "alice"),
                             std::to_string(i),
                             at("2026-11-22T10:00:00Z") + std::chrono::minutes(i - 1));
    }
    world_.pass(1s);
  }
}

TEST_P(AdminPurge, DryRunIsTheDefault) {
  EXPECT_EQ(ask(world_, "purge", R"({"rooms": ["general"]})")["dry_run"], json(true));
  EXPECT_EQ(world_.messages("general"), 10U);
}

TEST_P(AdminPurge, IsCountedAndLogged) {
  purged(R"(, "user": "bob")");
  world_.pass(1s);
  EXPECT_EQ(world_.metric(MetricId::purged_messages_total, {"manual"}), 5);
  EXPECT_EQ(world_.logged("state=done rooms=1 failed=0 messages=5"), 1U);
}

TEST_P(AdminPurge, ASilentServerIsAFailureThatIsNamed) {
  world_.nats.silence("$JS.API.STREAM.PURGE.>");
  const json reply = run_job(world_, R"({"rooms": ["general"], "all": true, "dry_run": false})");
  EXPECT_EQ(reply["job"]["state"], json("done_with_failures")) << reply;
  EXPECT_EQ(reply["job"]["at_least"], json(true)) << "an answer may have been lost";
  EXPECT_EQ(reply["failures"][0]["reason"], json("server_timeout"));
  EXPECT_EQ(world_.messages("general"), 10U);
}

INSTANTIATE_TEST_SUITE_P(Servers, AdminPurge, ::testing::Values("2.15.2", "2.10.29"),
                         [](const auto& test) {
                           return std::string(test.param) == "2.15.2" ? "v2_15" : "v2_10";
                         });

TEST(AdminDeadline, SaysWhenAMessageIsGone) {
  DaemonWorld world(rooms, "2026-11-22T10:00:00Z");
  world.boot();
  const json midnight =
      ask(world, "deadline", R"({"room": "general", "at": "2026-11-22T09:00:00+09:00"})");
  EXPECT_EQ(midnight["gone_at"], json("2026-11-25T15:00:00Z"));
  EXPECT_EQ(midnight["timezone"], json("Asia/Seoul"));
  EXPECT_EQ(
      ask(world, "deadline", R"({"room": "support", "at": "2026-11-22T00:00:00Z"})")["gone_at"],
      json("2026-12-22T00:00:00Z"));
  EXPECT_FALSE(ask(world, "deadline", R"({"room": "museum", "at": "2026-11-22T00:00:00Z"})")
                   .contains("gone_at"));
}

TEST(AdminPass, ApplyPromisesAPassAndPassTellsHowFarItIs) {
  DaemonWorld world("instance: seoul\nrooms:\n  - { range: \"game-{1..60}\" }\n",
                    "2026-11-22T10:00:00Z");
  world.boot();
  world.pass(1s);
  for (int i = 1; i <= 60; ++i) world.nats.delete_stream("ROOM_game-" + std::to_string(i));
  world.nats.set_latency(50ms);
  const json promised = ask(world, "apply");
  const std::string question = R"({"pass": )" + std::to_string(promised.value("pass", 0)) + "}";
  EXPECT_EQ(ask(world, "pass", question)["done"], json(false));
  world.pass(10s);
  const json done = ask(world, "pass", question);
  EXPECT_EQ(done["done"], json(true));
  EXPECT_EQ(done["failed"], json(0));
  EXPECT_EQ(world.nats.streams().size(), 63U) << "state, lease and audit beside 60 rooms";
}

TEST(AdminPass, AFailureIsNamed) {
  DaemonWorld world(rooms, "2026-11-22T10:00:00Z");
  world.boot();
  world.pass(1s);
  world.nats.fail_next("$JS.API.STREAM.CREATE.>",
                       {.code = 500, .err_code = 10049, .description = "the store is broken"});
  world.nats.delete_stream("ROOM_general");
  const json promised = ask(world, "apply");
  world.pass(100ms);
  const json done =
      ask(world, "pass", R"({"pass": )" + std::to_string(promised.value("pass", 0)) + "}");
  ASSERT_EQ(done["failures"].size(), 1U) << done;
  const std::string failure = *done["failures"][0].get_ptr<const json::string_t*>();
  EXPECT_TRUE(failure.starts_with("general: server_refused: ")) << failure;
  EXPECT_NE(failure.find("the store is broken"), std::string::npos) << failure;
}

TEST(AdminPlan, BeforeTheFirstLookThereIsNone) {
  DaemonWorld world(rooms, "2026-11-22T10:00:00Z");
  world.nats.silence("$JS.API.STREAM.LIST");
  world.boot();
  EXPECT_EQ(refusal(world, "plan"), "not_ready");
  EXPECT_EQ(refusal(world, "room.show", R"({"room": "general"})"), "not_ready");
  EXPECT_EQ(ask(world, "status")["ready"], json(false));
}

TEST(AdminPlan, PagesAreCompleteAndCounted) {
  DaemonWorld world("instance: seoul\n", "2026-11-22T10:00:00Z");
  world.boot();
  world.nats.silence("$JS.API.STREAM.CREATE.>");
  world.write_config("instance: seoul\nrooms:\n  - { range: \"game-{1..25}\" }\n");
  world.pass(3s);
  std::set<std::string> seen;
  for (int offset = 0; offset < 30; offset += 10) {
    const json page =
        ask(world, "plan", R"({"limit": 10, "offset": )" + std::to_string(offset) + "}");
    EXPECT_EQ(page["total"], json(25));
    EXPECT_EQ(page["creates"], json(25));
    for (const json& entry : page["entries"]) {
      EXPECT_EQ(entry["kind"], json("create"));
      seen.insert(entry.value("room", ""));
    }
  }
  EXPECT_EQ(seen.size(), 25U);
}

TEST(AdminPlan, ARemovalSaysHowManyMessagesWouldGo) {
  const std::string deleting = std::string(rooms) + "reconcile: { on_removal: delete }\n";
  DaemonWorld world(deleting, "2026-11-22T10:00:00Z");
  world.boot();
  for (int i = 0; i < 4; ++i) world.say("museum", "bob", "old");
  world.pass(70s);
  world.nats.silence("$JS.API.STREAM.DELETE.>");
  std::string fewer = deleting;
  fewer.erase(fewer.find("  - { id: museum"),
              std::string("  - { id: museum, template: forever }\n").size());
  world.write_config(fewer);
  world.pass(2s);
  const json plan = ask(world, "plan");
  ASSERT_EQ(plan["removes"], json(1)) << plan;
  EXPECT_EQ(plan["entries"][0]["would_go"], json(4));
  EXPECT_EQ(plan["entries"][0]["reason"], json("not_wanted"));
}

TEST(AdminDoctor, AHealthyInstallationHasNoFindingAboveInformation) {
  DaemonWorld world(rooms, "2026-11-22T10:00:00Z");
  world.boot();
  world.pass(5s);
  const json reply = ask(world, "doctor");
  EXPECT_GE(reply["findings"].size(), 6U);
  for (const json& finding : reply["findings"]) {
    EXPECT_TRUE(finding["severity"] == json("ok") || finding["severity"] == json("info"))
        << finding;
  }
}

TEST(AdminDoctor, NamesWhatIsWrong) {
  DaemonWorld world(rooms, "2026-11-22T10:00:00Z");
  world.with_system = false;
  ASSERT_TRUE(world.nats.create_stream(
      "ROOM_general", R"({"name": "ROOM_general", "subjects": ["chat.general.*"]})"));
  world.nats.set_skew(30s);
  world.boot();
  world.write_config("rooms: [");
  world.pass(5s);
  std::map<std::string, std::string> found;
  const json reply = ask(world, "doctor");
  for (const json& finding : reply["findings"])
    found[finding.value("check", "")] = finding.value("severity", "");
  EXPECT_EQ(found["clock.skew"], "warning");
  EXPECT_EQ(found["config"], "error");
  EXPECT_EQ(found["rooms.blocked"], "error");
  EXPECT_EQ(found["system.account"], "info");
}

}  // namespace
}  // namespace roomkeeper::testing
