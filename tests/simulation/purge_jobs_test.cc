// Purge jobs of the whole daemon: what goes, what stays, and what a restart, a lost answer or an
// abort leave behind.
#include <map>
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

constexpr std::string_view house = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 3, timezone: Asia/Seoul } }
  archive: { retention: { max_age: 30d } }
rooms:
  - { range: "game-{01..30}" }
  - { id: lobby, template: archive }
  - { id: museum, template: archive }
)";
constexpr int games = 30;
constexpr std::uint64_t each = 4;  ///< messages of each person in each room

std::string game(int number) {
  return "game-" + std::string(number < 10 ? "0" : "") + std::to_string(number);
}

class PurgeJobs : public ::testing::TestWithParam<const char*> {
 protected:
  explicit PurgeJobs(std::string_view yaml = house)
      : world_(yaml, "2026-11-22T10:00:00Z", {.version = GetParam()}) {
    world_.boot();
    world_.pass(1s);
    for (std::uint64_t i = 0; i < each; ++i) {
      for (int number = 1; number <= games; ++number) {
        world_.nats.publish("chat." + game(number) + ".bob", "b");
        world_.nats.publish("chat." + game(number) + ".alice", "a");
      }
      world_.nats.publish("chat.lobby.bob", "b");
      world_.nats.publish("chat.lobby.alice", "a");
      world_.pass(1s);
    }
  }

  std::uint64_t of(const std::string& room, const std::string& user) const {
    const FakeStream* stream = world_.nats.stream("ROOM_" + room);
    std::uint64_t count = 0;
    if (stream == nullptr) return 0;
    for (const auto& [seq, message] : stream->messages())
      count += message.subject.ends_with("." + user) ? 1U : 0U;
    return count;
  }
  std::uint64_t in_all(const std::string& user) const {
    std::uint64_t count = of("lobby", user) + of("museum", user);
    for (int number = 1; number <= games; ++number) count += of(game(number), user);
    return count;
  }

  DaemonWorld world_;
};

TEST_P(PurgeJobs, OnePersonsMessagesGoInAllRoomsAndNobodyElses) {
  // A stream of somebody else's that only looks like a room.
  ASSERT_TRUE(world_.nats.create_stream(
      "ROOM_foreign", R"({"name": "ROOM_foreign", "subjects": ["chat.foreign.*"]})"));
  world_.nats.publish("chat.foreign.bob", "theirs");
  world_.pass(1s);
  const json reply = run_job(world_, R"({"match": "*", "user": "bob", "dry_run": false})");
  EXPECT_EQ(reply["job"]["state"], json("done")) << reply;
  EXPECT_EQ(reply["job"]["messages"], json((games + 1) * each));
  EXPECT_EQ(reply["job"]["rooms"], json(games + 2)) << "the empty museum counts as well";
  EXPECT_EQ(reply["job"]["rooms_done"], json(games + 2));
  EXPECT_EQ(in_all("bob"), 0U);
  EXPECT_EQ(in_all("alice"), (games + 1) * each);
  EXPECT_EQ(world_.messages("foreign"), 1U);
  EXPECT_EQ(world_.metric(MetricId::purged_messages_total, {"manual"}), (games + 1) * each);
  EXPECT_EQ(world_.metric(MetricId::purge_job_rooms_total, {"done"}), games + 2);
  EXPECT_EQ(world_.metric(MetricId::purge_jobs, {"running"}), 0);
}

TEST_P(PurgeJobs, ARoomCostsOneRequest) {
  world_.nats.forget_counts();
  const json reply = run_job(world_, R"({"match": "game-*", "user": "bob", "dry_run": false})");
  ASSERT_EQ(reply["job"]["messages"], json(games * each)) << reply;
  EXPECT_EQ(world_.nats.count("$JS.API.STREAM.PURGE.>"), games);
  EXPECT_EQ(world_.nats.count("$JS.API.STREAM.MSG.GET.>"), 0U);
  EXPECT_EQ(world_.nats.count("$JS.API.CONSUMER.CREATE.>"), 0U);
  EXPECT_LE(world_.nats.count("$KV.>"), 4U) << "no write for each room";
}

TEST_P(PurgeJobs, ADryRunCountsAndLeavesNoTrace) {
  world_.nats.publish("chat.lobby.bob", "one more");
  world_.pass(1s);
  world_.nats.forget_counts();
  const json reply = run_job(world_, R"({"match": "*", "user": "bob"})");
  EXPECT_EQ(reply["job"]["messages"], json((games + 1) * each + 1)) << reply;
  EXPECT_EQ(reply["job"]["stored"], json((games + 1) * each * 2 + 1));
  EXPECT_EQ(reply["total"], json(games + 1));
  EXPECT_EQ(reply["rooms"][0]["room"], json("lobby")) << "the most first";
  EXPECT_EQ(reply["rooms"][0]["messages"], json(each + 1));
  EXPECT_EQ(reply["rooms"][0]["stored"], json(2 * each + 1));
  EXPECT_EQ(world_.nats.count("$JS.API.STREAM.PURGE.>"), 0U);
  EXPECT_EQ(records(world_), 0U);
  EXPECT_EQ(in_all("bob"), (games + 1) * each + 1);
}

TEST_P(PurgeJobs, RoomsAreChosenByPatternAndByTemplate) {
  EXPECT_EQ(run_job(world_, R"({"match": "game-0?"})")["job"]["rooms"], json(9));
  EXPECT_EQ(run_job(world_, R"({"template": "archive"})")["job"]["rooms"], json(2));
  EXPECT_EQ(run_job(world_, R"({"template": "archive", "match": "l*"})")["job"]["rooms"], json(1));
  EXPECT_EQ(run_job(world_, R"({"rooms": ["lobby", "game-01", "lobby"]})")["job"]["rooms"],
            json(2));
  EXPECT_EQ(run_job(world_, R"({"match": "nothing-*"})")["job"]["rooms"], json(0));
}

TEST_P(PurgeJobs, RefusesWhatIsNotClear) {
  for (const char* request :
       {R"({"dry_run": false, "all": true})", R"({"rooms": ["lobby"], "match": "*"})",
        R"({"match": "*", "dry_run": false})", R"({"match": "*", "before_seq": 4})",
        R"({"rooms": ["lobby", "museum"], "before_seq": 4})",
        R"({"match": "*", "all": true, "user": "bob", "dry_run": false})",
        R"({"match": "*", "user": "bob.>"})", R"({"template": "nobody"})",
        R"({"match": "*", "keep": 1, "before_time": "2026-11-22T10:00:00Z"})"}) {
    EXPECT_EQ(refusal(world_, "purge", request), "bad_request") << request;
  }
  EXPECT_EQ(refusal(world_, "purge", R"({"rooms": ["nobody"]})"), "room_not_found");
  EXPECT_EQ(refusal(world_, "job.show", R"({"job": "x"})"), "job_not_found");
  EXPECT_EQ(refusal(world_, "job.abort", R"({"job": "x"})"), "job_not_found");
  EXPECT_EQ(in_all("bob"), (games + 1) * each);
}

TEST_P(PurgeJobs, TheNewestStayWhereMessagesAreMissing) {
  // lobby: bob 1, alice 2, ... alice 8. 3, 4 and 7 are deleted by hand.
  Operator hand(world_);
  for (const int seq : {3, 4, 7})
    hand.request("$JS.API.STREAM.MSG.DELETE.ROOM_lobby", R"({"seq": )" + std::to_string(seq) + "}");
  for (const bool dry : {true, false}) {
    const json reply =
        run_job(world_, std::string(R"({"rooms": ["lobby"], "keep": 3, "dry_run": )") +
                            (dry ? "true}" : "false}"));
    EXPECT_EQ(reply["job"]["messages"], json(2)) << reply;  // of 1 2 5 6 8: 1 and 2
  }
  const auto& left = world_.nats.stream("ROOM_lobby")->messages();
  EXPECT_EQ(left.size(), 3U);
  EXPECT_TRUE(left.contains(5) && left.contains(6) && left.contains(8));
  // Of one person: the person's own newest.
  const json reply =
      run_job(world_, R"({"match": "game-*", "user": "alice", "keep": 1, "dry_run": false})");
  EXPECT_EQ(reply["job"]["messages"], json(games * (each - 1))) << reply;
  EXPECT_EQ(of("game-07", "alice"), 1U);
  EXPECT_TRUE(world_.nats.stream("ROOM_game-07")->messages().contains(2 * each)) << "the newest";
  EXPECT_EQ(of("game-07", "bob"), each);
  EXPECT_EQ(run_job(world_, R"({"match": "*", "keep": 100, "dry_run": false})")["job"]["messages"],
            json(0));
}

TEST_P(PurgeJobs, WhatComesInWhileItWorksStays) {
  for (const char* what :
       {R"("all": true)", R"("user": "bob")", R"("keep": 2)", R"("user": "bob", "keep": 1)"}) {
    SCOPED_TRACE(what);
    world_.nats.publish("chat.lobby.bob", "old");
    world_.nats.publish("chat.lobby.bob", "old");
    world_.nats.publish("chat.lobby.bob", "old");
    world_.pass(2s);
    const std::uint64_t last = world_.nats.stream("ROOM_lobby")->messages().rbegin()->first;
    world_.nats.set_latency(20ms);
    const std::string id =
        ask_for_job(world_, std::string(R"({"match": "*", "dry_run": false, )") + what + "}");
    for (int i = 0; i < 5; ++i) {
      world_.nats.publish("chat.lobby.bob", "meanwhile");
      world_.pass(15ms);
    }
    const json reply = end_of_job(world_, id);
    EXPECT_EQ(reply["job"]["state"], json("done")) << reply;
    world_.nats.set_latency(0ms);
    const auto& left = world_.nats.stream("ROOM_lobby")->messages();
    for (std::uint64_t seq = last + 1; seq <= last + 5; ++seq)
      EXPECT_TRUE(left.contains(seq)) << seq;
    std::uint64_t old = 0;
    for (const auto& [seq, message] : left) old += seq <= last && message.subject.ends_with("bob");
    const bool two = std::string(what) == R"("keep": 2)";
    const bool one = std::string(what).ends_with("1");
    EXPECT_EQ(old, two ? 2U : one ? 1U : 0U) << "meanwhile pushes out nothing more, nothing less";
  }
}

TEST_P(PurgeJobs, AStreamThatWasMadeAgainIsNotMeant) {
  const json config = config_of(world_, "ROOM_game-30");
  const std::string create = config.dump(-1, ' ', false, json::error_handler_t::replace);
  const std::string id =
      ask_for_job(world_, R"({"match": "game-*", "all": true, "rate": 20, "dry_run": false})");
  world_.pass(200ms);
  ASSERT_EQ(world_.messages("game-30"), 2 * each);
  world_.nats.delete_stream("ROOM_game-30");
  ASSERT_TRUE(world_.nats.create_stream("ROOM_game-30", create));
  for (int i = 0; i < 9; ++i) world_.nats.publish("chat.game-30.bob", "new");
  const json reply = end_of_job(world_, id);
  EXPECT_EQ(reply["job"]["rooms_skipped"], json(1)) << reply;
  EXPECT_EQ(reply["job"]["rooms_done"], json(games - 1));
  EXPECT_EQ(world_.messages("game-30"), 9U);
  EXPECT_EQ(world_.messages("game-29"), 0U);
}

TEST_P(PurgeJobs, KilledInTheMiddleItGoesOnAndTakesWhatWasAskedFor) {
  const std::string id =
      ask_for_job(world_, R"({"match": "game-*", "user": "bob", "rate": 10, "dry_run": false})");
  world_.pass(1500ms);
  const std::uint64_t before = in_all("bob");
  ASSERT_GT(before, each) << "the job was too fast for this test";
  ASSERT_LT(before, (games + 1) * each);
  world_.kill();
  for (int number = 1; number <= games; ++number)
    world_.nats.publish("chat." + game(number) + ".bob", "later");
  world_.pass(10s);
  world_.nats.forget_counts();
  world_.boot();
  const json reply = end_of_job(world_, id);
  EXPECT_EQ(reply["job"]["state"], json("done")) << reply;
  EXPECT_EQ(reply["job"]["resumed"], json(1));
  EXPECT_EQ(reply["job"]["at_least"], json(true));
  EXPECT_EQ(reply["job"]["rooms"], json(games));
  EXPECT_EQ(reply["job"]["rooms_done"], json(games));
  EXPECT_LT(world_.nats.count("$JS.API.STREAM.PURGE.>"), games - 5) << "it went on, not anew";
  for (int number = 1; number <= games; ++number) {
    EXPECT_EQ(of(game(number), "bob"), 1U) << game(number) << ": what came later stays";
    EXPECT_EQ(of(game(number), "alice"), each);
  }
  EXPECT_EQ(of("lobby", "bob"), each);
  EXPECT_EQ(world_.logged("job.resumed"), 1U);
  // And what has ended is known after one more restart, and not done again.
  world_.kill();
  world_.nats.forget_counts();
  world_.boot();
  world_.pass(5s);
  EXPECT_EQ(job_of(world_, id)["job"]["state"], json("done"));
  EXPECT_EQ(world_.nats.count("$JS.API.STREAM.PURGE.>"), 0U);
}

TEST_P(PurgeJobs, ADisconnectInTheMiddleCostsOnlyTime) {
  world_.nats.set_latency(20ms);
  const std::string id =
      ask_for_job(world_, R"({"match": "game-*", "user": "bob", "rate": 20, "dry_run": false})");
  world_.pass(500ms);
  world_.nats.disconnect("APP", "roomkeeper");
  world_.pass(5s);
  const json reply = end_of_job(world_, id);
  EXPECT_EQ(reply["job"]["state"], json("done")) << reply;
  EXPECT_EQ(reply["job"]["rooms_done"], json(games));
  EXPECT_EQ(reply["job"]["rooms"], json(games));
  EXPECT_EQ(in_all("bob"), each) << "lobby's";
  EXPECT_EQ(in_all("alice"), (games + 1) * each);
}

TEST_P(PurgeJobs, AJobThatCouldNotBeRecordedIsNotBegun) {
  world_.nats.lose_replies(1, "$KV.roomkeeper.job.>");
  EXPECT_EQ(refusal(world_, "purge", R"({"match": "*", "all": true, "dry_run": false})"),
            "timeout");
  world_.pass(30s);
  EXPECT_EQ(in_all("bob"), (games + 1) * each);
  const json jobs = ask(world_, "job.ls");
  ASSERT_EQ(jobs["jobs"].size(), 1U) << jobs;
  EXPECT_EQ(jobs["jobs"][0]["state"], json("failed"));
  // The write had been done: a restart must not take it for a job that is to be begun.
  world_.kill();
  world_.boot();
  world_.pass(10s);
  EXPECT_EQ(in_all("bob"), (games + 1) * each);
}

TEST_P(PurgeJobs, ALostWriteInTheMiddleDoesNotStopIt) {
  const std::string id =
      ask_for_job(world_, R"({"match": "game-*", "user": "bob", "rate": 10, "dry_run": false})");
  world_.nats.lose_replies(1, "$KV.roomkeeper.job.>");
  const json reply = end_of_job(world_, id);
  EXPECT_EQ(reply["job"]["state"], json("done")) << reply;
  world_.pass(20s);
  EXPECT_NE(record_of(world_, id).find("\"state\":\"done\""), std::string::npos)
      << record_of(world_, id);
  EXPECT_EQ(in_all("bob"), each);
}

TEST_P(PurgeJobs, AnAbortedJobLeavesTheRest) {
  const std::string id =
      ask_for_job(world_, R"({"match": "game-*", "all": true, "rate": 10, "dry_run": false})");
  world_.pass(1s);
  EXPECT_EQ(refusal(world_, "job.abort", R"({"job": ")" + id + "\"}"), "");
  const json reply = end_of_job(world_, id);
  EXPECT_EQ(reply["job"]["state"], json("aborted")) << reply;
  EXPECT_EQ(reply["job"]["reason"], json("job_aborted"));
  const std::uint64_t left = in_all("bob");
  EXPECT_GT(left, 10 * each);
  EXPECT_EQ(reply["job"]["messages"], json(((games + 1) * each - left) * 2));
  world_.pass(5s);
  EXPECT_EQ(in_all("bob"), left);
  EXPECT_EQ(refusal(world_, "job.abort", R"({"job": ")" + id + "\"}"), "conflict");
  world_.kill();
  world_.boot();
  world_.pass(10s);
  EXPECT_EQ(in_all("bob"), left);
  EXPECT_EQ(job_of(world_, id)["job"]["state"], json("aborted"));
}

TEST_P(PurgeJobs, ARoomThatRefusesDoesNotHoldUpTheOthers) {
  world_.nats.fail_next(
      "$JS.API.STREAM.PURGE.ROOM_game-03",
      {.code = 500, .err_code = 10110, .description = "stream purge not permitted"}, 1000);
  const json reply = run_job(world_, R"({"match": "game-*", "all": true, "dry_run": false})");
  EXPECT_EQ(reply["job"]["state"], json("done_with_failures")) << reply;
  EXPECT_EQ(reply["job"]["rooms_failed"], json(1));
  EXPECT_EQ(reply["job"]["rooms_done"], json(games - 1));
  ASSERT_EQ(reply["failures"].size(), 1U);
  EXPECT_EQ(reply["failures"][0]["room"], json("game-03"));
  EXPECT_EQ(reply["failures"][0]["reason"], json("server_refused"));
  EXPECT_EQ(world_.messages("game-03"), 2 * each);
  EXPECT_EQ(in_all("bob"), 2 * each) << "game-03 and lobby";
  EXPECT_EQ(world_.metric(MetricId::purge_job_rooms_total, {"failed"}), 1);
}

TEST_P(PurgeJobs, ARoomThatFailsOnceIsTriedAgain) {
  world_.nats.fail_next("$JS.API.STREAM.PURGE.>",
                        {.code = 503,
                         .err_code = 10008,
                         .description = "JetStream system temporarily "
                                        "unavailable"},
                        5);
  const json reply = run_job(world_, R"({"match": "game-*", "all": true, "dry_run": false})");
  EXPECT_EQ(reply["job"]["state"], json("done")) << reply;
  EXPECT_EQ(in_all("bob"), each);
}

TEST_P(PurgeJobs, AnIncompleteListingIsNotTrusted) {
  world_.nats.set_missing({"ROOM_game-01"});
  const std::string id = ask_for_job(world_, R"({"match": "*", "all": true, "dry_run": false})");
  world_.pass(1s);
  EXPECT_EQ(job_of(world_, id)["job"]["state"], json("waiting"));
  EXPECT_EQ(in_all("bob"), (games + 1) * each);
  world_.nats.set_missing({});
  EXPECT_EQ(end_of_job(world_, id)["job"]["state"], json("done"));
  EXPECT_EQ(in_all("bob"), 0U);
  world_.nats.set_missing({"ROOM_game-01"});
  const json failed = run_job(world_, R"({"match": "*", "all": true, "dry_run": false})");
  EXPECT_EQ(failed["job"]["state"], json("failed")) << failed;
  EXPECT_EQ(failed["job"]["reason"], json("job_failed"));
}

TEST_P(PurgeJobs, TooManyJobsAreRefused) {
  for (int i = 0; i < 32; ++i)
    ask_for_job(world_, R"({"match": "game-*", "all": true, "rate": 1, "dry_run": false})");
  EXPECT_EQ(refusal(world_, "purge", R"({"match": "*"})"), "busy");
  std::map<std::string, int> states;
  const json jobs = ask(world_, "job.ls", R"({"limit": 100})");
  for (const json& job : jobs["jobs"]) ++states[job.value("state", "")];
  EXPECT_EQ(states["running"], 4) << jobs;
  EXPECT_EQ(states["queued"], 28);
  EXPECT_EQ(world_.metric(MetricId::purge_jobs, {"queued"}), 28);
}

TEST_P(PurgeJobs, OfThoseThatHaveEndedAHundredAreKept) {
  std::string first;
  for (int i = 0; i < 103; ++i) {
    const json reply =
        run_job(world_, R"({"rooms": ["lobby"], "user": "nobody", "dry_run": false})");
    if (i == 0) first = reply["job"].value("id", "");
  }
  world_.pass(10s);
  EXPECT_EQ(records(world_), 100U);
  EXPECT_EQ(ask(world_, "job.ls")["total"], json(100));
  EXPECT_EQ(refusal(world_, "job.show", R"({"job": ")" + first + "\"}"), "job_not_found");
}

TEST_P(PurgeJobs, ARecordThatIsNotUnderstoodIsShownAndKept) {
  world_.kill();
  world_.nats.publish("$KV.roomkeeper.job.strange", R"({"job": {"not": "known"}})");
  world_.boot();
  world_.pass(10s);
  const json jobs = ask(world_, "job.ls");
  ASSERT_EQ(jobs["jobs"].size(), 1U) << jobs;
  EXPECT_EQ(jobs["jobs"][0]["id"], json("strange"));
  EXPECT_EQ(jobs["jobs"][0]["state"], json("unreadable"));
  EXPECT_EQ(records(world_), 1U);
  EXPECT_EQ(world_.logged("job.unreadable"), 1U);
}

INSTANTIATE_TEST_SUITE_P(Servers, PurgeJobs, ::testing::Values("2.15.2", "2.10.29"),
                         [](const auto& test) {
                           return std::string(test.param) == "2.15.2" ? "v2_15" : "v2_10";
                         });

TEST(PurgeJobAtMidnight, TheDeadlinePassesARunningJob) {
  constexpr std::string_view many = R"(
instance: seoul
reconcile: { in_flight: 4 }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  archive: { retention: { max_age: 30d } }
rooms:
  - { range: "day-{1..20}" }
  - { range: "old-{1..1000}", template: archive }
)";
  DaemonWorld world(many, "2026-11-22T14:00:00Z");
  world.boot();
  world.pass(10s);
  for (int i = 1; i <= 20; ++i) world.nats.publish("chat.day-" + std::to_string(i) + ".bob", "x");
  for (int i = 1; i <= 1000; ++i) world.nats.publish("chat.old-" + std::to_string(i) + ".bob", "x");
  world.pass_until("2026-11-22T14:59:57Z");
  world.nats.set_latency(50ms);
  const std::string id = ask_for_job(world, R"({"match": "old-*", "all": true, "dry_run": false})");
  world.pass_until("2026-11-22T15:00:00Z");
  world.pass(1500ms);
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(world.messages("day-" + std::to_string(i)), 0U) << i;
  EXPECT_EQ(job_of(world, id)["job"]["state"], json("running")) << "the test shows nothing then";
  world.pass(4s);
  EXPECT_EQ(world.logged("retention.deadline_closed timezone=Asia/Seoul made_up=false"), 1U);
  EXPECT_EQ(end_of_job(world, id)["job"]["messages"], json(1000));
}

}  // namespace
}  // namespace roomkeeper::testing
