// A changed configuration is taken while the daemon runs, a bad one is not.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

bool has_room(Installation& installed, const std::string& room) {
  return becomes_true([&] { return installed.stream_info(room).contains("config"); });
}

TEST(Reload, AChangedFileIsNoticedAndABadOneLeavesTheLastGoodInForce) {
  Installation installed({.yaml = "rooms: [ {id: general} ]\n"});
  ASSERT_TRUE(installed.ready());
  installed.write_config("rooms: [ {id: general}, {id: second} ]\n");
  ASSERT_TRUE(has_room(installed, "second")) << "without any signal";

  installed.write_config("rooms: [ {id: general}, {id: third}, {id: general} ]\n");
  ASSERT_TRUE(installed.logged("config.last_good_stays"));
  EXPECT_THAT(installed.log(), HasSubstr("roomkeeper.yaml:8:"));
  EXPECT_EQ(installed.metric("roomkeeper_config_last_reload_successful"), 0);
  EXPECT_EQ(installed.metric("roomkeeper_config_reload_failures_total"), 1);
  const ChildResult status = installed.roomctl({"status"});
  EXPECT_THAT(status.out, HasSubstr("roomkeeper.yaml:8:"));
  EXPECT_EQ(installed.roomctl({"doctor"}).exit_code, 2);
  const auto rooms = installed.roomctl_json({"room", "ls"});
  EXPECT_EQ(rooms["total"], 2) << rooms;
  EXPECT_EQ(installed.http("/readyz").status, 200);

  installed.write_config("rooms: [ {id: general}, {id: second}, {id: third} ]\n");
  ASSERT_TRUE(has_room(installed, "third"));
  EXPECT_EQ(installed.metric("roomkeeper_config_last_reload_successful"), 1);
  EXPECT_EQ(installed.roomctl_json({"status"})["config_error"], "");
}

TEST(Reload, SighupReadsTheFileAtOnce) {
  Installation installed({.yaml = "rooms: [ {id: general} ]\n"});
  ASSERT_TRUE(installed.ready());
  installed.daemon().send_signal(SIGHUP);
  ASSERT_TRUE(installed.logged("config.loaded")) << "read although nothing has changed";
  installed.write_config("rooms: [ {id: general}, {id: second} ]\n");
  installed.daemon().send_signal(SIGHUP);
  ASSERT_TRUE(has_room(installed, "second"));
}

TEST(Reload, TheSwapOfAConfigMapIsNoticed) {
  // As the kubelet lays a ConfigMap out: files are links through ..data, and ..data is swapped.
  Installation installed(
      {.yaml = "room_files: [ \"mounted/rooms.yaml\" ]\n", .start_daemon = false});
  installed.write_file("mounted/..2026_1/rooms.yaml", "rooms: [ {id: general} ]\n");
  const fs::path mounted = installed.file("mounted");
  fs::create_directory_symlink("..2026_1", mounted / "..data");
  fs::create_symlink("..data/rooms.yaml", mounted / "rooms.yaml");
  ASSERT_TRUE(installed.start_daemon());
  ASSERT_TRUE(installed.ready());
  ASSERT_TRUE(has_room(installed, "general"));

  installed.write_file("mounted/..2026_2/rooms.yaml", "rooms: [ {id: general}, {id: swapped} ]\n");
  fs::create_directory_symlink("..2026_2", mounted / "..data_tmp");
  fs::rename(mounted / "..data_tmp", mounted / "..data");
  fs::remove_all(mounted / "..2026_1");
  EXPECT_TRUE(has_room(installed, "swapped"));
}

}  // namespace
}  // namespace roomkeeper::testing
