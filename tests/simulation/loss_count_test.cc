// How many messages a plan says would go: for every room of a page, and in sum.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr int room_count = 250;

std::string many_rooms(int days, int rooms = room_count, const std::string& reconcile = "") {
  return "instance: seoul\nreconcile: { interval: 60s" + reconcile +
         " }\ntemplates:\n  default: { retention: { until: midnight, days: " +
         std::to_string(days) + ", timezone: Asia/Seoul } }\nrooms:\n  - { range: \"game-{1.." +
         std::to_string(rooms) + "}\" }\n";
}

/// Every room has two messages of the 22nd and one of the 23rd, so that each cut must be asked for.
class LossOfManyRooms : public ::testing::TestWithParam<const char*> {
 protected:
  LossOfManyRooms() : world(many_rooms(5), "2026-11-22T14:50:00Z", {.version = GetParam()}) {
    world.boot();
    world.pass(5s);
    say_everywhere(2);
    world.pass_until("2026-11-22T15:10:00Z");
    say_everywhere(1);
    world.write_config(many_rooms(0));
    world.pass(70s);
  }
  void say_everywhere(int messages) {
    for (int room = 1; room <= room_count; ++room) {
      for (int i = 0; i < messages; ++i)
        world.nats.publish("chat.game-" + std::to_string(room) + ".bob", "x");
    }
    world.loop.run_until_idle();
  }
  json page(const std::string& rest) {
    return ask(world, "plan", R"({"limit": 1000)" + rest + "}");
  }

  DaemonWorld world;
};

TEST_P(LossOfManyRooms, AllAreCountedAndNotOnlyAHundred) {
  const json plan = page("");
  ASSERT_EQ(plan["entries"].size(), static_cast<std::size_t>(room_count));
  for (const json& entry : plan["entries"]) {
    ASSERT_EQ(entry.value("would_go", 0), 2) << entry;
    ASSERT_EQ(entry["would_go_is"], "exact") << entry;
  }
  EXPECT_EQ(plan["held_would_go"], 2 * room_count);
  EXPECT_EQ(plan["would_go"], 0);
  EXPECT_EQ(plan["not_counted"], 0);
  EXPECT_EQ(page(R"(,"allow_lossy":true)")["would_go"], 2 * room_count);
}

TEST_P(LossOfManyRooms, TheSumIsThatOfThePage) {
  const json first = ask(world, "plan", R"({"limit": 100})");
  EXPECT_EQ(first["held_would_go"], 200);
  const json last = ask(world, "plan", R"({"limit": 100, "offset": 200})");
  EXPECT_EQ(last["held_would_go"], 100);
}

TEST_P(LossOfManyRooms, NotTooManyAreAskedForAtOnce) {
  world.nats.set_latency(50ms);
  world.nats.forget_counts();
  // Within one round trip no more than the window is under way, whatever the page holds.
  bool answered = false;
  auto bus = world.nats.connect("APP", "admin", "roomctl");
  world.loop.run_until_idle();
  bus->request(
      "roomkeeper.admin.plan", R"({"limit":1000})", {}, 30s,
      [&answered](policies::Result<sidecar::Message> reply) { answered = reply.has_value(); });
  world.pass(120ms);
  EXPECT_LE(
      world.nats.count("$JS.API.STREAM.MSG.GET.>") + world.nats.count("$JS.API.CONSUMER.CREATE.>"),
      32U);
  EXPECT_TRUE(world.loop.run_until([&answered] { return answered; }, 30s));
}

TEST_P(LossOfManyRooms, ARoomThatCannotBeCountedIsSaidSo) {
  world.nats.silence("$JS.API.STREAM.MSG.GET.ROOM_game-7");
  world.nats.silence("$JS.API.CONSUMER.CREATE.ROOM_game-7.>");
  world.nats.silence("$JS.API.CONSUMER.CREATE.ROOM_game-7");
  const std::string all = world.ask("plan", R"({"limit": 1000})");
  const json plan = json::parse(all, nullptr, false);
  ASSERT_TRUE(plan.is_object()) << all;
  EXPECT_EQ(plan["not_counted"], 1);
  EXPECT_EQ(plan["held_would_go"], 2 * (room_count - 1));
  for (const json& entry : plan["entries"]) {
    if (entry["room"] != "game-7") continue;
    EXPECT_FALSE(entry.contains("would_go"));
    EXPECT_NE(entry["loss_note"], "");
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, LossOfManyRooms, ::testing::Values("2.10.29", "2.15.2"),
                         [](const auto& one) {
                           return std::string(one.param) == "2.10.29" ? "v2_10" : "v2_15";
                         });

TEST(LossCount, DeletedMessagesInBetweenMakeItAnUpperBound) {
  DaemonWorld world(many_rooms(5, 1), "2026-11-22T14:50:00Z");
  world.boot();
  for (int i = 0; i < 6; ++i) world.say("game-1", "bob", "of the 22nd");
  Operator person(world);
  person.request("$JS.API.STREAM.MSG.DELETE.ROOM_game-1", R"({"seq":3})");
  world.pass_until("2026-11-22T15:10:00Z");
  world.say("game-1", "bob", "of the 23rd");
  world.write_config(many_rooms(0, 1));
  world.pass(70s);
  const json entry = ask(world, "plan")["entries"][0];
  EXPECT_EQ(entry["messages"], 6);
  EXPECT_EQ(entry["would_go_is"], "at_most");
  EXPECT_GE(entry["would_go"].get<std::uint64_t>(), 5U);
  EXPECT_LE(entry["would_go"].get<std::uint64_t>(), 6U);
}

TEST(LossCount, ARemovalTakesEverythingAlsoOneThatWaitsForTheGuard) {
  DaemonWorld world(many_rooms(5, 40), "2026-11-22T10:00:00Z");
  world.boot();
  world.pass(5s);
  for (int room = 36; room <= 40; ++room) {
    for (int i = 0; i < 3; ++i) world.say("game-" + std::to_string(room), "bob", "x");
  }
  world.nats.silence("$JS.API.STREAM.DELETE.>");  // so that the plan can still be read
  world.write_config(many_rooms(5, 35, ", on_removal: delete"));
  world.pass(2s);
  const json plan = ask(world, "plan");
  ASSERT_EQ(plan["entries"].size(), 5U) << plan;
  EXPECT_EQ(plan["removes"], 2) << "5 % of the rooms";
  EXPECT_EQ(plan["would_go"], 6);
  EXPECT_EQ(plan["held_would_go"], 9);
  for (const json& entry : plan["entries"]) EXPECT_EQ(entry["would_go"], 3) << entry;
}

}  // namespace
}  // namespace roomkeeper::testing
