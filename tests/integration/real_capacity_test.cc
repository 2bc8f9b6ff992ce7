// Rooms that do not fit a real server: its own store, and the limits of an account that are raised
// later. The daemon runs in this process.
#include <chrono>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/load.h"
#include "tests/integration/in_process_daemon.h"
#include "tests/integration/waiting.h"
#include "tests/support/nats_client.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr int mib = 1 << 20;

/// Twenty rooms of 1 MiB.
std::string twenty_rooms() {
  std::string yaml =
      "instance: test\n"
      "reconcile: { interval: 1s }\n"
      "audit: { enabled: false }\n"
      "templates:\n  default: { stream: { max_bytes: 1MiB } }\n"
      "rooms:\n";
  for (int i = 10; i < 30; ++i) yaml += "  - { id: r" + std::to_string(i) + " }\n";
  return yaml;
}

std::string account_with(int max_streams, int max_file) {
  std::string config = default_server_config();
  const std::string enabled = "jetstream: enabled";
  config.replace(config.find(enabled), enabled.size(),
                 "jetstream { max_mem: " + std::to_string(mib) +
                     ", max_file: " + std::to_string(max_file) +
                     ", max_streams: " + std::to_string(max_streams) + " }");
  return config;
}

class RealCapacityTest : public ::testing::TestWithParam<const char*>, protected InProcessDaemon {
 protected:
  ~RealCapacityTest() override { end_daemon(); }
  std::vector<std::string> urls() const override { return {server_->url()}; }
  bool has_system() const override { return true; }

  void start(const std::string& config, const std::string& jetstream) {
    server_ = std::make_unique<TestServer>(
        TestServerOptions{.version = GetParam(), .config = config, .jetstream = jetstream});
    ASSERT_TRUE(server_->running()) << server_->trouble();
    meet();
    begin_daemon(load(twenty_rooms()), config::find_zone);
  }
  void meet() {
    NatsClientOptions options;
    options.url = server_->url();
    options.user = "admin";
    auto connected = NatsClient::connect(options);
    ASSERT_TRUE(connected) << connected.error().text;
    asking_ = std::move(*connected);
  }
  json admin(const std::string& verb, const json& body = json::object()) {
    const auto reply = asking_->request("roomkeeper.admin." + verb, body.dump());
    return reply ? json::parse(reply->data) : json{{"error", {{"message", reply.error().text}}}};
  }
  int rooms_in(const std::string& state) {
    return admin("room.ls", {{"state", state}}).value("total", -1);
  }
  bool becomes(int ready, int blocked) {
    return becomes_true(
        [&] { return rooms_in("ready") == ready && rooms_in("blocked") == blocked; }, 45s);
  }
  std::string reason_of(const std::string& room) {
    return admin("room.show", {{"room", room}}).value("reason", "");
  }
  std::string severity_of(const std::string& check) {
    const json findings = admin("doctor").value("findings", json::array());
    for (const json& finding : findings) {
      if (finding.value("check", "") == check) return finding.value("severity", "");
    }
    return "(none)";
  }
  TestServer& server() { return *server_; }

 private:
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<NatsClient> asking_;
};

TEST_P(RealCapacityTest, WhatFitsTheServersStoreIsMade) {
  start({}, "max_file_store: " + std::to_string(12 * mib + mib / 2));
  ASSERT_TRUE(becomes(12, 8)) << admin("room.ls");
  EXPECT_EQ(reason_of("r21"), "ok");
  EXPECT_EQ(reason_of("r22"), "no_capacity");
  // Known once the servers have been looked at.
  ASSERT_TRUE(becomes_true([&] { return admin("plan")["capacity"].value("held", 0) == 8; }, 30s))
      << admin("plan")["capacity"];
  const json capacity = admin("plan")["capacity"];
  EXPECT_EQ(capacity["servers_known"], true);
  EXPECT_THAT(capacity["advice"][0].dump(),
              HasSubstr("storage of server test: 8.0 MiB is wanted, 512.0 KiB of 12.5 MiB is left, "
                        "7.5 MiB is missing; 0 of 8 new streams of 1.0 MiB fit; max_bytes of at "
                        "most 64 KiB would fit all"));
  EXPECT_EQ(severity_of("capacity.storage"), "error");
  EXPECT_EQ(severity_of("capacity.memory"), "ok");
}

TEST_P(RealCapacityTest, TheRoomsComeOnceTheAccountsLimitIsRaised) {
  start(account_with(16, 100 * mib), {});
  // Two streams are the state and the lease.
  ASSERT_TRUE(becomes(14, 6)) << admin("room.ls");
  EXPECT_EQ(reason_of("r24"), "no_capacity");
  EXPECT_EQ(severity_of("capacity.streams"), "error");
  server().set_config(account_with(100, 100 * mib));
  ASSERT_TRUE(server().restart());
  meet();
  ASSERT_TRUE(becomes(20, 0)) << admin("room.ls");
  EXPECT_EQ(severity_of("capacity.streams"), "ok");
}

INSTANTIATE_TEST_SUITE_P(On, RealCapacityTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return std::string(version.param) == "2.10" ? "Nats2_10" : "Nats2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
