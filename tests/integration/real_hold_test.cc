// A hold on real servers, from its beginning to its end. The daemon runs in this process, because
// its zone is the test's own: one whose midnight comes in a few seconds.
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/load.h"
#include "metrics/http_server.h"
#include "metrics/metrics.h"
#include "policies/rfc3339.h"
#include "sidecar/daemon.h"
#include "sidecar/log.h"
#include "sidecar/nats/connection.h"
#include "tests/integration/waiting.h"
#include "tests/support/loop_thread.h"
#include "tests/support/nats_client.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_server.h"
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

class RealHoldTest : public ::testing::TestWithParam<const char*> {
 protected:
  RealHoldTest() : server_({.version = GetParam()}) { meet(); }
  ~RealHoldTest() override { end_daemon(); }

  /// All rooms of the file get the rule `until midnight, 0 days` of the zone.
  std::shared_ptr<const config::Config> configuration(const ZoneFile& zone) {
    const auto file = directory_.write("roomkeeper.yaml", rooms_yaml);
    auto loaded = config::load(file.string(), {});
    if (!loaded) throw std::runtime_error(to_string(loaded.error().front()));
    for (policies::RoomSpec& room : loaded->rooms.rooms) {
      auto settings = std::make_shared<policies::RoomSettings>(*room.settings);
      settings->retention = policies::UntilMidnight{.days = 0, .zone = zone.get()};
      room.settings = std::move(settings);
    }
    return std::make_shared<const config::Config>(std::move(*loaded));
  }
  void start_daemon(const ZoneFile& zone) {
    const auto config = configuration(zone);
    thread_.call([&] {
      daemon_ = std::make_unique<sidecar::Daemon>(sidecar::DaemonParts{
          .loop = thread_.loop(),
          .clock = thread_.clock(),
          .log = log_,
          .metrics = metrics_,
          .health = health_,
          .config = config,
          .config_path = {},
          .overrides = {},
          .app = sidecar::nats::connect(thread_.loop(), thread_.clock(), connection()),
          .system = nullptr,
          .zones = zone.lookup(),
          .mailbox_rejected = {}});
      daemon_->start();
    });
    ASSERT_TRUE(becomes_true([&] { return stream("ROOM_free").contains("config"); }));
  }
  void end_daemon() {
    if (!daemon_) return;
    std::promise<void> stopped;
    auto done = stopped.get_future();
    thread_.call([&] { daemon_->stop([&] { stopped.set_value(); }); });
    EXPECT_EQ(done.wait_for(10s), std::future_status::ready);
    thread_.call([&] { daemon_.reset(); });
  }
  sidecar::nats::ConnectionOptions connection() const {
    sidecar::nats::ConnectionOptions options;
    options.urls = {server_.url()};
    options.user = "roomkeeper";
    options.password = "pw";
    options.backoff.first = 50ms;
    options.backoff.longest = 200ms;
    return options;
  }
  /// Connects anew, as after a restart of the server.
  void meet() {
    auto made = NatsClient::connect({.url = server_.url(), .user = "admin"});
    if (!made) throw std::runtime_error(made.error().text);
    client_ = std::move(*made);
  }
  json request(const std::string& subject, const json& body) {
    const auto reply = client_->request(subject, body.dump());
    return reply ? json::parse(reply->data) : json{{"error", {{"message", reply.error().text}}}};
  }
  json admin(const std::string& verb, const json& body) {
    return request("roomkeeper.admin." + verb, body);
  }
  json stream(const std::string& name) {
    return request("$JS.API.STREAM.INFO." + name, json::object());
  }
  std::uint64_t messages(const std::string& name) {
    return stream(name).value("/state/messages"_json_pointer, std::uint64_t{0});
  }
  /// Sequence, subject, headers, payload and time, as the server tells them.
  json message(const std::string& name, std::uint64_t seq) {
    return request("$JS.API.STREAM.MSG.GET." + name, {{"seq", seq}}).value("message", json());
  }
  /// Somebody says something; it is remembered as the room stored it.
  void tell(const std::string& room, const std::string& user, const std::string& text) {
    const auto seq = client_->store("chat." + room + "." + user, text, {{"X-Kind", "text"}});
    ASSERT_TRUE(seq) << seq.error().text;
    told_[room][*seq] = message("ROOM_" + room, *seq);
  }
  bool becomes_held(const std::string& room) {
    return becomes_true(
        [&] { return admin("room.hold", {{"room", room}}).value("state", "") == "held"; }, 45s);
  }
  std::uint64_t purged(json selection) {
    selection["dry_run"] = false;
    const std::string id = admin("purge", selection).value("id", "");
    json job;
    becomes_true(
        [&] {
          job = admin("job.show", {{"job", id}});
          return job.contains("/job/ended"_json_pointer);
        },
        30s);
    EXPECT_EQ(job.value("/job/rooms_failed"_json_pointer, 99), 0) << job;
    return job.value("/job/messages"_json_pointer, std::uint64_t{0});
  }
  void expect_copied(const std::string& room) {
    EXPECT_EQ(messages("HOLD_" + room), told_[room].size());
    for (const auto& [seq, said] : told_[room]) {
      ASSERT_FALSE(said.is_null());
      EXPECT_EQ(message("HOLD_" + room, seq), said);
    }
  }
  static WallTime time_of(const json& value) {
    return policies::parse_rfc3339(value.get<std::string>()).value();
  }
  WallTime now() const { return thread_.clock().wall(); }
  bool wait_for(WallTime instant) {
    return becomes_true([&] { return now() >= instant; }, 30s, 1ms);
  }

  TestServer server_;
  TempDirectory directory_;
  LoopThread thread_;
  metrics::Metrics metrics_;
  metrics::Health health_;
  std::vector<std::string> lines_;  ///< written on the loop
  sidecar::Log log_{thread_.clock(), {}, [this](config::LogLevel, const std::string& line) {
                      lines_.push_back(line);
                    }};
  std::unique_ptr<sidecar::Daemon> daemon_;
  std::unique_ptr<NatsClient> client_;
  std::map<std::string, std::map<std::uint64_t, json>> told_;  ///< by room and sequence
};

TEST_P(RealHoldTest, TheCopyHasEverythingThatAMidnightJobsAndARemovalTake) {
  const WallTime midnight =
      WallTime(std::chrono::ceil<std::chrono::seconds>((now() + 4s).time_since_epoch()));
  start_daemon(ZoneFile::with_midnight_at(midnight));
  ASSERT_TRUE(becomes_true([&] {
    return admin("room.create", {{"room", {{"id", "lobby"}}}}).value("id", "") == "lobby";
  }));
  tell("plain", "alice", "before the hold");
  ASSERT_TRUE(becomes_held("plain"));
  ASSERT_LT(now(), midnight - 200ms) << "the machine is too slow for this test";
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

  ASSERT_TRUE(server_.restart());
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
