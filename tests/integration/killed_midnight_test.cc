// The real program, killed in the middle of a midnight of many rooms.
//
// Its zone is one of the database whose file was swapped for one with a midnight in a few seconds
// (tests/support/zone_swap.cc).
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"
#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using policies::WallTime;

constexpr int room_count = 200;
constexpr const char* zone_name = "Etc/GMT-13";
constexpr const char* rooms_yaml =
    "reconcile: { in_flight: 1 }\n"
    "templates:\n"
    "  default: { retention: { until: midnight, days: 0, timezone: Etc/GMT-13 } }\n"
    "rooms: [ {range: \"r-{1..200}\"} ]\n";

WallTime clock_now() {
  return std::chrono::time_point_cast<policies::Nanoseconds>(std::chrono::system_clock::now());
}

std::vector<std::string> swapped_zone(const ZoneFile& zone) {
  return {"LD_PRELOAD=" ROOMKEEPER_ZONE_SWAP,
          std::string("ZONE_SWAP_FROM=/usr/share/zoneinfo/") + zone_name,
          "ZONE_SWAP_TO=/usr/share/zoneinfo/" + zone.name(),
          "ASAN_OPTIONS=verify_asan_link_order=0"};
}

class KilledMidnightTest : public ::testing::TestWithParam<const char*> {};

TEST_P(KilledMidnightTest, KilledInTheMiddleOfAPassItGoesOnAfterTheRestart) {
  const WallTime midnight =
      WallTime(std::chrono::ceil<std::chrono::seconds>((clock_now() + 12s).time_since_epoch()));
  const ZoneFile zone = ZoneFile::with_midnight_at(midnight);
  Installation installed(
      {.version = GetParam(), .yaml = rooms_yaml, .environment = swapped_zone(zone)});
  ASSERT_TRUE(installed.ready());
  const auto room_of = [](int i) { return "r-" + std::to_string(i); };
  const auto alice = installed.client("alice");
  const auto say = [&](int times) {
    for (int i = 1; i <= room_count; ++i) {
      for (int n = 0; n < times; ++n)
        ASSERT_TRUE(alice->store("chat." + room_of(i) + ".alice", "x")) << room_of(i);
    }
  };
  ASSERT_NO_FATAL_FAILURE(say(3));
  const auto witness = installed.client("witness");
  const auto purges = witness->subscribe("$JS.API.STREAM.PURGE.>");
  ASSERT_TRUE(purges);
  ASSERT_LT(clock_now(), midnight) << "the machine is too slow for this test";
  for (int i = 0; i < 40; ++i) ASSERT_TRUE((*purges)->next(15s)) << "after " << i << " purges";
  installed.daemon().kill();
  EXPECT_GE(clock_now(), midnight);

  int emptied = 0;
  for (int i = 1; i <= room_count; ++i) {
    const std::uint64_t left = installed.messages(room_of(i));
    EXPECT_TRUE(left == 0 || left == 3) << room_of(i) << ": " << left;
    emptied += left == 0 ? 1 : 0;
  }
  ASSERT_GE(emptied, 39);
  ASSERT_LT(emptied, room_count) << "killed too late to prove anything";
  ASSERT_NO_FATAL_FAILURE(say(2));
  ASSERT_TRUE(installed.start_daemon());
  ASSERT_TRUE(installed.ready());
  for (int i = 1; i <= room_count; ++i) {
    json state;
    EXPECT_TRUE(becomes_true([&] {
      state = installed.stream_info(room_of(i))["state"];
      return state["first_seq"] == 4;
    })) << room_of(i)
        << ": " << state;
    EXPECT_EQ(state["messages"], 2) << room_of(i);
    EXPECT_GE(policies::parse_rfc3339(state["first_ts"].get<std::string>()).value(), midnight);
  }
  EXPECT_EQ(installed.metric(R"(roomkeeper_purged_messages_total{reason="made_up"})"),
            3 * (room_count - emptied));
}

INSTANTIATE_TEST_SUITE_P(Servers, KilledMidnightTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
