// Nothing newer than the boundary is ever deleted, everything older is gone: one case each, judged
// by the same ledger as the random histories.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/daemon_world.h"
#include "tests/simulation/message_ledger.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using policies::Nanoseconds;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

std::string room_of(const std::string& id, int days, const std::string& zone,
                    const std::string& more = {}) {
  return "  - { id: " + id + ", retention: { until: midnight, days: " + std::to_string(days) +
         ", timezone: " + zone + " }" + more + " }\n";
}

class RetentionProofs : public ::testing::TestWithParam<const char*> {
 protected:
  void start(const std::string& rooms, std::string_view when, const std::string& settings = {}) {
    FakeNatsOptions options;
    options.version = GetParam();
    world = std::make_unique<DaemonWorld>("instance: seoul\n" + settings + "rooms:\n" + rooms, when,
                                          options);
    ledger = std::make_unique<MessageLedger>(world->nats, "seoul", at(when));
    world->nats.watch(
        [this](FakeMoment moment, const std::string& user, const sidecar::Message& message) {
          if (user != "roomkeeper") return;
          ledger->saw(moment, message);
          if (moment == FakeMoment::arrived && on_request) on_request(message.subject);
        });
    world->boot();
    world->pass(1s);
  }
  void TearDown() override {
    if (!ledger) return;
    ledger->charge_server();
    EXPECT_THAT(ledger->complaints(), IsEmpty());
  }
  void say(const std::string& room, std::size_t count = 1) {
    ledger->charge_server();
    for (; count > 0; --count) world->nats.publish("chat." + room + ".bob", "x");
    ledger->charge_test();
  }
  void remove(const std::string& room, const std::vector<std::uint64_t>& sequences) {
    ledger->charge_server();
    for (const std::uint64_t seq : sequences) world->nats.delete_message("ROOM_" + room, seq);
    ledger->charge_test();
  }
  /// By somebody else, with the same mark; new messages take the old sequences again.
  void make_anew(const std::string& room, std::size_t messages) {
    ledger->charge_server();
    const std::string stream = "ROOM_" + room;
    const std::string config = world->nats.stream(stream)->config().info_json;
    world->clock.advance(1us);
    world->nats.delete_stream(stream);
    static_cast<void>(world->nats.create_stream(stream, config));
    for (; messages > 0; --messages) world->nats.publish("chat." + room + ".bob", "new");
    ledger->charge_test();
  }
  void expect_all_gone() {
    ledger->demand_all_gone(Nanoseconds{0});
    EXPECT_THAT(ledger->complaints(), IsEmpty());
  }
  double purged(const char* reason) const {
    return world->metric(MetricId::purged_messages_total, {reason});
  }

  std::unique_ptr<DaemonWorld> world;
  std::unique_ptr<MessageLedger> ledger;
  std::function<void(const std::string& subject)> on_request;
};

TEST_P(RetentionProofs, SeveralZonesInOneProcessEachAtItsOwnMidnight) {
  // The night in which Havana's midnight comes twice and Lord Howe is half an hour off an hour.
  start(room_of("howe", 0, "Australia/Lord_Howe") + room_of("nepal", 1, "Asia/Kathmandu") +
            room_of("havana", 0, "America/Havana") + room_of("santiago", 0, "America/Santiago"),
        "2026-10-31T12:00:00Z");
  const std::vector<std::pair<std::string, std::string>> midnights = {
      {"howe", "2026-10-31T13:00:00Z"},
      {"santiago", "2026-11-01T03:00:00Z"},
      {"havana", "2026-11-01T04:00:00Z"},  // the earlier of the two
      {"nepal", "2026-11-01T18:15:00Z"}};
  for (const auto& [room, when] : midnights) say(room, 3);
  for (const auto& [room, when] : midnights) {
    world->clock.advance(at(when) - 10s - world->nats.now());  // the hours between pass in one step
    world->loop.advance_to(at(when) - 1ns);
    EXPECT_EQ(world->messages(room), 3U) << room << " a nanosecond before its midnight";
    say(room);
    world->loop.advance(1ns);
    say(room);
    world->pass(1s);
    // The message of the midnight itself; with one day more, that of the moment before, too.
    EXPECT_EQ(world->messages(room), room == "nepal" ? 2U : 1U) << room;
    expect_all_gone();
  }
  EXPECT_EQ(purged("midnight"), 15);
}

TEST_P(RetentionProofs, WithAClockTenSecondsWrongItIsStillRightAndWarns) {
  for (const Nanoseconds off : {Nanoseconds(10s), Nanoseconds(-10s)}) {
    start(room_of("general", 0, "Asia/Seoul"), "2026-11-22T14:58:00Z");
    say("general", 3);
    world->clock.set_wall(world->clock.wall() + off);
    world->nats.set_skew(-off);
    const policies::WallTime midnight = at("2026-11-22T15:00:00Z");
    world->pass(midnight - world->nats.now() - 1ns);
    EXPECT_EQ(world->messages("general"), 3U) << "by the server's clock it is not midnight yet";
    world->pass(1ns);
    say("general");
    world->pass(11s);
    EXPECT_EQ(world->messages("general"), 1U);
    expect_all_gone();
    EXPECT_GE(world->logged("clock.skew"), 1U);
    EXPECT_EQ(world->metric(MetricId::clock_skew_seconds), -off / 1s);
    EXPECT_EQ(world->metric(MetricId::purge_errors_total, {"clock_skew"}), 0);
  }
}

TEST_P(RetentionProofs, WithAClockADayWrongNothingIsPurgedUntilItIsRight) {
  for (const Nanoseconds off : {Nanoseconds(24h), Nanoseconds(-24h)}) {
    start(room_of("general", 0, "Asia/Seoul"), "2026-11-22T14:58:00Z");
    say("general", 3);
    world->clock.set_wall(world->clock.wall() + off);
    world->nats.set_skew(-off);
    world->pass(4min);
    say("general");
    EXPECT_EQ(world->messages("general"), 4U);
    EXPECT_EQ(world->nats.count("$JS.API.STREAM.PURGE.>"), 0U);
    EXPECT_GE(world->metric(MetricId::purge_errors_total, {"clock_skew"}), 1);
    EXPECT_GT(world->metric(MetricId::retention_overdue_seconds, {"default"}), 60);
    world->clock.set_wall(world->clock.wall() - off);
    world->nats.set_skew(0s);
    world->pass(15s);
    EXPECT_EQ(world->messages("general"), 1U);
    EXPECT_EQ(world->metric(MetricId::retention_overdue_seconds, {"default"}), 0);
    expect_all_gone();
  }
}

TEST_P(RetentionProofs, AStreamMadeAnewBetweenTheLookUpAndThePurgeIsLeftAlone) {
  start(room_of("general", 0, "Asia/Seoul"), "2026-11-22T14:59:50Z");
  say("general", 5);
  world->pass_until("2026-11-22T15:00:00Z");
  say("general");  // it straddles the midnight: the cut has to be looked up
  bool done = false;
  on_request = [&](const std::string& subject) {
    if (done || subject != "$JS.API.STREAM.INFO.ROOM_general") return;
    done = true;
    make_anew("general", 10);
  };
  world->pass(10s);
  ASSERT_TRUE(done);
  EXPECT_EQ(world->messages("general"), 10U);
  EXPECT_GE(world->metric(MetricId::purge_errors_total, {"stream_recreated"}), 1);
  EXPECT_EQ(world->nats.count("$JS.API.STREAM.PURGE.>"), 0U);
}

TEST_P(RetentionProofs, AStreamMadeAnewWhileItsPurgeWaitsForItsTurnIsLeftAlone) {
  // One request at a time: the purges of the rooms wait in line behind a slow server.
  start(room_of("a", 0, "Asia/Seoul") + room_of("b", 0, "Asia/Seoul"), "2026-11-22T14:59:50Z",
        "reconcile: { in_flight: 1 }\n");
  say("a", 5);
  say("b", 5);
  world->nats.set_latency(50ms);
  bool done = false;
  on_request = [&](const std::string& subject) {
    if (done || subject != "$JS.API.STREAM.PURGE.ROOM_a") return;
    done = true;
    make_anew("b", 10);
  };
  world->pass(20s);
  ASSERT_TRUE(done);
  EXPECT_EQ(world->messages("a"), 0U);
  EXPECT_EQ(world->messages("b"), 10U);
  EXPECT_EQ(world->metric(MetricId::purge_errors_total, {"stream_recreated"}), 1);
}

TEST_P(RetentionProofs, ALongerRuleReadInTheMiddleOfAPassProtectsAtOnce) {
  const auto rooms = [](int days) {
    return room_of("a", 0, "Asia/Seoul") + room_of("b", days, "Asia/Seoul") +
           room_of("c", days, "Asia/Seoul");
  };
  const std::string settings = "reconcile: { in_flight: 1 }\n";
  start(rooms(0), "2026-11-22T14:59:50Z", settings);
  for (const char* room : {"a", "b", "c"}) say(room, 5);
  world->pass_until("2026-11-22T15:00:00Z");
  say("c");  // its cut has to be looked up; b's purge waits in line
  bool done = false;
  on_request = [&](const std::string& subject) {
    if (done || subject != "$JS.API.STREAM.PURGE.ROOM_a") return;
    done = true;
    world->write_config("instance: seoul\n" + settings + "rooms:\n" + rooms(1));
    world->loop.post([this] { world->reload(); });
  };
  world->nats.set_latency(50ms);
  world->pass(20s);
  ASSERT_TRUE(done);
  EXPECT_EQ(world->messages("a"), 0U);
  EXPECT_EQ(world->messages("b"), 5U) << "kept a day longer by the file as it is now";
  EXPECT_EQ(world->messages("c"), 6U);
  EXPECT_GE(world->metric(MetricId::purge_errors_total, {"settings_changed"}), 1);
  world->nats.set_latency(0s);
  world->clock.advance(24h);
  world->pass(5s);
  EXPECT_EQ(world->messages("b"), 0U) << "a day later";
  EXPECT_EQ(world->messages("c"), 1U) << "the message of the midnight itself";
  expect_all_gone();
}

TEST_P(RetentionProofs, MessagesDeletedOneByOneAroundTheCutMoveNoBoundary) {
  struct Case {
    const char* what;
    std::vector<std::uint64_t> deleted;
    std::uint64_t left;
  };
  // 1 to 6 are of the day before, 7 to 12 of the new one.
  const std::vector<Case> cases = {
      {"the last old and the first new", {6, 7}, 5}, {"all old but the first", {2, 3, 4, 5, 6}, 6},
      {"everything old", {1, 2, 3, 4, 5, 6}, 6},     {"all new but the last", {7, 8, 9, 10, 11}, 1},
      {"everything new", {7, 8, 9, 10, 11, 12}, 0},  {"the first and the last", {1, 12}, 5},
      {"every second", {1, 3, 5, 7, 9, 11}, 3}};
  for (const char* more : {"", ", stream: { retention: workqueue }"}) {
    for (const Case& c : cases) {
      start(room_of("general", 0, "Asia/Seoul", more), "2026-11-22T14:59:50Z");
      say("general", 6);
      world->nats.silence("$JS.API.STREAM.LIST");  // the pass waits until all is in place
      world->pass(20s);
      say("general", 6);
      remove("general", c.deleted);
      world->nats.speak();
      world->pass(20s);
      EXPECT_EQ(world->messages("general"), c.left) << c.what << more;
      expect_all_gone();
    }
  }
}

TEST_P(RetentionProofs, WorkqueuesInterestStreamsAndOnesWithoutRoomForAConsumerArePurgedExactly) {
  start(room_of("queue", 0, "Asia/Seoul", ", stream: { retention: workqueue }") +
            room_of("interest", 0, "Asia/Seoul", ", stream: { retention: interest }") +
            room_of("full", 0, "Asia/Seoul", ", stream: { max_consumers: 1 }") +
            room_of("both", 0, "Asia/Seoul", ", stream: { retention: interest, max_consumers: 1 }"),
        "2026-11-22T14:59:50Z");
  Operator somebody(*world);
  for (const char* room : {"interest", "full", "both"}) {
    const std::string stream = std::string("ROOM_") + room;
    const auto made =
        somebody.request("$JS.API.CONSUMER.DURABLE.CREATE." + stream + ".only",
                         R"({"stream_name":")" + stream +
                             R"(","config":{"durable_name":"only","ack_policy":"explicit"}})");
    ASSERT_FALSE(made.contains("error")) << made;
  }
  const std::vector<std::string> rooms = {"queue", "interest", "full", "both"};
  for (const std::string& room : rooms) say(room, 5);
  world->loop.advance_to(at("2026-11-22T15:00:00Z") - 1ns);
  for (const std::string& room : rooms) say(room);
  world->loop.advance(1ns);
  for (const std::string& room : rooms) say(room, 2);
  world->pass(2s);
  for (const std::string& room : rooms) EXPECT_EQ(world->messages(room), 2U) << room;
  EXPECT_EQ(purged("midnight"), 24);
  expect_all_gone();
}

TEST_P(RetentionProofs, KilledInTheMiddleOfAPassItGoesOnAfterTheRestart) {
  std::string rooms;
  for (int i = 0; i < 40; ++i) rooms += room_of("r" + std::to_string(i), 0, "Asia/Seoul");
  start(rooms, "2026-11-22T14:59:50Z");
  for (int i = 0; i < 40; ++i) say("r" + std::to_string(i), 2);
  std::size_t purges = 0;
  on_request = [&](const std::string& subject) {
    if (!subject.starts_with("$JS.API.STREAM.PURGE.") || ++purges < 15) return;
    world->nats.silence(">");  // nothing that it sends from here on arrives
  };
  world->pass_until("2026-11-22T15:00:01Z");
  world->kill();
  world->nats.speak();
  const auto count = [&] {
    std::uint64_t sum = 0;
    for (int i = 0; i < 40; ++i) sum += world->messages("r" + std::to_string(i));
    return sum;
  };
  ASSERT_EQ(count(), 80U - 2 * 14U);
  for (int i = 0; i < 40; ++i) say("r" + std::to_string(i));
  on_request = nullptr;
  world->boot();
  world->pass(5s);
  EXPECT_EQ(count(), 40U) << "the new message of each room";
  expect_all_gone();
}

INSTANTIATE_TEST_SUITE_P(Servers, RetentionProofs, ::testing::Values("2.10.29", "2.15.2"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10.29" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
