// A hold of a room in a pool on real servers: midnights of the whole pool and jobs take its
// messages, and the copy keeps them.
#include <chrono>
#include <map>
#include <memory>
#include <string>

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
    "templates:\n"
    "  lobby: { layout: pooled }\n"
    "rooms:\n"
    "  - { id: a, template: lobby }\n"
    "  - { id: b, template: lobby }\n";

class RealPooledHoldTest : public InProcessDaemonTest {
 protected:
  ~RealPooledHoldTest() override { end_daemon(); }

  void start_daemon(const ZoneFile& zone) {
    config::Config config = load(rooms_yaml);
    auto pool = std::make_shared<policies::RoomSettings>(*config.templates.at("lobby"));
    pool->retention = policies::UntilMidnight{.days = 0, .zone = zone.get()};
    config.templates["lobby"] = pool;
    for (policies::RoomSpec& room : config.rooms.rooms) room.settings = pool;
    begin_daemon(std::move(config), zone.lookup());
    ASSERT_TRUE(becomes_true([&] { return state_of("b") == "ready"; }));
  }
  json request(const std::string& subject, const json& body) {
    const auto reply = asking->request(subject, body.dump());
    return reply ? json::parse(reply->data) : json{{"error", {{"message", reply.error().text}}}};
  }
  json admin(const std::string& verb, const json& body) {
    return request("roomkeeper.admin." + verb, body);
  }
  std::string state_of(const std::string& room) {
    return admin("room.show", {{"room", room}}).value("state", "");
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
  void tell(const std::string& room, const std::string& user, const std::string& text) {
    const auto seq = asking->store("chat.lobby." + room + "." + user, text, {{"X-Kind", "text"}});
    ASSERT_TRUE(seq) << seq.error().text;
    told_[room][*seq] = message("POOL_lobby", *seq);
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

TEST_P(RealPooledHoldTest, TheCopyHasEverythingThatTheMidnightOfThePoolAndJobsTake) {
  const WallTime midnight =
      WallTime(std::chrono::ceil<std::chrono::seconds>((now() + 4s).time_since_epoch()));
  start_daemon(ZoneFile::with_midnight_at(midnight));
  tell("a", "alice", "before the hold");
  tell("b", "alice", "beside it");
  ASSERT_TRUE(becomes_held("a"));
  ASSERT_LT(now(), midnight - 200ms) << "the machine is too slow for this test";
  // One is deleted by hand: the copy keeps it, and it stands for none that is missing.
  tell("a", "bob", "deleted by hand");
  ASSERT_TRUE(becomes_true([&] { return messages("HOLD_a") == told_["a"].size(); }));
  request("$JS.API.STREAM.MSG.DELETE.POOL_lobby", {{"seq", told_["a"].rbegin()->first}});
  while (now() < midnight) {
    tell("a", "bob", "up to the last millisecond");
    tell("b", "bob", "beside it");
  }
  tell("a", "carol", "of the new day");
  ASSERT_TRUE(becomes_true(
      [&] { return time_of(stream("POOL_lobby")["state"]["first_ts"]) >= midnight; }, 10s, 5ms));
  expect_copied("a");

  tell("a", "alice", "stays a while");
  tell("b", "alice", "of another room");
  tell("a", "alice", "the newest");
  ASSERT_TRUE(wait_for(now() + 20ms));
  EXPECT_EQ(purged({{"rooms", {"a"}}, {"user", "carol"}}), 1U);
  EXPECT_GE(purged({{"rooms", {"a"}}, {"keep", 1}}), 1U);
  EXPECT_GE(purged({{"rooms", {"a"}}, {"all", true}}), 1U);
  EXPECT_GE(messages("POOL_lobby"), 1U) << "of the other room";
  expect_copied("a");
  EXPECT_EQ(admin("room.unhold", {{"room", "a"}}).value("removed", true), false);
  EXPECT_EQ(admin("room.unhold", {{"room", "a"}, {"dry_run", false}}).value("removed", false),
            true);
  EXPECT_TRUE(stream("HOLD_a").contains("error"));
}

INSTANTIATE_TEST_SUITE_P(On, RealPooledHoldTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return version.param == std::string("2.10") ? "Nats2_10" : "Nats2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
