// Nothing newer than the boundary is ever deleted, everything older is gone: on real servers, by
// their clocks. The daemon runs in this process, because its zones and its clock are the test's
// own.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"
#include "tests/integration/in_process_daemon.h"
#include "tests/integration/waiting.h"
#include "tests/support/nats_client.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using metrics::MetricId;
using nlohmann::json;
using policies::Nanoseconds;
using policies::WallTime;

/// The machine's clock, and somebody who set it wrong.
class WrongClock final : public sidecar::Clock {
 public:
  WallTime wall() const override { return right_.wall() + Nanoseconds(off_.load()); }
  policies::MonoTime mono() const override { return right_.mono(); }
  void set_off(Nanoseconds off) { off_.store(off.count()); }

 private:
  sidecar::SystemClock right_;
  std::atomic<std::int64_t> off_{0};
};

struct TestRoom {
  std::string id;
  ZoneFile zone;
  std::string stream{};  ///< of its settings, as YAML; empty: the defaults
  std::string name() const { return "ROOM_" + id; }
};

class RealRetentionTest : public InProcessDaemonTest {
 protected:
  ~RealRetentionTest() override {
    end_daemon();
    if (!HasFailure()) return;
    for (const std::string& line : lines) std::cerr << line << '\n';
  }

  /// A whole second, at least so far ahead.
  WallTime soon(Nanoseconds ahead) const {
    return WallTime(std::chrono::ceil<std::chrono::seconds>((now() + ahead).time_since_epoch()));
  }
  config::Config configuration(const std::vector<TestRoom>& rooms) {
    std::string yaml = "instance: test\nrooms:\n";
    for (const TestRoom& room : rooms) {
      yaml += "  - { id: " + room.id;
      yaml += room.stream.empty() ? " }\n" : ", stream: " + room.stream + " }\n";
    }
    config::Config config = load(yaml);
    for (policies::RoomSpec& spec : config.rooms.rooms) {
      const auto room = std::find_if(rooms.begin(), rooms.end(), [&](const TestRoom& candidate) {
        return candidate.id == spec.id.text();
      });
      auto settings = std::make_shared<policies::RoomSettings>(*spec.settings);
      settings->retention = policies::UntilMidnight{.days = 0, .zone = room->zone.get()};
      spec.settings = std::move(settings);
    }
    return config;
  }
  void start_daemon(const std::vector<TestRoom>& rooms) {
    std::map<std::string, const date::time_zone*, std::less<>> zones;
    for (const TestRoom& room : rooms) zones[room.zone.name()] = room.zone.get();
    begin_daemon(
        configuration(rooms),
        [zones](std::string_view name) -> const date::time_zone* {
          const auto found = zones.find(name);
          return found == zones.end() ? config::find_zone(name) : found->second;
        },
        clock);
    ASSERT_TRUE(becomes_true([&] { return health.ready.load(); }));
  }
  json api(const std::string& operation, const json& body = json::object()) {
    const auto reply = asking->request("$JS.API." + operation, body.dump());
    if (!reply) throw std::runtime_error(reply.error().text);
    return json::parse(reply->data);
  }
  json state(const std::string& room) { return api("STREAM.INFO.ROOM_" + room)["state"]; }
  std::uint64_t messages(const std::string& room) {
    return state(room)["messages"].get<std::uint64_t>();
  }
  void add_consumer(const TestRoom& room) {
    const json made = api("CONSUMER.DURABLE.CREATE." + room.name() + ".only",
                          {{"stream_name", room.name()},
                           {"config", {{"durable_name", "only"}, {"ack_policy", "explicit"}}}});
    ASSERT_FALSE(made.contains("error")) << made;
  }
  void store(NatsClient& user, const std::string& room, int count) {
    for (; count > 0; --count) ASSERT_TRUE(user.store("chat." + room + ".alice", "x"));
  }
  static WallTime time_of(const json& value) {
    return policies::parse_rfc3339(value.get<std::string>()).value();
  }
  /// Nothing before the midnight is left; nothing from it on is missing.
  void expect_exact(const std::string& room, WallTime midnight, std::uint64_t last_old,
                    std::uint64_t first_new, std::uint64_t last) {
    json seen;
    ASSERT_TRUE(becomes_true(
        [&] {
          seen = state(room);
          return time_of(seen["first_ts"]) >= midnight;
        },
        5s, 5ms))
        << room << " still has a message of the day before: " << seen;
    const auto first = seen["first_seq"].get<std::uint64_t>();
    EXPECT_GT(first, last_old) << room;
    EXPECT_LE(first, first_new) << room << ": a message of the new day is missing";
    EXPECT_EQ(seen["last_seq"].get<std::uint64_t>(), last) << room;
    EXPECT_EQ(seen["messages"].get<std::uint64_t>(), last + 1 - first) << room;
  }
  double metric(MetricId id, const metrics::LabelValues& labels = {}) {
    return thread.call([&] { return metrics.value(id, labels); });
  }

  WrongClock clock;
};

/// What one client has stored in one room around a midnight.
struct Stored {
  std::uint64_t last_old = 0;   ///< acknowledged before it
  std::uint64_t first_new = 0;  ///< sent after it; 0: none
  std::uint64_t last = 0;
};

TEST_P(RealRetentionTest, SeveralZonesInOneProcessEachAtItsOwnMidnight) {
  const WallTime first = soon(6s);
  std::vector<std::pair<TestRoom, WallTime>> places;
  std::vector<TestRoom> rooms;
  for (int i = 0; i < 3; ++i) {
    const WallTime midnight = first + i * 1s;
    places.push_back({{"z" + std::to_string(i), ZoneFile::with_midnight_at(midnight)}, midnight});
    rooms.push_back(places.back().first);
  }
  start_daemon(rooms);
  ASSERT_LT(now(), first - 300ms) << "the machine is too slow for this test";
  const auto alice = client("alice");
  std::map<std::string, Stored> stored;
  ASSERT_TRUE(wait_for(first - 1s));
  while (now() < first + 3s) {
    const WallTime sent = now();
    for (const auto& [room, midnight] : places) {
      const WallTime before = now();
      const auto seq = alice->store("chat." + room.id + ".alice", "x");
      ASSERT_TRUE(seq);
      Stored& of_room = stored[room.id];
      of_room.last = *seq;
      if (now() < midnight) of_room.last_old = *seq;
      if (before >= midnight && of_room.first_new == 0) of_room.first_new = *seq;
    }
    ASSERT_TRUE(wait_for(sent + 20ms));
  }
  for (const auto& [room, midnight] : places) {
    const Stored& of_room = stored[room.id];
    expect_exact(room.id, midnight, of_room.last_old, of_room.first_new, of_room.last);
  }
  EXPECT_EQ(metric(MetricId::purges_total, {"midnight"}), 3);
}

TEST_P(RealRetentionTest, WithAClockTenSecondsWrongItFollowsTheServersAndWarns) {
  const WallTime midnight = soon(6s);
  clock.set_off(GetParam() == std::string("2.10") ? 10s : -10s);
  start_daemon({{"general", ZoneFile::with_midnight_at(midnight)}});
  ASSERT_LT(now(), midnight - 300ms) << "the machine is too slow for this test";
  const auto alice = client("alice");
  Stored stored;
  ASSERT_TRUE(wait_for(midnight - 1s));
  while (now() < midnight + 500ms) {
    const WallTime sent = now();
    const auto seq = alice->store("chat.general.alice", "x");
    ASSERT_TRUE(seq);
    stored.last = *seq;
    if (now() < midnight) stored.last_old = *seq;
    if (sent >= midnight && stored.first_new == 0) stored.first_new = *seq;
    ASSERT_TRUE(wait_for(sent + 10ms));
  }
  expect_exact("general", midnight, stored.last_old, stored.first_new, stored.last);
  EXPECT_LT(now() - midnight, 3s) << "at the server's midnight, not ten seconds later";
  EXPECT_GT(std::abs(metric(MetricId::clock_skew_seconds)), 9);
  EXPECT_TRUE(thread.call([&] {
    return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("clock.skew") != std::string::npos;
    });
  }));
}

TEST_P(RealRetentionTest, WithAClockADayWrongNothingIsPurgedUntilItIsRight) {
  const WallTime midnight = soon(5s);
  clock.set_off(GetParam() == std::string("2.10") ? 24h : -24h);
  start_daemon({{"general", ZoneFile::with_midnight_at(midnight)}});
  const auto alice = client("alice");
  store(*alice, "general", 3);
  ASSERT_LT(now(), midnight) << "the machine is too slow for this test";
  ASSERT_TRUE(wait_for(midnight + 10ms));
  store(*alice, "general", 2);
  ASSERT_TRUE(becomes_true([&] {
    return metric(MetricId::purge_errors_total, {"clock_skew"}) >= 1;
  })) << "it looked, and said so";
  EXPECT_EQ(messages("general"), 5U);
  EXPECT_EQ(metric(MetricId::purges_total, {"midnight"}), 0);
  EXPECT_EQ(metric(MetricId::purges_total, {"made_up"}), 0);
  clock.set_off(0s);
  EXPECT_TRUE(becomes_true([&] { return state("general")["first_seq"] == 4; }));
  EXPECT_EQ(messages("general"), 2U);
}

TEST_P(RealRetentionTest, ManyMessagesPublishedWhileThePassRunsAreAllKept) {
  constexpr int room_count = 120;
  constexpr int clients = 2;
  const WallTime midnight = soon(8s);
  const ZoneFile zone = ZoneFile::with_midnight_at(midnight);
  std::vector<TestRoom> rooms;
  for (int i = 0; i < room_count; ++i) rooms.push_back({"r" + std::to_string(i), zone});
  start_daemon(rooms);
  ASSERT_LT(now(), midnight - 500ms) << "the machine is too slow for this test";
  ASSERT_TRUE(wait_for(midnight - 2s));
  // Each client has rooms of its own and never stops writing, from before the midnight on.
  std::vector<std::map<std::string, Stored>> stored(clients);
  std::vector<std::thread> writers;
  std::atomic<int> failures{0};
  for (int who = 0; who < clients; ++who) {
    writers.emplace_back([&, who] {
      const auto alice = client("alice");
      while (now() < midnight + 700ms) {
        for (int i = who; i < room_count; i += clients) {
          const std::string& room = rooms[static_cast<std::size_t>(i)].id;
          const WallTime sent = now();
          const auto seq = alice->store("chat." + room + ".alice", "x");
          if (!seq) {
            ++failures;
            return;
          }
          Stored& of_room = stored[static_cast<std::size_t>(who)][room];
          of_room.last = *seq;
          if (now() < midnight) of_room.last_old = *seq;
          if (sent >= midnight && of_room.first_new == 0) of_room.first_new = *seq;
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  ASSERT_EQ(failures.load(), 0);
  std::size_t checked = 0;
  for (const auto& of_client : stored) {
    for (const auto& [room, of_room] : of_client) {
      if (of_room.first_new == 0) continue;
      expect_exact(room, midnight, of_room.last_old, of_room.first_new, of_room.last);
      ++checked;
    }
  }
  EXPECT_GT(checked, std::size_t{room_count / 2}) << "the machine is too slow for this test";
  EXPECT_EQ(metric(MetricId::purge_errors_total, {"stream_recreated"}), 0);
}

TEST_P(RealRetentionTest, MessagesDeletedOneByOneAroundTheCutMoveNoBoundary) {
  // 1 to 6 are of the day before, 7 to 12 of the new one.
  const std::vector<std::pair<std::vector<int>, int>> patterns{{{6, 7}, 5},
                                                               {{2, 3, 4, 5, 6}, 6},
                                                               {{1, 2, 3, 4, 5, 6}, 6},
                                                               {{7, 8, 9, 10, 11}, 1},
                                                               {{7, 8, 9, 10, 11, 12}, 0},
                                                               {{1, 12}, 5}};
  const std::vector<std::string> kinds{"", "{ retention: workqueue }", "{ retention: interest }",
                                       "{ max_consumers: 1 }"};
  const WallTime midnight = soon(8s);
  const ZoneFile zone = ZoneFile::with_midnight_at(midnight);
  std::vector<TestRoom> rooms;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    for (std::size_t pattern = 0; pattern < patterns.size(); ++pattern) {
      rooms.push_back(
          {"k" + std::to_string(kind) + "-" + std::to_string(pattern), zone, kinds[kind]});
    }
  }
  start_daemon(rooms);
  end_daemon();
  for (std::size_t i = 2 * patterns.size(); i < rooms.size(); ++i) add_consumer(rooms[i]);
  const auto alice = client("alice");
  for (const TestRoom& room : rooms) store(*alice, room.id, 6);
  ASSERT_LT(now(), midnight) << "the machine is too slow for this test";
  ASSERT_TRUE(wait_for(midnight + 5ms));
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    store(*alice, rooms[i].id, 6);
    for (const int seq : patterns[i % patterns.size()].first) {
      const json deleted = api("STREAM.MSG.DELETE." + rooms[i].name(), {{"seq", seq}});
      ASSERT_FALSE(deleted.contains("error")) << deleted;
    }
  }
  start_daemon(rooms);
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    const auto left = static_cast<std::uint64_t>(patterns[i % patterns.size()].second);
    json seen;
    EXPECT_TRUE(becomes_true([&] {
      seen = state(rooms[i].id);
      return seen["messages"] == left && (left == 0 || time_of(seen["first_ts"]) >= midnight);
    })) << rooms[i].id
        << ": " << seen;
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, RealRetentionTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
