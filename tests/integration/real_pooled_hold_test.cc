// A hold of a room in a pool on real servers: midnights of the whole pool and jobs take its
// messages, and the copy keeps them.
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/held_rooms_test.h"
#include "tests/integration/waiting.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using policies::WallTime;

constexpr const char* rooms_yaml =
    "instance: test\n"
    "templates:\n"
    "  lobby: { layout: pooled }\n"
    "rooms:\n"
    "  - { id: a, template: lobby }\n"
    "  - { id: b, template: lobby }\n";

class RealPooledHoldTest : public HeldRoomsTest {
 protected:
  ~RealPooledHoldTest() override { end_daemon(); }

  void start_daemon(const ZoneFile& zone) {
    config::Config config = load(rooms_yaml);
    auto pool = std::make_shared<policies::RoomSettings>(*config.templates.at("lobby"));
    pool->retention = policies::UntilMidnight{.days = 0, .zone = zone.get()};
    config.templates["lobby"] = pool;
    for (policies::RoomSpec& room : config.rooms.rooms) room.settings = pool;
    begin_daemon(std::move(config), zone.lookup());
    ASSERT_TRUE(becomes_true([&] { return state_of("b") == "ready"; }));
  }
  std::string state_of(const std::string& room) {
    return admin("room.show", {{"room", room}}).value("state", "");
  }
  void tell(const std::string& room, const std::string& user, const std::string& text) {
    tell_in("POOL_lobby", "chat.lobby." + room + "." + user, room, text);
  }
};

TEST_P(RealPooledHoldTest, TheCopyHasEverythingThatTheMidnightOfThePoolAndJobsTake) {
  const WallTime midnight =
      WallTime(std::chrono::ceil<std::chrono::seconds>((now() + 9s).time_since_epoch()));
  start_daemon(ZoneFile::with_midnight_at(midnight));
  tell("a", "alice", "before the hold");
  tell("b", "alice", "beside it");
  ASSERT_TRUE(becomes_held("a"));
  ASSERT_LT(now(), midnight - 200ms) << "the machine is too slow for this test";
  // One is deleted by hand: the copy keeps it, and it stands for none that is missing.
  tell("a", "bob", "deleted by hand");
  ASSERT_TRUE(becomes_true([&] { return messages("HOLD_a") == told_["a"].size(); }));
  request("$JS.API.STREAM.MSG.DELETE.POOL_lobby", {{"seq", told_["a"].rbegin()->first}});
  ASSERT_TRUE(wait_for(midnight - 1s));
  while (now() < midnight) {
    tell("a", "bob", "up to the last millisecond");
    tell("b", "bob", "beside it");
  }
  tell("a", "carol", "of the new day");
  ASSERT_TRUE(becomes_true(
      [&] { return time_of(stream("POOL_lobby")["state"]["first_ts"]) >= midnight; }, 10s, 5ms));
  expect_copied("a");

  tell("a", "alice", "stays a while");
  tell("b", "alice", "of another room");
  tell("a", "alice", "the newest");
  ASSERT_TRUE(wait_for(now() + 20ms));
  EXPECT_EQ(purged({{"rooms", {"a"}}, {"user", "carol"}}), 1U);
  EXPECT_GE(purged({{"rooms", {"a"}}, {"keep", 1}}), 1U);
  EXPECT_GE(purged({{"rooms", {"a"}}, {"all", true}}), 1U);
  EXPECT_GE(messages("POOL_lobby"), 1U) << "of the other room";
  expect_copied("a");
  EXPECT_EQ(admin("room.unhold", {{"room", "a"}}).value("removed", true), false);
  EXPECT_EQ(admin("room.unhold", {{"room", "a"}, {"dry_run", false}}).value("removed", false),
            true);
  EXPECT_TRUE(stream("HOLD_a").contains("error"));
}

INSTANTIATE_TEST_SUITE_P(On, RealPooledHoldTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return version.param == std::string("2.10") ? "Nats2_10" : "Nats2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
