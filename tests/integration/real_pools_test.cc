// Pools on real servers: many rooms in one stream, told apart by their subjects.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <stdexcept>
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

class RealPoolsTest : public InProcessDaemonTest {
 protected:
  ~RealPoolsTest() override {
    end_daemon();
    if (!HasFailure()) return;
    for (const std::string& line : lines) std::cerr << line << '\n';
  }

  /// So many rooms r0, r1, ... of the pool `lobby`, emptied at the zone's midnights.
  void start(int rooms, const ZoneFile& zone, const std::string& settings = {}) {
    std::string yaml =
        "instance: test\n" + settings + "\ntemplates:\n  lobby: { layout: pooled }\nrooms:\n";
    for (int i = 0; i < rooms; ++i)
      yaml += "  - { id: r" + std::to_string(i) + ", template: lobby }\n";
    config::Config config = load(yaml);
    auto pool = std::make_shared<policies::RoomSettings>(*config.templates.at("lobby"));
    pool->retention = policies::UntilMidnight{.days = 0, .zone = zone.get()};
    config.templates["lobby"] = pool;
    for (policies::RoomSpec& room : config.rooms.rooms) room.settings = pool;
    begin_daemon(std::move(config), zone.lookup());
    ASSERT_TRUE(becomes_true([&] { return health.ready.load() && is_ready("r0"); }));
  }

  json admin(const std::string& verb, const json& body = json::object()) {
    const auto reply = asking->request("roomkeeper.admin." + verb, body.dump());
    if (!reply) throw std::runtime_error(reply.error().text);
    return json::parse(reply->data);
  }
  json show(const std::string& room) { return admin("room.show", {{"room", room}}); }
  bool is_ready(const std::string& room) { return show(room).value("state", "") == "ready"; }
  json pool() {
    const auto reply = asking->request("$JS.API.STREAM.INFO.POOL_lobby", "");
    if (!reply) throw std::runtime_error(reply.error().text);
    return json::parse(reply->data);
  }
  static std::string subject(int room, const std::string& user) {
    return "chat.lobby.r" + std::to_string(room) + "." + user;
  }
};

TEST_P(RealPoolsTest, ShowWhatEachRoomStores) {
  const ZoneFile seoul(9h);
  start(50, seoul);
  const auto alice = client("alice");
  std::uint64_t last = 0;
  for (int i = 0; i < 150; ++i) {
    const auto seq = alice->store(subject(i % 50, "alice"), "message " + std::to_string(i));
    ASSERT_TRUE(seq);
    last = *seq;
  }
  EXPECT_EQ(last, 150U);
  const json shown = show("r7");
  EXPECT_EQ(shown["messages"], 3);
  EXPECT_EQ(shown["stream"], "POOL_lobby");
  EXPECT_EQ(shown["publish_subject"], "chat.lobby.r7.{user}");
  const WallTime newest = policies::parse_rfc3339(shown["last_message"].get<std::string>()).value();
  EXPECT_LT(now() - newest, 1min);
  EXPECT_EQ(show("r49")["messages"], 3);
  EXPECT_EQ(pool()["state"]["messages"], 150);
}

TEST_P(RealPoolsTest, OneMidnightEmptiesAllRoomsAndKeepsTheNewDay) {
  const WallTime midnight(std::chrono::ceil<std::chrono::seconds>((now() + 9s).time_since_epoch()));
  const ZoneFile zone = ZoneFile::with_midnight_at(midnight);
  start(200, zone);
  ASSERT_LT(now(), midnight - 500ms) << "the machine is too slow for this test";
  const auto alice = client("alice");
  std::uint64_t last_old = 0;
  std::uint64_t first_new = 0;
  std::uint64_t last = 0;
  ASSERT_TRUE(wait_for(midnight - 2s));
  for (int i = 0; now() < midnight + 300ms; ++i) {
    const WallTime sent = now();
    const auto seq = alice->store(subject(i % 200, "alice"), "x");
    ASSERT_TRUE(seq);
    last = *seq;
    if (now() < midnight) last_old = last;
    if (sent >= midnight && first_new == 0) first_new = last;
  }
  json state;
  ASSERT_TRUE(becomes_true(
      [&] {
        state = pool()["state"];
        return policies::parse_rfc3339(state["first_ts"].get<std::string>()).value() >= midnight;
      },
      5s, 5ms))
      << state;
  const auto first = state["first_seq"].get<std::uint64_t>();
  EXPECT_GT(first, last_old);
  EXPECT_LE(first, first_new);
  EXPECT_EQ(state["last_seq"], last);
  EXPECT_EQ(state["messages"], last + 1 - first);
  EXPECT_EQ(
      thread.call([&] { return metrics.value(metrics::MetricId::purges_total, {"midnight"}); }), 1);
}

TEST_P(RealPoolsTest, ARemovedRoomTakesItsMessagesAlong) {
  const ZoneFile seoul(9h);
  start(40, seoul, "reconcile: { on_removal: delete }");
  const auto alice = client("alice");
  for (int i = 0; i < 80; ++i) ASSERT_TRUE(alice->store(subject(i % 40, "alice"), "x"));
  const json made = admin("room.create", {{"room", {{"id", "extra"}, {"template", "lobby"}}}});
  ASSERT_FALSE(made.contains("error")) << made;
  ASSERT_TRUE(becomes_true([&] { return is_ready("extra"); }));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(alice->store("chat.lobby.extra.alice", "y"));
  const json config_before = pool()["config"];
  const json removed = admin("room.rm", {{"room", "extra"}});
  ASSERT_FALSE(removed.contains("error")) << removed;
  ASSERT_TRUE(becomes_true([&] { return pool()["state"]["messages"] == 80; }));
  ASSERT_TRUE(becomes_true([&] { return show("extra").contains("error"); }));
  EXPECT_EQ(pool()["config"], config_before);
  EXPECT_EQ(show("r3")["messages"], 2);
}

TEST_P(RealPoolsTest, TheRosterOutlivesTheDaemon) {
  const ZoneFile seoul(9h);
  start(300, seoul);
  ASSERT_TRUE(becomes_true([&] { return is_ready("r299"); }));
  end_daemon();
  const json created = pool()["created"];
  start(300, seoul);
  ASSERT_TRUE(becomes_true([&] { return is_ready("r299"); }));
  EXPECT_EQ(pool()["created"], created);
  EXPECT_EQ(thread.call([&] { return metrics.value(metrics::MetricId::rooms_provisioned_total); }),
            301);  // of the first run, the pool among them
}

INSTANTIATE_TEST_SUITE_P(Servers, RealPoolsTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return std::string(version.param) == "2.10" ? "V210" : "V215";
                         });

}  // namespace
}  // namespace roomkeeper::testing
