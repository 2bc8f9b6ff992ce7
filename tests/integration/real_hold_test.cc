// A hold on real servers, from its beginning to its end. The daemon runs in this process, because
// its zone is the test's own: one whose midnight comes in a few seconds.
#include <chrono>
#include <map>
#include <memory>
#include <string>
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
using nlohmann::json;
using policies::WallTime;

constexpr const char* rooms_yaml =
    "instance: test\n"
    "reconcile: { on_removal: delete }\n"
    "rooms:\n"
    "  - { id: plain }\n"
    "  - { id: free }\n";

class RealHoldTest : public InProcessDaemonTest {
 protected:
  ~RealHoldTest() override { end_daemon(); }

  /// All rooms of the file get the rule `until midnight, 0 days` of the zone.
  void start_daemon(const ZoneFile& zone) {
    config::Config config = load(rooms_yaml);
    for (policies::RoomSpec& room : config.rooms.rooms) {
      auto settings = std::make_shared<policies::RoomSettings>(*room.settings);
      settings->retention = policies::UntilMidnight{.days = 0, .zone = zone.get()};
      room.settings = std::move(settings);
    }
    begin_daemon(std::move(config), zone.lookup());
    ASSERT_TRUE(becomes_true([&] { return stream("ROOM_free").contains("config"); }));
  }
  /// Connects anew, as after a restart of the server.
  void meet() { asking = client("admin"); }
  json request(const std::string& subject, const json& body) {
    const auto reply = asking->request(subject, body.dump());
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
    const auto seq = asking->store("chat." + room + "." + user, text, {{"X-Kind", "text"}});
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

  ASSERT_TRUE(server.restart());
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
