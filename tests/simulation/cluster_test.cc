// A thousand rooms of three replicas while a cluster misbehaves: whatever goes wrong, all of them
// are there in the end, none twice, nothing was deleted, and what failed meanwhile said why.
#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/support/fake_api_error.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::string_view start = "2026-11-22T10:00:00Z";
constexpr std::size_t room_count = 1000;
constexpr const char* creations = "$JS.API.STREAM.CREATE.*";
constexpr const char* everything = "$JS.API.>";

std::string rooms_yaml(std::size_t count = room_count) {
  return "instance: seoul\nreconcile: { on_removal: delete }\n"
         "templates: { default: { replicas: 3, retention: { until: midnight, days: 0, timezone: "
         "Asia/Seoul } } }\nrooms: [ {range: \"r-{1.." +
         std::to_string(count) + "}\"} ]\n";
}

class ClusterSimTest : public ::testing::Test {
 protected:
  ClusterSimTest() {
    world.nats.set_cluster(3);
    // So that the creations take their time: about two seconds.
    world.nats.set_latency(20ms);
  }

  std::uint64_t rooms_in(const std::string& state) {
    const json reply = ask(world, "room.ls", json{{"state", state}, {"limit", 1}}.dump());
    return reply.is_object() ? reply.value("total", std::uint64_t{0}) : 0;
  }
  std::size_t room_streams() const {
    const auto names = world.nats.streams();
    return static_cast<std::size_t>(std::count_if(
        names.begin(), names.end(), [](const auto& name) { return name.starts_with("ROOM_"); }));
  }
  /// Until so many streams of rooms are there.
  bool made(std::size_t count, policies::Nanoseconds longest = 1min) {
    return world.loop.run_until([&] { return room_streams() >= count; }, longest);
  }
  /// Passes time until all are ready.
  void expect_complete(policies::Nanoseconds longest, std::size_t count = room_count) {
    for (policies::Nanoseconds passed{}; passed < longest && rooms_in("ready") < count;
         passed += 500ms)
      world.pass(500ms);
    EXPECT_EQ(rooms_in("ready"), count);
    EXPECT_EQ(room_streams(), count);
    EXPECT_EQ(world.nats.count("$JS.API.STREAM.DELETE.>"), 0U);
    EXPECT_TRUE(world.ready());
    for (const std::string& name : world.nats.streams()) {
      if (!name.starts_with("ROOM_")) continue;
      EXPECT_EQ(config_of(world, name)["num_replicas"], 3) << name;
    }
  }

  /// Of the state, the lease and the audit.
  std::vector<int> own_copies() {
    std::vector<int> copies;
    for (const char* name : {"KV_roomkeeper", "KV_roomkeeper_lease", "ROOMKEEPER_AUDIT"})
      copies.push_back(config_of(world, name).value("num_replicas", 0));
    return copies;
  }

  DaemonWorld world{rooms_yaml(), start};
};

TEST_F(ClusterSimTest, WithoutALeaderForAFewSecondsNothingFailsAndEverythingWaits) {
  world.boot();
  ASSERT_TRUE(made(300));
  world.nats.fail_always(everything, api_error::no_meta_leader());
  world.nats.forget_counts();
  world.pass(3s);
  EXPECT_LT(world.nats.count(creations), 60U) << "asked again and again, and one at a time";
  world.nats.stop_failing();
  expect_complete(1min);
  EXPECT_EQ(world.logged("room.not_changed"), 0U);
  EXPECT_EQ(world.logged("pass.planned"), 1U) << "one pass did it";
}

TEST_F(ClusterSimTest, WithoutALeaderForLongThePassEndsAndSaysWhyAndItIsTriedAgain) {
  world.boot();
  ASSERT_TRUE(made(300));
  world.nats.fail_always(everything, api_error::no_meta_leader());
  world.pass(40s);
  EXPECT_EQ(world.logged("pass.ended"), 1U);
  const std::size_t failed = world.logged("room.not_changed");
  EXPECT_GT(failed, 0U);
  EXPECT_LT(failed, 60U) << "not one room after the other";
  EXPECT_EQ(rooms_in("failed"), failed);
  EXPECT_EQ(world.logged("detail=\"JetStream system temporarily unavailable\""), failed);
  EXPECT_GT(world.logged("inventory.failed"), 0U);
  EXPECT_LT(world.logged("inventory.failed"), 10U);
  world.nats.stop_failing();
  expect_complete(2min);
}

TEST_F(ClusterSimTest, SilenceForLongEndsThePassToo) {
  world.boot();
  ASSERT_TRUE(made(300));
  world.nats.silence(everything);
  world.pass(15min);
  EXPECT_EQ(world.logged("pass.ended"), 1U);
  EXPECT_LT(world.logged("room.not_changed"), 60U);
  world.nats.speak();
  expect_complete(3min);
}

TEST_F(ClusterSimTest, ADroppedQueueIsAskedAgainAfterAPause) {
  world.boot();
  ASSERT_TRUE(made(200));
  world.nats.ignore_next(16, creations);
  world.nats.announce_api_limit(16, "SYS");
  world.pass(100ms);
  world.nats.forget_counts();
  world.pass(1500ms);
  EXPECT_EQ(world.nats.count(everything), 0U) << "a pause";
  expect_complete(2min);
  EXPECT_EQ(world.metric(MetricId::jetstream_api_pauses_total), 1);
  EXPECT_EQ(world.logged("room.not_changed"), 16U);
}

TEST_F(ClusterSimTest, TooManyRequestsSlowItDownAndFailNothing) {
  world.boot();
  ASSERT_TRUE(made(200));
  world.nats.fail_next(creations, api_error::too_many_requests(), 20);
  expect_complete(1min);
  EXPECT_EQ(world.logged("room.not_changed"), 0U);
}

TEST_F(ClusterSimTest, AStreamWhoseLeaderComesLateIsReadyOnlyOnceItWasSeen) {
  world.boot();
  // Not of the state bucket, which comes first.
  ASSERT_TRUE(world.loop.run_until([&] { return world.logged("state.created") > 0; }, 10s));
  world.nats.set_election(8s);
  world.pass(2s);
  EXPECT_GT(room_streams(), 0U);
  EXPECT_EQ(rooms_in("ready"), 0U);
  world.pass(5s);
  EXPECT_EQ(rooms_in("ready"), 0U);
  EXPECT_GT(rooms_in("failed"), 0U) << "no answer in time, and it says so";
  world.nats.set_election({});
  expect_complete(3min);
}

TEST_F(ClusterSimTest, WhatAListingLeavesOutIsUnknownAndNeitherMadeNorRemoved) {
  world.nats.set_latency({});
  world.boot();
  ASSERT_TRUE(made(room_count));
  expect_complete(10s);
  world.kill();
  std::set<std::string> missing;
  for (int i = 1; i <= 20; ++i) missing.insert("ROOM_r-" + std::to_string(i));
  world.nats.set_missing(missing);
  world.nats.forget_counts();
  // Of these rooms, and of some that the listing shows, none is wanted any more.
  world.write_config(rooms_yaml(900));
  world.boot();
  world.pass(10min);
  EXPECT_EQ(writes(world), 0U);
  EXPECT_EQ(rooms_in("unknown"), 20U);
  EXPECT_EQ(verdict(world, "r-7"), "unknown/observation_incomplete");
  EXPECT_EQ(verdict(world, "r-950"), "removing/observation_incomplete");
  EXPECT_FALSE(world.ready()) << "not one complete pass";
  EXPECT_THAT(world.ask("doctor"), HasSubstr("listing.complete"));
  world.nats.set_missing({});
  world.pass(2min);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(rooms_in("unknown"), 0U);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.CREATE.>"), 0U);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.DELETE.>"), 10U) << "as many as the guard allows";
}

TEST_F(ClusterSimTest, WithTooFewServersTheRoomsSayHowManyTheyNeedUntilOneComesBack) {
  world.nats.set_cluster(2);
  world.boot();
  world.pass(10s);
  EXPECT_EQ(rooms_in("failed"), room_count);
  EXPECT_EQ(verdict(world, "r-1"), "failed/server_refused");
  const std::string shown = world.ask("room.explain", R"({"room":"r-1"})");
  EXPECT_THAT(shown, HasSubstr("no suitable peers for placement"));
  EXPECT_THAT(shown, HasSubstr("replicas: 3 needs 3 servers"));
  EXPECT_THAT(world.ask("doctor"), HasSubstr("replicas: 3 needs 3 servers"));
  world.nats.set_cluster(3);
  expect_complete(2min);
}

TEST_F(ClusterSimTest, ALoneServerCannotReplicateAndDoctorSaysSo) {
  world.nats.set_cluster(1);
  world.boot();
  world.pass(10s);
  EXPECT_EQ(verdict(world, "r-1"), "failed/server_refused");
  EXPECT_THAT(world.ask("doctor"),
              HasSubstr("replicas > 1 not supported in non-clustered mode (replicas: 3 needs 3"));
}

TEST_F(ClusterSimTest, AConnectionThatIsLostInTheMiddleCostsOnlyWhatWasUnderWay) {
  world.boot();
  for (std::size_t lost = 1; lost <= 3; ++lost) {
    ASSERT_TRUE(made(lost * 200));
    world.nats.disconnect("APP", "roomkeeper");
  }
  expect_complete(2min);
  EXPECT_LE(world.logged("room.not_changed"), 3U * 32U);
}

TEST_F(ClusterSimTest, StreamsOfOurOwnGetTheCopiesThatTheClusterHasRoomForAtLast) {
  world.nats.set_latency({});
  world.nats.set_cluster(2);
  world.boot();
  world.pass(10s);
  EXPECT_EQ(own_copies(), std::vector<int>({2, 2, 2}));
  // The third server comes: a look is at most 5 minutes away.
  world.nats.set_cluster(3);
  world.pass(5min + 10s);
  EXPECT_EQ(own_copies(), std::vector<int>({3, 3, 3}));
  EXPECT_EQ(world.logged("state.copies "), 3U);
  world.nats.forget_counts();
  world.pass(1h);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.UPDATE.>"), 0U);
}

TEST_F(ClusterSimTest, CopiesThatWereAskedForAndCannotBeHadAreToldOnceAndComeLater) {
  world.nats.set_latency({});
  world.boot();
  world.pass(10s);
  world.write_config("state: { replicas: 5 }\n" + rooms_yaml());
  world.reload();
  world.pass(30min);
  EXPECT_EQ(own_copies(), std::vector<int>({3, 3, 3}));
  EXPECT_EQ(world.logged("state.copies_missing"), 3U) << "one a stream";
  EXPECT_EQ(rooms_in("ready"), room_count) << "no reason not to act";
  world.nats.set_cluster(5);
  world.pass(5min + 10s);
  EXPECT_EQ(own_copies(), std::vector<int>({5, 5, 5}));
}

/// One fault, of a kind and for a time that chance decides.
void break_something(DaemonWorld& world, std::mt19937& random) {
  const auto some = [&](std::uint64_t from, std::uint64_t to) {
    return std::uniform_int_distribution<std::uint64_t>(from, to)(random);
  };
  switch (some(0, 9)) {
    case 0:
      return world.nats.fail_always(everything, api_error::no_meta_leader());
    case 1:
      return world.nats.silence(everything);
    case 2:
      world.nats.ignore_next(some(1, 40), everything);
      return world.nats.announce_api_limit(16, "SYS");
    case 3:
      return world.nats.fail_next(creations, api_error::too_many_requests(), some(1, 100));
    case 4:
      return world.nats.set_election(std::chrono::milliseconds(some(1, 12'000)));
    case 5:
      return world.nats.lose_replies(some(1, 50), creations);
    case 6: {
      std::set<std::string> missing;
      for (std::uint64_t i = some(1, 30); i > 0; --i)
        missing.insert("ROOM_r-" + std::to_string(some(1, room_count)));
      return world.nats.set_missing(std::move(missing));
    }
    case 7:
      return world.nats.set_cluster(2);
    case 8:
      return world.nats.disconnect("APP", "roomkeeper");
    default:
      return world.nats.fail_next(everything, {500, 10118, "stream is offline"}, some(1, 20));
  }
}

class RandomClusterTest : public ClusterSimTest,
                          public ::testing::WithParamInterface<std::uint32_t> {};

TEST_P(RandomClusterTest, EndsComplete) {
  std::mt19937 random(GetParam());
  world.boot();
  for (int fault = 0; fault < 12; ++fault) {
    break_something(world, random);
    world.pass(std::chrono::milliseconds(std::uniform_int_distribution<int>(50, 9'000)(random)));
    if (std::bernoulli_distribution(0.7)(random)) {
      world.nats.heal();
      world.nats.set_cluster(3);
      world.nats.set_latency(20ms);
      world.pass(std::chrono::milliseconds(std::uniform_int_distribution<int>(0, 500)(random)));
    }
  }
  world.nats.heal();
  world.nats.set_cluster(3);
  expect_complete(3min);
  // It stays so, and nothing more is done; a stream of our own may still get its third copy.
  world.nats.forget_counts();
  world.pass(5min + 10s);
  EXPECT_LE(writes(world), 3U);
  EXPECT_EQ(own_copies(), std::vector<int>({3, 3, 3}));
  world.nats.forget_counts();
  world.pass(5min);
  EXPECT_EQ(writes(world), 0U);
  EXPECT_EQ(rooms_in("ready"), room_count);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomClusterTest, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace roomkeeper::testing
