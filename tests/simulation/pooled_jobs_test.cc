// Purge jobs over rooms in pools, alone and beside rooms with streams of their own.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/job_runs.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr int tables = 40;
constexpr std::uint64_t each = 3;  ///< messages of each person in each table

std::string house(const std::string& last = "  - { id: zoo, template: lobby }\n") {
  return R"(
instance: seoul
reconcile: { on_removal: delete }
templates:
  default: { retention: { until: midnight, days: 3, timezone: Asia/Seoul } }
  lobby: { layout: pooled, retention: { max_age: 30d } }
  games: { layout: pooled, retention: { max_age: 30d } }
rooms:
  - { id: general }
  - { id: chess, template: games }
  - { range: "table-{01..40}", template: lobby }
)" + last;
}

std::string table(int number) {
  return "table-" + std::string(number < 10 ? "0" : "") + std::to_string(number);
}

class PooledJobs : public ::testing::TestWithParam<const char*> {
 protected:
  PooledJobs() : world_(house(), "2026-11-22T10:00:00Z", {.version = GetParam()}) {
    world_.boot();
    world_.pass(5s);
    for (std::uint64_t i = 0; i < each; ++i) {
      for (int number = 1; number <= tables; ++number) {
        world_.nats.publish("chat.lobby." + table(number) + ".bob", "b");
        world_.nats.publish("chat.lobby." + table(number) + ".alice", "a");
      }
      world_.nats.publish("chat.games.chess.bob", "b");
      world_.nats.publish("chat.general.bob", "b");
      world_.pass(1s);
    }
  }

  /// Messages of a pool whose subject begins or ends so.
  std::uint64_t in_lobby(const std::string& room, const std::string& user) const {
    return count("POOL_lobby", "chat.lobby." + room + ".", "." + user);
  }
  std::uint64_t of(const std::string& user) const {
    return count("POOL_lobby", "", "." + user) + count("POOL_games", "", "." + user) +
           count("ROOM_general", "", "." + user);
  }
  std::uint64_t count(const std::string& name, const std::string& begin,
                      const std::string& end) const {
    const FakeStream* stream = world_.nats.stream(name);
    std::uint64_t found = 0;
    if (stream == nullptr) return 0;
    for (const auto& [seq, message] : stream->messages())
      found += message.subject.starts_with(begin) && message.subject.ends_with(end) ? 1U : 0U;
    return found;
  }

  DaemonWorld world_;
};

TEST_P(PooledJobs, OnePersonsMessagesGoInAllRoomsAndNobodyElses) {
  world_.nats.publish("chat.lobby.stray.bob", "of a room that nothing defines");
  const json reply = run_job(world_, R"({"match": "*", "user": "bob", "dry_run": false})");
  EXPECT_EQ(reply["job"]["state"], json("done")) << reply;
  EXPECT_EQ(reply["job"]["messages"], json((tables + 2) * each));
  EXPECT_EQ(reply["job"]["stored"], json((tables * 2 + 2) * each)) << "of each room its own";
  EXPECT_EQ(reply["job"]["rooms_done"], json(tables + 3));
  EXPECT_EQ(of("bob"), 1U) << "the stray's";
  EXPECT_EQ(of("alice"), tables * each);
}

TEST_P(PooledJobs, ADryRunCountsByRoom) {
  world_.nats.forget_counts();
  const json reply = run_job(world_, R"({"template": "lobby", "user": "bob"})");
  EXPECT_EQ(reply["job"]["messages"], json(tables * each)) << reply;
  EXPECT_EQ(reply["job"]["rooms"], json(tables + 1));
  EXPECT_EQ(reply["total"], json(tables)) << "nobody said anything in the zoo";
  EXPECT_EQ(reply["rooms"][0]["messages"], json(each));
  EXPECT_EQ(reply["rooms"][0]["stored"], json(2 * each));
  EXPECT_EQ(world_.nats.count("$JS.API.STREAM.PURGE.>"), 0U);
  EXPECT_EQ(of("bob"), (tables + 2) * each);
}

TEST_P(PooledJobs, RoomsInWhichThePersonWroteNothingCostNothing) {
  world_.nats.publish("chat.lobby.table-07.carol", "only here");
  world_.pass(1s);
  world_.nats.forget_counts();
  const json reply = run_job(world_, R"({"template": "lobby", "user": "carol", "dry_run": false})");
  EXPECT_EQ(reply["job"]["messages"], json(1)) << reply;
  EXPECT_EQ(reply["job"]["rooms_done"], json(tables + 1));
  EXPECT_EQ(world_.nats.count("$JS.API.STREAM.PURGE.>"), 1U);
}

TEST_P(PooledJobs, AllOfATemplateLeavesStraysAndOtherRoomsAlone) {
  world_.nats.publish("chat.lobby.stray.bob", "of a room that nothing defines");
  world_.pass(1s);
  const json reply =
      run_job(world_, R"({"template": "lobby", "all": true, "dry_run": false})")["job"];
  EXPECT_EQ(reply["messages"], json(tables * each * 2)) << reply;
  EXPECT_EQ(count("POOL_lobby", "", ""), 1U);
  EXPECT_EQ(in_lobby("stray", "bob"), 1U);
  EXPECT_EQ(count("POOL_games", "", ""), each);
  EXPECT_EQ(world_.messages("general"), each);
}

TEST_P(PooledJobs, AStrayGoesWhenItIsNamed) {
  world_.nats.publish("chat.lobby.stray.bob", "of a room that nothing defines");
  world_.pass(3min);  // the pool is counted by a pass
  ASSERT_EQ(verdict(world_, "stray"), "orphaned/never_defined");
  const json reply =
      run_job(world_, R"({"rooms": ["stray"], "all": true, "dry_run": false})")["job"];
  EXPECT_EQ(reply["messages"], json(1)) << reply;
  EXPECT_EQ(in_lobby("stray", "bob"), 0U);
  EXPECT_EQ(count("POOL_lobby", "", ""), tables * each * 2);
  EXPECT_EQ(refusal(world_, "purge", R"({"rooms": ["nowhere"], "all": true, "dry_run": false})"),
            "room_not_found");
}

TEST_P(PooledJobs, KeepsTheNewestOfEachRoom) {
  const json counted = run_job(world_, R"({"match": "table-0*", "keep": 2})")["job"];
  EXPECT_EQ(counted["messages"], json(9 * (2 * each - 2))) << counted;
  const json reply =
      run_job(world_, R"({"match": "table-0*", "keep": 2, "dry_run": false})")["job"];
  EXPECT_EQ(reply["messages"], json(9 * (2 * each - 2))) << reply;
  EXPECT_EQ(in_lobby("table-03", "bob"), 1U);
  EXPECT_EQ(in_lobby("table-03", "alice"), 1U);
  EXPECT_EQ(in_lobby("table-10", "bob"), each);
  const json of_bob = run_job(
      world_, R"({"rooms": ["table-11"], "user": "bob", "keep": 1, "dry_run": false})")["job"];
  EXPECT_EQ(of_bob["messages"], json(each - 1)) << of_bob;
  EXPECT_EQ(in_lobby("table-11", "bob"), 1U);
  EXPECT_EQ(in_lobby("table-11", "alice"), each);
}

TEST_P(PooledJobs, ATimeAndASequenceBoundARoomOnly) {
  const FakeStream* pool = world_.nats.stream("POOL_lobby");
  // The second message of bob in table-05: a sequence of the pool.
  std::uint64_t seq = 0;
  int met = 0;
  for (const auto& [at, message] : pool->messages()) {
    if (message.subject == "chat.lobby.table-05.bob" && ++met == 2) seq = at;
  }
  const std::string request =
      R"({"rooms": ["table-05"], "before_seq": )" + std::to_string(seq) + R"(, "dry_run": false})";
  EXPECT_EQ(run_job(world_, request)["job"]["messages"], json(2));
  EXPECT_EQ(in_lobby("table-05", "bob"), each - 1);
  EXPECT_EQ(in_lobby("table-04", "bob"), each);
  const json by_time = run_job(
      world_,
      R"({"rooms": ["table-06"], "before_time": "2026-11-22T10:00:06.5Z", "dry_run": false})");
  EXPECT_EQ(by_time["job"]["messages"], json(4)) << by_time;
  EXPECT_EQ(in_lobby("table-06", "bob"), each - 2);
  EXPECT_EQ(in_lobby("table-07", "bob"), each);
}

TEST_P(PooledJobs, WhatComesInLaterStays) {
  const std::string id =
      ask_for_job(world_, R"({"template": "lobby", "all": true, "rate": 20, "dry_run": false})");
  world_.pass(500ms);
  for (int number = 1; number <= tables; ++number)
    world_.nats.publish("chat.lobby." + table(number) + ".bob", "later");
  const json job = end_of_job(world_, id)["job"];
  EXPECT_EQ(job["messages"], json(tables * each * 2)) << job;
  EXPECT_EQ(count("POOL_lobby", "", ""), tables);
}

TEST_P(PooledJobs, GoOnAfterAKill) {
  const std::string id =
      ask_for_job(world_, R"({"match": "*", "user": "bob", "rate": 10, "dry_run": false})");
  world_.pass(2500ms);
  const std::uint64_t left = of("bob");
  EXPECT_GT(left, 0U);
  EXPECT_LT(left, (tables + 2) * each);
  world_.kill();
  world_.nats.publish("chat.lobby.table-01.bob", "later");
  world_.boot();
  const json job = end_of_job(world_, id)["job"];
  EXPECT_EQ(job["state"], json("done")) << job;
  EXPECT_EQ(job["resumed"], json(1));
  EXPECT_EQ(job["rooms_done"], json(tables + 3));
  EXPECT_EQ(of("bob"), 1U) << "what came later";
  EXPECT_EQ(of("alice"), tables * each);
}

TEST_P(PooledJobs, ARoomThatIsSomewhereElseByThenIsLeftAloneAndTold) {
  world_.nats.publish("chat.lobby.zoo.bob", "one");
  world_.pass(1s);
  const std::string id =
      ask_for_job(world_, R"({"match": "*", "user": "bob", "rate": 1, "dry_run": false})");
  world_.pass(2s);
  world_.write_config(house(""));
  world_.pass(10s);
  ASSERT_EQ(in_lobby("zoo", "bob"), 0U);
  world_.write_config(house("  - { id: zoo }\n"));
  world_.pass(10s);
  ASSERT_TRUE(world_.has_stream("zoo"));
  world_.nats.publish("chat.zoo.bob", "two");
  const json reply = end_of_job(world_, id, 10min);
  EXPECT_EQ(reply["job"]["state"], json("done_with_failures")) << reply;
  ASSERT_EQ(reply["failures"].size(), 1U) << reply;
  EXPECT_EQ(reply["failures"][0]["room"], json("zoo"));
  EXPECT_EQ(reply["failures"][0]["reason"], json("moved"));
  EXPECT_EQ(world_.messages("zoo"), 1U);
}

TEST_P(PooledJobs, APoolThatIsNotMarkedAsOursIsLeftAlone) {
  Operator(world_).edit("POOL_games", R"({"metadata": {"roomkeeper.instance": "busan"}})");
  world_.pass(5s);
  const json reply = run_job(world_, R"({"match": "*", "user": "bob", "dry_run": false})")["job"];
  EXPECT_EQ(reply["messages"], json((tables + 1) * each)) << reply;
  EXPECT_EQ(count("POOL_games", "", ""), each);
  EXPECT_EQ(refusal(world_, "purge", R"({"rooms": ["chess"], "all": true, "dry_run": false})"),
            "unsafe");
}

INSTANTIATE_TEST_SUITE_P(Servers, PooledJobs, ::testing::Values("2.15.2", "2.10.29"),
                         [](const auto& test) {
                           return std::string(test.param) == "2.15.2" ? "v2_15" : "v2_10";
                         });

}  // namespace
}  // namespace roomkeeper::testing
