// A hold on real servers, from its beginning to its end. The daemon runs in this process, because
// its zone is the test's own: one whose midnight comes in a few seconds.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

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
    "reconcile: { on_removal: delete }\n"
    "rooms:\n"
    "  - { id: plain }\n"
    "  - { id: free }\n";

class RealHoldTest : public HeldRoomsTest {
 protected:
  ~RealHoldTest() override { end_daemon(); }

  /// All rooms of the file get the rule `until midnight, 0 days` of the zone.
  void start_daemon(const ZoneFile& zone) {
    config::Config config = load(rooms_yaml);
    for (policies::RoomSpec& room : config.rooms.rooms) {
      auto settings = std::make_shared<policies::RoomSettings>(*room.settings);
      settings->retention = policies::UntilMidnight{.days = 0, .zone = zone.get()};
      room.settings = std::move(settings);
    }
    begin_daemon(std::move(config), zone.lookup());
    ASSERT_TRUE(becomes_true([&] { return stream("ROOM_free").contains("config"); }));
  }
  /// Connects anew, as after a restart of the server.
  void meet() { asking = client("admin"); }
  void tell(const std::string& room, const std::string& user, const std::string& text) {
    tell_in("ROOM_" + room, "chat." + room + "." + user, room, text);
  }
};

TEST_P(RealHoldTest, TheCopyHasEverythingThatAMidnightJobsAndARemovalTake) {
  const WallTime midnight =
      WallTime(std::chrono::ceil<std::chrono::seconds>((now() + 9s).time_since_epoch()));
  start_daemon(ZoneFile::with_midnight_at(midnight));
  ASSERT_TRUE(becomes_true([&] {
    return admin("room.create", {{"room", {{"id", "lobby"}}}}).value("id", "") == "lobby";
  }));
  tell("plain", "alice", "before the hold");
  ASSERT_TRUE(becomes_held("plain"));
  ASSERT_LT(now(), midnight - 200ms) << "the machine is too slow for this test";
  ASSERT_TRUE(wait_for(midnight - 1s));
  while (now() < midnight) tell("plain", "bob", "up to the last millisecond");
  tell("plain", "carol", "of the new day");
  ASSERT_TRUE(becomes_true(
      [&] { return time_of(stream("ROOM_plain")["state"]["first_ts"]) >= midnight; }, 10s, 5ms));

  tell("plain", "alice", "stays a while");
  tell("plain", "alice", "the newest");
  ASSERT_TRUE(wait_for(now() + 20ms));
  EXPECT_GE(purged({{"rooms", {"plain"}}, {"user", "carol"}}), 1U);
  EXPECT_GE(purged({{"rooms", {"plain"}}, {"keep", 1}}), 1U);
  EXPECT_EQ(messages("ROOM_plain"), 1U);

  ASSERT_TRUE(server.restart());
  meet();
  ASSERT_TRUE(
      becomes_true([&] { return admin("room.holds", json::object()).contains("holds"); }, 20s));
  tell("plain", "alice", "after the restart");
  ASSERT_TRUE(wait_for(now() + 20ms));
  EXPECT_EQ(purged({{"rooms", {"plain"}}, {"all", true}}), 2U);
  EXPECT_EQ(messages("ROOM_plain"), 0U);
  expect_copied("plain");

  tell("lobby", "alice", "one");
  tell("lobby", "bob", "two");
  ASSERT_TRUE(becomes_held("lobby"));
  tell("lobby", "bob", "the last word");
  admin("room.rm", {{"room", "lobby"}});
  ASSERT_TRUE(becomes_true([&] { return stream("ROOM_lobby").contains("error"); }, 30s));
  expect_copied("lobby");

  EXPECT_EQ(admin("room.unhold", {{"room", "lobby"}}).value("removed", true), false);
  expect_copied("lobby");
  EXPECT_EQ(admin("room.unhold", {{"room", "lobby"}, {"dry_run", false}}).value("removed", false),
            true);
  EXPECT_TRUE(stream("HOLD_lobby").contains("error"));
}

INSTANTIATE_TEST_SUITE_P(On, RealHoldTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return version.param == std::string("2.10") ? "Nats2_10" : "Nats2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
