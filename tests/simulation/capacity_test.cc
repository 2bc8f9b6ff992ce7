// Rooms that do not fit: what is made, what is held back and why, and that it comes by itself once
// there is room.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::string_view start = "2026-11-22T10:00:00Z";
constexpr std::int64_t plenty = std::int64_t{1} << 50;

/// `count` rooms r000, r001, ... with that under `stream:`.
std::string rooms(int count, const std::string& stream, const std::string& more = {}) {
  std::string yaml = "instance: seoul\naudit: { enabled: false }\n" + more +
                     "templates:\n  default: { stream: { " + stream + " } }\nrooms:\n";
  for (int i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 3 - number.size(), '0');
    yaml += "  - { id: r" + number + " }\n";
  }
  return yaml;
}

/// Nothing happens at once: what was made before and after a look at the server can be told apart.
FakeNatsOptions with_latency() {
  FakeNatsOptions options;
  options.latency = 100us;
  return options;
}

struct CapacityWorld : DaemonWorld {
  explicit CapacityWorld(const std::string& yaml) : DaemonWorld(yaml, start, with_latency()) {}

  std::size_t made() const {
    std::size_t count = 0;
    for (const std::string& name : nats.streams()) count += name.starts_with("ROOM_") ? 1U : 0U;
    return count;
  }
  std::uint64_t tries() const {
    return nats.count("$JS.API.STREAM.CREATE.*") -
           nats.count("$JS.API.STREAM.CREATE.KV_roomkeeper") -
           nats.count("$JS.API.STREAM.CREATE.KV_roomkeeper_lease");
  }
  json plan() { return testing::ask(*this, "plan"); }
  json finding(const std::string& check) {
    const json doctor = testing::ask(*this, "doctor");
    for (const json& found : doctor["findings"]) {
      if (found["check"] == check) return found;
    }
    return {};
  }
};

TEST(CapacitySimulation, FiveHundredRoomsOf64MiBMeetAStoreOf20GB) {
  CapacityWorld world(rooms(500, "max_bytes: 64MiB"));
  world.nats.set_store(20'000'000'000, plenty);
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.made(), 298U);
  EXPECT_EQ(verdict(world, "r297"), "ready/ok");
  EXPECT_EQ(verdict(world, "r298"), "blocked/no_capacity");
  EXPECT_EQ(verdict(world, "r499"), "blocked/no_capacity");
  const json capacity = world.plan()["capacity"];
  EXPECT_EQ(capacity["checked"], true);
  EXPECT_EQ(capacity["creates"], 202);
  EXPECT_EQ(capacity["held"], 202);
  ASSERT_EQ(capacity["advice"].size(), 1U);
  // What is left by now is less than one room.
  EXPECT_THAT(capacity["advice"][0].get<std::string>(),
              HasSubstr("storage of server fake: 12.6 GiB is wanted, 1.4 MiB of 18.6 GiB is left"));
  EXPECT_THAT(capacity["advice"][0].get<std::string>(), HasSubstr("0 of 202 new streams of"));
  EXPECT_EQ(world.finding("capacity.storage")["severity"], "error");
  EXPECT_EQ(world.finding("capacity.streams")["severity"], "ok");
  EXPECT_NEAR(world.metric(MetricId::capacity_limit, {"storage"}), 20e9, 1);
  EXPECT_NEAR(world.metric(MetricId::capacity_used, {"storage"}), 298.0 * (64 << 20), 1);
  EXPECT_NEAR(world.metric(MetricId::capacity_wanted, {"storage"}), 500.0 * (64 << 20), 1);
}

TEST(CapacitySimulation, WhatDoesNotFitIsNotTriedAgainAndAgain) {
  CapacityWorld world(rooms(20, "max_bytes: 1MiB"));
  world.nats.set_limits({.max_streams = -1, .max_memory = -1, .max_storage = 5 << 20});
  world.boot();
  world.pass(1min);
  EXPECT_EQ(world.made(), 5U);
  world.nats.forget_counts();
  world.pass(1h);
  EXPECT_EQ(world.tries(), 0U);
  EXPECT_EQ(verdict(world, "r005"), "blocked/no_capacity");
}

TEST(CapacitySimulation, MoreRoomsThanStreams) {
  CapacityWorld world(rooms(30, ""));
  // Two are the state and the lease.
  world.nats.set_limits({.max_streams = 12, .max_memory = -1, .max_storage = -1});
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.made(), 10U);
  EXPECT_EQ(world.tries(), 10U);
  EXPECT_EQ(verdict(world, "r010"), "blocked/no_capacity");
  const json shown = testing::ask(world, "room.show", R"({"room":"r010"})");
  EXPECT_THAT(shown["detail"].get<std::string>(),
              HasSubstr("streams of the account: 20 are wanted, 0 of 12 are left, 20 are missing"));
  EXPECT_EQ(world.finding("capacity.streams")["severity"], "error");
}

TEST(CapacitySimulation, TheRoomsComeByThemselvesOnceThereIsRoom) {
  CapacityWorld world(rooms(30, "max_bytes: 1MiB"));
  world.nats.set_limits({.max_streams = -1, .max_memory = -1, .max_storage = 10 << 20});
  world.boot();
  world.pass(1min);
  EXPECT_EQ(world.made(), 10U);
  world.nats.set_limits({.max_streams = -1, .max_memory = -1, .max_storage = 20 << 20});
  world.pass(2min);
  EXPECT_EQ(world.made(), 20U);
  EXPECT_EQ(verdict(world, "r019"), "ready/ok");
  EXPECT_EQ(verdict(world, "r020"), "blocked/no_capacity");
  world.nats.set_limits({});
  world.pass(2min);
  EXPECT_EQ(world.made(), 30U);
  EXPECT_EQ(verdict(world, "r029"), "ready/ok");
  EXPECT_EQ(world.finding("capacity.storage")["severity"], "ok");
  EXPECT_EQ(world.plan()["capacity"]["held"], 0);
}

TEST(CapacitySimulation, AnotherStreamThatGoesMakesRoom) {
  CapacityWorld world(rooms(3, "max_bytes: 1MiB"));
  ASSERT_TRUE(world.nats.create_stream(
      "ORDERS", R"({"name":"ORDERS","subjects":["orders"],"max_bytes":2097152})"));
  world.nats.set_store(4 << 20, plenty);
  world.boot();
  world.pass(1min);
  EXPECT_EQ(world.made(), 2U);
  world.nats.delete_stream("ORDERS");
  world.pass(2min);
  EXPECT_EQ(world.made(), 3U);
}

TEST(CapacitySimulation, OtherAccountsTakeOfTheServersStore) {
  CapacityWorld world(rooms(3, "max_bytes: 1MiB"));
  world.nats.add_account("OTHER");
  ASSERT_TRUE(world.nats.create_stream(
      "BIG", R"({"name":"BIG","subjects":["big"],"max_bytes":2097152})", "OTHER"));
  world.nats.set_store(4 << 20, plenty);
  world.boot();
  world.pass(1min);
  EXPECT_EQ(world.made(), 2U);
  EXPECT_EQ(verdict(world, "r002"), "blocked/no_capacity");
}

TEST(CapacitySimulation, OnADoubtNothingIsHeldBackAndTheServerRefuses) {
  CapacityWorld world(rooms(30, ""));
  world.with_system = false;
  world.nats.set_limits({.max_streams = 12, .max_memory = -1, .max_storage = -1});
  world.nats.fail_next("$JS.API.INFO", {500, 10003, "bad request"}, 1'000'000);
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.made(), 10U);
  EXPECT_EQ(world.tries(), 30U);
  EXPECT_EQ(verdict(world, "r010"), "blocked/no_capacity");
  EXPECT_EQ(world.finding("capacity.streams")["severity"], "info");
  EXPECT_THAT(world.finding("capacity.known")["text"].get<std::string>(),
              HasSubstr("unknown: the limits of the account are not known: "));
  const json capacity = world.plan()["capacity"];
  EXPECT_EQ(capacity["account_known"], false);
  EXPECT_EQ(capacity["held"], 0);
  // What the server has refused is tried once a pass, not in a loop.
  world.nats.forget_counts();
  world.pass(10min);
  EXPECT_GE(world.tries(), 5U * 20U);
  EXPECT_LE(world.tries(), 20U * 20U);
}

TEST(CapacitySimulation, WithoutASystemAccountTheServersRefusalIsUnderstood) {
  CapacityWorld world(rooms(3, "max_bytes: 1MiB"));
  world.with_system = false;
  world.nats.set_store(2 << 20, plenty);
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.made(), 2U);
  EXPECT_EQ(verdict(world, "r002"), "blocked/no_capacity");
  EXPECT_THAT(world.finding("capacity.known")["text"].get<std::string>(),
              HasSubstr("no system account is configured"));
  world.nats.set_store(plenty, plenty);
  world.pass(3min);
  EXPECT_EQ(verdict(world, "r002"), "ready/ok");
}

TEST(CapacitySimulation, AServerThatIsSilentIsADoubt) {
  CapacityWorld world(rooms(3, "max_bytes: 1MiB"));
  world.nats.set_store(2 << 20, plenty);
  const std::size_t other = world.nats.add_server("n2");
  world.nats.set_silent(other, true);
  world.boot();
  world.pass(1min);
  EXPECT_GE(world.tries(), 3U);
  EXPECT_EQ(world.plan()["capacity"]["servers_known"], false);
  EXPECT_EQ(world.plan()["capacity"]["held"], 0);
  world.nats.set_silent(other, false);
  world.pass(3min);
  EXPECT_EQ(world.plan()["capacity"]["servers_known"], true);
  EXPECT_EQ(world.plan()["capacity"]["held"], 1);
  world.nats.forget_counts();
  world.pass(10min);
  EXPECT_EQ(world.tries(), 0U);
  EXPECT_EQ(verdict(world, "r002"), "blocked/no_capacity");
}

TEST(CapacitySimulation, FileHandlesAreAsTheConfigurationSays) {
  CapacityWorld world(rooms(10, "", "capacity: { file_handles: 7 }\n"));
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.made(), 5U);  // and the state and the lease
  EXPECT_EQ(verdict(world, "r009"), "blocked/no_capacity");
  EXPECT_EQ(world.finding("capacity.file_handles")["severity"], "error");
  world.write_config(rooms(10, "", "capacity: { file_handles: 100 }\n"));
  world.reload();
  world.pass(10s);
  EXPECT_EQ(world.made(), 10U);
  EXPECT_EQ(world.finding("capacity.file_handles")["severity"], "ok");
}

TEST(CapacitySimulation, ThatLittleIsLeftIsToldInTime) {
  CapacityWorld world(rooms(9, "max_bytes: 1MiB"));
  world.nats.set_limits({.max_streams = -1, .max_memory = -1, .max_storage = 10 << 20});
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.made(), 9U);
  const json found = world.finding("capacity.storage");
  EXPECT_EQ(found["severity"], "warning");
  EXPECT_EQ(found["text"], "storage of the account: 9.0 MiB of 10.0 MiB used");
}

TEST(CapacitySimulation, TheCheckCanBeSwitchedOff) {
  CapacityWorld world(rooms(10, "", "capacity: { check: false }\n"));
  world.nats.set_limits({.max_streams = 7, .max_memory = -1, .max_storage = -1});
  world.boot();
  world.pass(5s);
  EXPECT_EQ(world.made(), 5U);
  EXPECT_EQ(world.tries(), 10U);
  EXPECT_EQ(verdict(world, "r009"), "blocked/no_capacity");
  EXPECT_EQ(world.finding("capacity")["severity"], "info");
  EXPECT_EQ(world.plan()["capacity"]["checked"], false);
}

}  // namespace
}  // namespace roomkeeper::testing
