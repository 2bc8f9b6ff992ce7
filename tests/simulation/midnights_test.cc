// The whole daemon over several midnights: what is older than the boundary is gone, what is newer
// is not.
#include <string>

#include <gtest/gtest.h>

#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using namespace std::chrono_literals;

constexpr std::string_view seoul = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  week: { retention: { until: midnight, days: 1, timezone: America/New_York } }
  archive: { retention: { max_age: 30d } }
rooms:
  - { id: general }
  - { id: late, template: week }
  - { id: support, template: archive }
)";

TEST(Midnights, EverythingOfADayIsGoneAtThatDaysLocalMidnight) {
  DaemonWorld world(seoul, "2026-11-22T10:00:00Z");  // 19:00 in Seoul, 05:00 in New York
  world.boot();
  ASSERT_TRUE(world.has_stream("general"));
  world.say("general", "bob", "before midnight");
  world.say("late", "bob", "in New York");
  world.say("support", "bob", "for a month");

  world.pass_until("2026-11-22T14:59:59.900Z");
  EXPECT_EQ(world.messages("general"), 1U) << "a moment before Seoul's midnight";
  world.pass_until("2026-11-22T15:00:01Z");
  EXPECT_EQ(world.messages("general"), 0U) << "a second after it";
  EXPECT_EQ(world.messages("late"), 1U);
  EXPECT_EQ(world.messages("support"), 1U);

  world.say("general", "bob", "the next day");
  world.pass_until("2026-11-23T14:59:59.900Z");
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(world.messages("late"), 1U) << "one more day, by New York's calendar";
  world.pass_until("2026-11-23T15:00:01Z");
  EXPECT_EQ(world.messages("general"), 0U);
  world.pass_until("2026-11-24T04:59:59.900Z");
  EXPECT_EQ(world.messages("late"), 1U);
  world.pass_until("2026-11-24T05:00:01Z");
  EXPECT_EQ(world.messages("late"), 0U) << "New York's midnight a day after the message's own";
  EXPECT_EQ(world.messages("support"), 1U);
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"midnight"}), 3);
}

TEST(Midnights, AMessageOfTheNewDayOutlivesThePurgeThatTakesTheOldOnes) {
  DaemonWorld world(seoul, "2026-11-22T14:59:50Z");
  world.boot();
  world.say("general", "bob", "old");
  world.nats.set_latency(
      20ms);  // the purge is on its way while the new day's first message comes in
  world.pass_until("2026-11-22T15:00:00.001Z");
  world.say("general", "bob", "new");
  world.pass(10s);
  ASSERT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(world.nats.stream("ROOM_general")->messages().begin()->second.data, "new");
}

TEST(Midnights, AMidnightThatNobodyWatchedIsMadeUp) {
  DaemonWorld world(seoul, "2026-11-22T10:00:00Z");
  world.boot();
  world.say("general", "bob", "old");
  world.kill();
  world.pass_until("2026-11-22T20:00:00Z");
  world.say("general", "bob", "of the next day");
  ASSERT_EQ(world.messages("general"), 2U);
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_EQ(world.metric(MetricId::purged_messages_total, {"made_up"}), 1);
}

TEST(Midnights, ADeadlineIsClosedOnlyByALookMoreThanTwoSecondsAfterIt) {
  DaemonWorld world(seoul, "2026-11-22T14:59:50Z");
  world.boot();
  world.pass_until("2026-11-22T15:00:01.500Z");
  EXPECT_EQ(world.logged("retention.deadline_closed timezone=Asia/Seoul made_up=false"), 0U);
  world.pass(2s);
  EXPECT_EQ(world.logged("retention.deadline_closed timezone=Asia/Seoul made_up=false"), 1U);
}

TEST(Midnights, WithClocksAMinuteApartNothingIsPurgedAndThatIsSaid) {
  DaemonWorld world(seoul, "2026-11-22T14:59:00Z");
  world.boot();
  world.say("general", "bob", "old");
  world.nats.set_skew(5min);  // by the server it is past midnight already
  world.pass(5min);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_GE(world.metric(MetricId::purge_errors_total, {"clock_skew"}), 1);
  world.nats.set_skew(0s);
  world.pass(2min);
  EXPECT_EQ(world.messages("general"), 0U) << "made up once the clocks agree";
}

TEST(Midnights, ASmallSkewFollowsTheServersClock) {
  DaemonWorld world(seoul, "2026-11-22T14:58:00Z");
  world.nats.set_skew(-10s);
  world.boot();
  world.say("general", "bob", "old");
  world.pass_until("2026-11-22T15:00:09Z");  // 14:59:59 by the server
  EXPECT_EQ(world.messages("general"), 1U);
  world.pass_until("2026-11-22T15:00:12Z");
  EXPECT_EQ(world.messages("general"), 0U);
}

TEST(Midnights, WhileTheServerIsSilentNothingIsLostAndAfterwardsItIsMadeUp) {
  DaemonWorld world(seoul, "2026-11-22T14:59:00Z");
  world.boot();
  world.say("general", "bob", "old");
  world.nats.silence("$JS.API.STREAM.PURGE.>");
  world.pass(3min);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_GT(world.metric(MetricId::retention_overdue_seconds, {"default"}), 60);
  world.nats.speak();
  world.pass(30s);
  EXPECT_EQ(world.messages("general"), 0U);
  EXPECT_EQ(world.metric(MetricId::retention_overdue_seconds, {"default"}), 0);
}

TEST(Midnights, ALongerRetentionInTheFileProtectsBeforeItHasReachedTheStream) {
  DaemonWorld world(seoul, "2026-11-22T14:59:58Z");
  world.boot();
  world.say("general", "bob", "to be kept a day longer");
  world.nats.silence("$JS.API.STREAM.UPDATE.>");  // the new rule cannot be applied in time
  std::string longer(seoul);
  longer.replace(longer.find("days: 0"), 7, "days: 1");
  world.write_config(longer);
  world.pass(1500ms);
  world.pass(10s);
  EXPECT_EQ(world.messages("general"), 1U);
}

}  // namespace
}  // namespace roomkeeper::testing
