// Reload as the whole daemon does it: good files are taken, bad ones change nothing.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view one = "instance: seoul\nrooms:\n  - { id: general }\n";
constexpr std::string_view two =
    "instance: seoul\nrooms:\n  - { id: general }\n  - { id: lobby }\n";

TEST(Reload, AChangedFileIsPickedUpWithoutASignal) {
  DaemonWorld world(one, start);
  world.boot();
  world.write_config(two);
  world.pass(3s);
  EXPECT_TRUE(world.has_stream("lobby"));
  EXPECT_EQ(world.logged("config.loaded"), 1U);
  EXPECT_EQ(ask(world, "status")["config_loaded"], json("2026-11-22T10:00:01Z"))
      << "two looks, half a second apart";
}

TEST(Reload, ASignalReadsItAtOnce) {
  DaemonWorld world(one, start);
  world.boot();
  world.write_config(two);
  world.reload();
  EXPECT_EQ(world.logged("config.loaded"), 1U);
  world.pass(300ms);
  EXPECT_TRUE(world.has_stream("lobby"));
}

TEST(Reload, AFileThatDidNotChangeIsNotReadAgain) {
  DaemonWorld world(one, start);
  world.boot();
  world.pass(10min);
  EXPECT_EQ(world.logged("config.loaded"), 0U);
}

TEST(Reload, ABadFileLeavesTheLastGoodOneInForce) {
  DaemonWorld world(two, start);
  world.boot();
  world.write_config("instance: seoul\nrooms:\n  - { id: general, titel: x }\n");
  world.pass(3s);
  EXPECT_EQ(verdict(world, "lobby"), "ready/ok");
  EXPECT_EQ(world.metric(MetricId::config_last_reload_successful), 0);
  EXPECT_EQ(world.metric(MetricId::config_reload_failures_total), 1);
  EXPECT_EQ(world.logged("config.refused"), 1U);
  EXPECT_EQ(world.logged("config.last_good_stays"), 1U);
  const std::string problem = ask(world, "status").value("config_error", "");
  EXPECT_NE(problem.find("roomkeeper.yaml:3:20: rooms[0].titel"), std::string::npos) << problem;
  world.pass(10min);
  EXPECT_EQ(world.metric(MetricId::config_reload_failures_total), 1)
      << "once a change, not once a look";

  world.write_config(one);
  world.pass(3s);
  EXPECT_EQ(world.metric(MetricId::config_last_reload_successful), 1);
  EXPECT_EQ(ask(world, "status")["config_error"], json(""));
  EXPECT_EQ(verdict(world, "lobby"), "orphaned/orphaned");
}

TEST(Reload, AFileThatIsGoneLeavesTheLastGoodOneInForceUntilItIsBack) {
  DaemonWorld world(one, start);
  world.boot();
  world.remove_file("roomkeeper.yaml");
  world.pass(1min);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(world.metric(MetricId::config_last_reload_successful), 0);
  world.write_config(two);
  world.pass(3s);
  EXPECT_EQ(verdict(world, "lobby"), "ready/ok");
}

TEST(Reload, TheSymlinkOfAConfigMapIsSwapped) {
  DaemonWorld world(one, start);
  const std::filesystem::path root = world.directory.path();
  world.write_file("..2026_1/roomkeeper.yaml", one);
  world.write_file("..2026_2/roomkeeper.yaml", two);
  std::filesystem::create_symlink("..2026_1", root / "..data");
  std::filesystem::remove(root / "roomkeeper.yaml");
  std::filesystem::create_symlink("..data/roomkeeper.yaml", root / "roomkeeper.yaml");
  world.boot();
  world.pass(2s);
  ASSERT_FALSE(world.has_stream("lobby"));
  std::filesystem::create_symlink("..2026_2", root / "..data_tmp");
  std::filesystem::rename(root / "..data_tmp", root / "..data");
  world.pass(3s);
  EXPECT_TRUE(world.has_stream("lobby"));
}

TEST(Reload, FilesThatAPatternMatchesComeAndGo) {
  DaemonWorld world(
      "instance: seoul\nreconcile: { on_removal: delete }\nroom_files: [ \"rooms.d/*.yaml\" ]\n",
      start);
  world.write_file("rooms.d/a.yaml", "rooms:\n  - { id: alpha }\n");
  world.boot();
  ASSERT_TRUE(world.has_stream("alpha"));
  world.write_file("rooms.d/b.yaml", "rooms:\n  - { id: beta }\n");
  world.pass(3s);
  EXPECT_TRUE(world.has_stream("beta"));
  world.write_file("rooms.d/b.yaml", "rooms:\n  - { id: gamma }\n");
  world.pass(3s);
  EXPECT_TRUE(world.has_stream("gamma"));
  EXPECT_FALSE(world.has_stream("beta"));
}

TEST(Reload, WhatNeedsARestartIsKeptAndSaid) {
  DaemonWorld world(two, start);
  world.boot();
  world.write_config(R"(
instance: busan
nats: { url: "nats://192.0.2.7:4222" }
http: { listen: "127.0.0.1:9999" }
names: { chat_prefix: talk }
rooms:
  - { id: general }
  - { id: lobby }
  - { id: harbour }
)");
  world.pass(3s);
  for (const char* setting : {"instance", "nats", "http", "names"}) {
    EXPECT_EQ(world.logged("config.needs_restart setting=" + std::string(setting)), 1U) << setting;
  }
  EXPECT_EQ(ask(world, "status")["instance"], json("seoul"));
  EXPECT_EQ(metadata_of(world, "ROOM_harbour", "roomkeeper.instance"), "seoul")
      << "the rest is in force";
  EXPECT_EQ(config_of(world, "ROOM_harbour")["subjects"], json::parse(R"(["chat.harbour.*"])"));
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(Reload, TheLogFollowsTheFile) {
  DaemonWorld world(one, start);
  world.boot();
  world.write_config(std::string(one) + "log: { level: error, format: json }\n");
  world.pass(3s);
  const std::size_t before = world.log_lines.size();
  world.write_config(std::string(two) + "log: { level: info, format: json }\n");
  world.pass(3s);
  ASSERT_GT(world.log_lines.size(), before);
  EXPECT_EQ(json::parse(world.log_lines.back())["level"], json("INFO"));
}

TEST(Reload, ATemplateThatAnApiRoomNeedsMayNotVanishUnnoticed) {
  const std::string with =
      "instance: seoul\nreconcile: { on_removal: delete }\ntemplates:\n  archive: { retention: { "
      "max_age: 30d } }\n";
  DaemonWorld world(with, start);
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team", "template": "archive"}})"),
            "");
  world.pass(2s);
  ASSERT_EQ(verdict(world, "team"), "ready/ok");
  world.write_config("instance: seoul\nreconcile: { on_removal: delete }\n");
  world.pass(10min);
  EXPECT_TRUE(world.has_stream("team"));
  EXPECT_EQ(ask(world, "status")["desired_complete"], json(false));
  EXPECT_NE(world.ask("status").find("archive"), std::string::npos)
      << "the doubt names what is missing";
  world.write_config(with);
  world.pass(3s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
}

}  // namespace
}  // namespace roomkeeper::testing
