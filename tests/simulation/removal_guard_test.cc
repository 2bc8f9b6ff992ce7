// The removal guard keeps its count in the state bucket: restarts, failed writes and strange values
// let nothing more go.
#include <algorithm>
#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* key = "$KV.roomkeeper.removals";
constexpr const char* deletes = "$JS.API.STREAM.DELETE.>";

std::string guarded_rooms_up_to(int last) {
  return "instance: seoul\nreconcile: { on_removal: delete, interval: 30s }\nrooms:\n"
         "  - { range: \"game-{1.." +
         std::to_string(last) + "}\" }\n";
}

class RemovalGuard : public ::testing::Test {
 protected:
  /// 60 rooms, of which an hour may take three.
  RemovalGuard() : world_(guarded_rooms_up_to(60), start) {
    world_.boot();
    world_.pass(5s);
    world_.nats.forget_counts();
  }

  std::size_t rooms() const {
    const auto names = world_.nats.streams();
    return static_cast<std::size_t>(
        std::count_if(names.begin(), names.end(),
                      [](const std::string& name) { return name.starts_with("ROOM_"); }));
  }
  std::string value() const {
    std::string last;
    for (const auto& [seq, message] : world_.nats.stream("KV_roomkeeper")->messages()) {
      if (message.subject == key) last = message.data;
    }
    return last;
  }
  int counted() const {
    int sum = 0;
    const json record = json::parse(value(), nullptr, false);
    if (!record.is_object()) return -1;
    for (const json& entry : record["removals"]) sum += entry["count"].get<int>();
    return sum;
  }
  std::string doubts() { return ask(world_, "status")["doubts"].dump(); }
  void restart() {
    world_.kill();
    world_.boot();
  }

  DaemonWorld world_;
};

TEST_F(RemovalGuard, ACrashLoopRemovesNoMoreThanOneStart) {
  world_.kill();
  world_.write_config(guarded_rooms_up_to(40));
  world_.nats.set_latency(20ms);
  for (int i = 0; i < 10; ++i) {
    const auto before = world_.nats.count(deletes);
    world_.boot();
    world_.loop.run_until([&] { return world_.nats.count(deletes) > before; }, 3s);
    world_.kill();
    world_.pass(1s);
    EXPECT_GE(rooms(), 57U) << "after start " << i + 1;
  }
  EXPECT_LE(rooms(), 59U) << "the test shows nothing then";
  EXPECT_LE(world_.nats.count(deletes), 3U);
}

TEST_F(RemovalGuard, WhereverItEndsNoMoreIsRemoved) {
  world_.kill();
  world_.write_config(guarded_rooms_up_to(40));
  world_.nats.set_latency(20ms);
  for (int i = 1; i <= 60; ++i) {
    world_.boot();
    world_.pass(i * 20ms);
    world_.kill();
    EXPECT_LE(world_.nats.count(deletes), 3U) << "ended after " << i * 20 << " ms";
  }
  EXPECT_EQ(counted(), 3) << "the last of these starts lived long enough to see the guard";
  world_.nats.set_latency(0ms);
  world_.boot();
  world_.pass(55min);
  EXPECT_GE(rooms(), 57U);
  world_.pass(10min);
  EXPECT_LT(rooms(), 58U) << "an hour later it goes on";
  EXPECT_GE(rooms(), 54U);
}

TEST_F(RemovalGuard, TheHourSlidesOverRestarts) {
  world_.write_config(guarded_rooms_up_to(40));
  world_.pass(5s);
  ASSERT_EQ(rooms(), 57U);
  EXPECT_EQ(counted(), 3);
  for (int i = 0; i < 5; ++i) {
    world_.pass(10min);
    restart();
    EXPECT_EQ(rooms(), 57U) << i;
  }
  world_.pass(9min);
  EXPECT_EQ(rooms(), 57U);
  EXPECT_EQ(verdict(world_, "game-60"), "removing/removal_guard");
  world_.pass(3min);
  EXPECT_EQ(rooms(), 55U) << "5 % of 57";
  EXPECT_EQ(counted(), 2) << "what is older than an hour is forgotten";
}

TEST_F(RemovalGuard, WhatCannotBeCountedIsNotRemoved) {
  world_.nats.silence(key);
  world_.write_config(guarded_rooms_up_to(59));
  world_.pass(1min);
  EXPECT_EQ(rooms(), 60U);
  EXPECT_EQ(world_.nats.count(deletes), 0U);
  EXPECT_GT(world_.nats.count(key), 1U) << "tried again";
  EXPECT_GT(world_.logged("could not be counted"), 0U);
  world_.nats.speak();
  world_.pass(2min);
  EXPECT_EQ(rooms(), 59U);
  EXPECT_EQ(counted(), 1);
}

TEST_F(RemovalGuard, ACountWhoseAnswerWasLostIsOneTooMany) {
  world_.nats.lose_replies(1, key);
  world_.write_config(guarded_rooms_up_to(59));
  world_.pass(1min);
  EXPECT_EQ(rooms(), 59U);
  EXPECT_EQ(counted(), 2);
}

TEST_F(RemovalGuard, ARemovalThatIsRefusedIsNotCounted) {
  world_.nats.fail_next("$JS.API.STREAM.DELETE.ROOM_game-60",
                        {.code = 500, .err_code = 10067, .description = "stream delete failed"},
                        1000);
  world_.write_config(guarded_rooms_up_to(59));
  world_.pass(20min);
  EXPECT_EQ(rooms(), 60U);
  EXPECT_GT(world_.nats.count(deletes), 3U) << "more than an hour may take";
  EXPECT_LT(world_.nats.count(deletes), 100U) << "once a pass, not without end";
  world_.nats.heal();
  world_.write_config(guarded_rooms_up_to(57));
  world_.pass(2min);
  EXPECT_EQ(rooms(), 57U);
}

TEST_F(RemovalGuard, ARemovalThatIsNotAnsweredIsCountedOnce) {
  world_.nats.silence("$JS.API.STREAM.DELETE.ROOM_game-60");
  world_.write_config(guarded_rooms_up_to(59));
  world_.pass(5min);
  EXPECT_EQ(rooms(), 60U);
  EXPECT_GT(world_.nats.count(deletes), 1U);
  EXPECT_EQ(counted(), 1) << "tried again, and counted once";
  world_.write_config(guarded_rooms_up_to(40));
  world_.pass(5min);
  EXPECT_EQ(rooms(), 58U) << "it may be done yet, so its place is taken";
  EXPECT_EQ(counted(), 3);
  world_.nats.speak();
  world_.pass(40min);
  EXPECT_GE(rooms(), 57U);
}

TEST_F(RemovalGuard, ARemovalWhoseAnswerWasLostIsCountedOnce) {
  world_.nats.lose_replies(1, deletes);
  world_.write_config(guarded_rooms_up_to(40));
  world_.pass(50min);
  EXPECT_EQ(rooms(), 57U);
  EXPECT_EQ(world_.nats.count(deletes), 3U);
}

TEST_F(RemovalGuard, AValueThatIsNotUnderstoodStopsRemovalsForAnHour) {
  for (const char* strange :
       {"?", "[]", R"({"removals": 3})", R"({"removals": [{"at": "yesterday", "count": 1}]})",
        R"({"removals": [{"at": "2026-11-22T10:00:00Z", "count": -1}]})",
        R"({"removals": [{"at": "2026-11-22T10:00:00Z", "count": 1e99}]})"}) {
    SCOPED_TRACE(strange);
    DaemonWorld world(guarded_rooms_up_to(60), start);
    world.boot();
    world.pass(5s);
    world.kill();
    world.nats.publish(key, strange);
    world.write_config(guarded_rooms_up_to(58));
    world.boot();
    world.pass(58min);
    EXPECT_TRUE(world.has_stream("game-60"));
    EXPECT_EQ(verdict(world, "game-60"), "removing/removal_guard");
    const std::string status = ask(world, "status")["doubts"].dump();
    EXPECT_NE(status.find("removals is not understood"), std::string::npos) << status;
    EXPECT_NE(ask(world, "doctor").dump().find("removals.counted"), std::string::npos);
    EXPECT_EQ(world.logged("removals.unreadable"), 1U);
    EXPECT_EQ(world.logged("removals.replaced"), 0U);
    world.pass(4min);
    EXPECT_FALSE(world.has_stream("game-60"));
    EXPECT_FALSE(world.has_stream("game-59"));
    EXPECT_EQ(world.logged("removals.replaced"), 1U) << "what was there is told";
    EXPECT_EQ(ask(world, "status")["doubts"].dump(), "[]");
  }
}

TEST_F(RemovalGuard, AStrangeValueIsLeftAlone) {
  world_.kill();
  world_.nats.publish(key, "?");
  for (int i = 0; i < 3; ++i) {
    world_.boot();
    world_.pass(70min);
    EXPECT_EQ(value(), "?");
    world_.kill();
  }
  world_.write_config(guarded_rooms_up_to(58));
  world_.boot();
  world_.pass(50min);
  EXPECT_EQ(rooms(), 60U) << "an hour from every start";
}

TEST_F(RemovalGuard, WhatSomebodyElseHasRemovedCounts) {
  world_.nats.publish(key, R"({"removals": [{"at": "2026-11-22T10:00:10Z", "count": 2}, )"
                           R"({"at": "2026-11-22T08:59:00Z", "count": 50}]})");
  world_.write_config(guarded_rooms_up_to(40));
  world_.pass(30min);
  EXPECT_EQ(rooms(), 59U);
  EXPECT_EQ(counted(), 3);
}

TEST_F(RemovalGuard, ABucketThatWasLostDoesNotGiveTheHourAnew) {
  world_.write_config(guarded_rooms_up_to(40));
  world_.pass(5s);
  ASSERT_EQ(rooms(), 57U);
  ASSERT_TRUE(world_.nats.delete_stream("KV_roomkeeper"));
  world_.nats.disconnect("APP", "roomkeeper");
  world_.pass(30min);
  EXPECT_EQ(rooms(), 57U);
}

TEST_F(RemovalGuard, AServerWhoseClockGoesBackIsADoubt) {
  world_.write_config(guarded_rooms_up_to(40));
  world_.pass(5s);
  ASSERT_EQ(rooms(), 57U);
  world_.nats.set_skew(-3h);
  world_.pass(58min);
  EXPECT_EQ(rooms(), 57U);
  EXPECT_EQ(world_.logged("removals.ahead"), 1U);
  EXPECT_NE(doubts().find("still to come"), std::string::npos) << doubts();
  restart();
  world_.pass(58min);
  EXPECT_EQ(rooms(), 57U) << "the bucket says the same";
  world_.pass(4min);
  EXPECT_EQ(rooms(), 55U);
}

}  // namespace
}  // namespace roomkeeper::testing
