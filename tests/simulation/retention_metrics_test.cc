// The figures of retention at all times: before the first look, around a midnight, while a purge
// fails, while the clock is wrong, while there is no connection, after a zone is gone.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view three = R"(
instance: seoul
reconcile: { interval: 10m }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  york: { retention: { until: midnight, days: 1, timezone: America/New_York } }
  archive: { retention: { max_age: 30d } }
rooms:
  - { id: general }
  - { id: late, template: york }
  - { id: support, template: archive }
)";
constexpr std::string_view without_york = R"(
instance: seoul
reconcile: { interval: 10m, allow_lossy: true }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
rooms:
  - { id: general }
  - { id: late }
)";
constexpr const char* start = "2026-11-22T14:58:00Z";

double unix_time(std::string_view time) {
  return std::chrono::duration<double>(at(time).time_since_epoch()).count();
}

class RetentionMetrics : public ::testing::Test {
 protected:
  double overdue(const std::string& of = "default") {
    return world.metric(MetricId::retention_overdue_seconds, {of});
  }
  double overdue_rooms(const std::string& of = "default") {
    return world.metric(MetricId::rooms_overdue, {of});
  }
  double next_purge(const std::string& zone) {
    return world.metric(MetricId::next_purge_timestamp_seconds, {zone});
  }
  double purged(const std::string& reason) {
    return world.metric(MetricId::purged_messages_total, {reason});
  }
  /// It grows by a second a second, at any moment of a while.
  void expect_growing(double late_at_least) {
    double last = overdue();
    EXPECT_GE(last, late_at_least);
    for (int i = 0; i < 20; ++i) {
      world.pass(3s);
      EXPECT_NEAR(overdue() - last, 3, 1.01) << "after " << last;
      last = overdue();
    }
  }
  DaemonWorld world{three, start};
};

TEST_F(RetentionMetrics, BeforeTheFirstLookNothingIsClaimedAndCountersAreThere) {
  world.nats.silence("$JS.API.STREAM.LIST");
  world.boot();
  world.pass(3s);
  EXPECT_EQ(next_purge("Asia/Seoul"), 0) << "no such series";
  EXPECT_EQ(purged("midnight"), 0);
  EXPECT_EQ(purged("made_up"), 0);
  EXPECT_EQ(purged("consent_given"), 0);
  EXPECT_EQ(world.metric(MetricId::purge_last_success_timestamp_seconds), 0);
  world.nats.speak();
  world.pass(30s);
  EXPECT_EQ(next_purge("Asia/Seoul"), unix_time("2026-11-22T15:00:00Z"));
  EXPECT_EQ(next_purge("America/New_York"), unix_time("2026-11-23T05:00:00Z"));
}

TEST_F(RetentionMetrics, ATemplateWithoutOverdueRoomsSaysZero) {
  world.boot();
  world.pass(2s);
  for (const char* of : {"default", "york", "archive"}) {
    EXPECT_EQ(overdue(of), 0) << of;
    EXPECT_EQ(overdue_rooms(of), 0) << of;
  }
}

TEST_F(RetentionMetrics, AroundAMidnight) {
  world.boot();
  for (int i = 0; i < 3; ++i) world.say("general", "bob", "old");
  world.pass_until("2026-11-22T14:59:59.900Z");
  EXPECT_EQ(overdue(), 0);
  world.pass_until("2026-11-22T15:00:10Z");
  EXPECT_EQ(overdue(), 0);
  EXPECT_EQ(overdue_rooms(), 0);
  EXPECT_EQ(purged("midnight"), 3);
  EXPECT_EQ(world.metric(MetricId::purges_total, {"midnight"}), 1);
  EXPECT_EQ(next_purge("Asia/Seoul"), unix_time("2026-11-23T15:00:00Z"));
  const double late = world.metric(MetricId::deadline_closed_late_seconds, {"Asia/Seoul"});
  EXPECT_GE(late, 2);
  EXPECT_LT(late, 3);
  EXPECT_GE(world.metric(MetricId::purge_last_success_timestamp_seconds),
            unix_time("2026-11-22T15:00:02Z"));
}

TEST_F(RetentionMetrics, WhileAPurgeFailsTheOverdueMessageGetsOlder) {
  world.boot();
  world.say("general", "bob", "old");
  world.nats.silence("$JS.API.STREAM.PURGE.>");
  world.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(overdue_rooms(), 1);
  EXPECT_EQ(overdue("york"), 0);
  expect_growing(58);
  EXPECT_GT(world.metric(MetricId::purge_errors_total, {"server_timeout"}), 0);
  EXPECT_EQ(ask(world, "status")["zones"][1]["overdue_rooms"], 1);
  world.nats.speak();
  world.pass(30s);
  EXPECT_EQ(overdue(), 0);
  EXPECT_EQ(overdue_rooms(), 0);
}

TEST_F(RetentionMetrics, WhileTheServerRefusesThePurgeToo) {
  world.boot();
  world.say("general", "bob", "old");
  world.nats.fail_always("$JS.API.STREAM.PURGE.>", api_error::no_meta_leader());
  world.pass_until("2026-11-22T15:01:00Z");
  expect_growing(58);
  EXPECT_GT(world.metric(MetricId::purge_errors_total, {"server_refused"}), 0);
}

TEST_F(RetentionMetrics, WhileTheClocksAreApartTheOverdueMessageGetsOlder) {
  world.boot();
  world.say("general", "bob", "old");
  world.nats.set_skew(24h);
  world.pass(3min);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_NEAR(world.metric(MetricId::clock_skew_seconds), 86400, 1);
  EXPECT_GT(world.metric(MetricId::purge_errors_total, {"clock_skew"}), 0);
  expect_growing(60);
  world.nats.set_skew(0s);
  world.pass_until("2026-11-22T15:05:00Z");
  EXPECT_EQ(overdue(), 0);
  EXPECT_NEAR(world.metric(MetricId::clock_skew_seconds), 0, 1);
}

TEST_F(RetentionMetrics, WithoutAConnectionTheOverdueMessageGetsOlderAndTheNextPurgeIsToCome) {
  world.boot();
  world.say("general", "bob", "old");
  world.pass(61s);
  world.reload();
  world.pass(5s);
  EXPECT_EQ(ask(world, "apply")["done"], false);
  world.pass(5s);  // a pass that has seen the message
  world.nats.stop();
  world.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world.metric(MetricId::up), 0);
  EXPECT_EQ(next_purge("Asia/Seoul"), unix_time("2026-11-23T15:00:00Z"));
  expect_growing(58);
  world.nats.start();
  world.pass(1min);
  EXPECT_EQ(overdue(), 0);
  EXPECT_EQ(purged("made_up"), 1);
}

TEST_F(RetentionMetrics, WhileTheListingFailsTheOverdueMessageGetsOlder) {
  world.boot();
  world.say("general", "bob", "old");
  ask(world, "apply");
  world.pass(5s);
  world.nats.silence("$JS.API.STREAM.LIST");
  world.pass_until("2026-11-22T15:01:00Z");
  EXPECT_EQ(world.metric(MetricId::collector_success, {"retention"}), 0);
  expect_growing(58);
}

TEST_F(RetentionMetrics, AZoneWithoutRoomsIsGoneAfterAReload) {
  world.boot();
  world.say("late", "bob", "kept in New York");
  world.pass(5s);
  ASSERT_GT(next_purge("America/New_York"), 0);
  world.write_config(without_york);
  world.pass(5min);
  EXPECT_EQ(next_purge("America/New_York"), 0) << "no such series";
  EXPECT_EQ(next_purge("Asia/Seoul"), unix_time("2026-11-23T15:00:00Z"));
  EXPECT_EQ(overdue("york"), 0);
  const json zones = ask(world, "status")["zones"];
  ASSERT_EQ(zones.size(), 1U);
  EXPECT_EQ(zones[0]["timezone"], "Asia/Seoul");
}

TEST_F(RetentionMetrics, AZoneIsOnlyGoneWhenItsRuleIs) {
  world.boot();
  world.say("late", "bob", "kept in New York");
  world.pass(5s);
  std::string waits(without_york);
  waits.replace(waits.find(", allow_lossy: true"), 19, "");
  world.write_config(waits);
  world.pass(5min);
  EXPECT_EQ(next_purge("America/New_York"), unix_time("2026-11-23T05:00:00Z"))
      << "the rule waits for consent, so New York's midnights go on";
}

TEST_F(RetentionMetrics, APurgePassIsTimedOnlyWhenItHadSomethingToDo) {
  const auto passes = [this] {
    const metrics::MetricId id = MetricId::purge_duration_seconds;
    return world.metric(id);
  };
  world.boot();
  world.pass_until("2026-11-22T15:00:10Z");
  const double before = passes();
  world.say("general", "bob", "old");
  world.pass_until("2026-11-23T15:00:10Z");
  EXPECT_EQ(passes(), before + 1);
}

}  // namespace
}  // namespace roomkeeper::testing
