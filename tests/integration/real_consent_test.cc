// Retention that waits for consent, on real servers by their clocks: zone, days, template,
// adoption. The daemon runs in this process, because the zones are the test's own: one whose
// midnight comes in a few seconds, and one whose midnight comes a little later.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/in_process_daemon.h"
#include "tests/integration/waiting.h"
#include "tests/support/nats_client.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using policies::RetentionRule;
using policies::UntilMidnight;
using policies::WallTime;

class RealConsentTest : public InProcessDaemonTest {
 protected:
  ~RealConsentTest() override { end_daemon(); }

  static WallTime whole_second(WallTime time) {
    return WallTime(std::chrono::ceil<std::chrono::seconds>(time.time_since_epoch()));
  }
  /// A daemon that wants this rule for the only room.
  void start_daemon(const RetentionRule& rule, const std::string& template_name = "default",
                    const std::string& adopt = "never", std::int64_t per_subject = -1) {
    config::Config config = load("instance: test\nreconcile: { interval: 1s, adopt: " + adopt +
                                 " }\nrooms: [ { id: general } ]\n");
    for (policies::RoomSpec& room : config.rooms.rooms) {
      auto settings = std::make_shared<policies::RoomSettings>(*room.settings);
      settings->retention = rule;
      settings->template_name = template_name;
      settings->stream.max_messages_per_subject = per_subject;
      room.settings = std::move(settings);
    }
    begin_daemon(std::move(config), [this](std::string_view name) {
      if (name == early.name()) return early.get();
      if (name == late.name()) return late.get();
      return config::find_zone(name);
    });
    ASSERT_TRUE(becomes_true([&] { return health.ready.load(); }));
  }
  json request(const std::string& subject, const json& body = json::object()) {
    const auto reply = asking->request(subject, body.dump());
    if (!reply) throw std::runtime_error(reply.error().text);
    return json::parse(reply->data);
  }
  json stream() { return request("$JS.API.STREAM.INFO.ROOM_general"); }
  std::uint64_t messages() { return stream()["state"]["messages"].get<std::uint64_t>(); }
  std::string rule_in_force() {
    return stream()["config"]["metadata"]["roomkeeper.retention"].get<std::string>();
  }
  std::string state() {
    return request("roomkeeper.admin.room.show", {{"room", "general"}})["state"].get<std::string>();
  }
  json plan(bool agreed = false) {
    return request("roomkeeper.admin.plan", {{"allow_lossy", agreed}});
  }
  void agree() { request("roomkeeper.admin.apply", {{"allow_lossy", true}}); }
  void say(int count) {
    const auto alice = client("alice");
    for (int i = 0; i < count; ++i) ASSERT_TRUE(alice->store("chat.general.alice", "x"));
  }
  /// The count follows the purge by the way of its reply.
  bool purged(const std::string& reason, double messages) {
    return becomes_true([&] {
      return metrics.value(metrics::MetricId::purged_messages_total, {reason}) == messages;
    });
  }
  UntilMidnight until(const ZoneFile& zone, int days) const {
    return {.days = days, .zone = zone.get()};
  }

  const WallTime early_midnight = whole_second(now() + 9s);
  const WallTime late_midnight = early_midnight + 3s;
  const ZoneFile early = ZoneFile::with_midnight_at(early_midnight);
  const ZoneFile late = ZoneFile::with_midnight_at(late_midnight);
};

TEST_P(RealConsentTest, AnotherZoneWaitsWhileTheOldZonesMidnightGoesOn) {
  start_daemon(until(late, 0));
  say(3);
  end_daemon();
  start_daemon(until(early, 0));
  ASSERT_LT(now(), early_midnight) << "the machine is too slow for this test";
  EXPECT_EQ(state(), "pending_consent");
  ASSERT_TRUE(wait_for(early_midnight + 1500ms));
  EXPECT_EQ(messages(), 3U) << "a midnight of the rule that waits";
  const json entry = plan()["entries"][0];
  EXPECT_EQ(entry["would_go"], 3) << entry;
  EXPECT_EQ(entry["would_go_is"], "exact");
  EXPECT_EQ(plan()["held_would_go"], 3);
  ASSERT_TRUE(wait_for(late_midnight));
  EXPECT_TRUE(becomes_true([&] { return messages() == 0; }, 5s, 5ms)) << "the rule in force";
  EXPECT_TRUE(purged("midnight", 3));
}

TEST_P(RealConsentTest, FewerDaysWaitAndConsentPurgesAtOnce) {
  start_daemon(until(early, 1));
  say(3);
  end_daemon();
  start_daemon(until(early, 0));
  ASSERT_LT(now(), early_midnight) << "the machine is too slow for this test";
  ASSERT_TRUE(wait_for(early_midnight + 1s));
  say(2);
  EXPECT_EQ(messages(), 5U);
  EXPECT_EQ(state(), "pending_consent");
  EXPECT_EQ(plan(true)["would_go"], 3);
  agree();
  EXPECT_TRUE(becomes_true([&] { return messages() == 2; }, 5s, 5ms));
  EXPECT_EQ(rule_in_force(), policies::to_text(until(early, 0)));
  EXPECT_TRUE(becomes_true([&] { return state() == "ready"; }));
  EXPECT_TRUE(purged("consent_given", 3));
}

TEST_P(RealConsentTest, AnotherTemplateWaits) {
  start_daemon(policies::KeepFor{24h}, "archive");
  say(3);
  end_daemon();
  start_daemon(until(early, 0), "day");
  ASSERT_LT(now(), early_midnight) << "the machine is too slow for this test";
  ASSERT_TRUE(wait_for(early_midnight + 1s));
  EXPECT_EQ(messages(), 3U);
  EXPECT_EQ(state(), "pending_consent");
  EXPECT_EQ(stream()["config"]["metadata"]["roomkeeper.template"], "day");
  EXPECT_EQ(rule_in_force(), policies::to_text(policies::KeepFor{24h}));
  agree();
  EXPECT_TRUE(becomes_true([&] { return messages() == 0; }, 5s, 5ms));
  EXPECT_TRUE(purged("consent_given", 3));
}

TEST_P(RealConsentTest, AnAdoptedStreamKeepsItsMessagesUntilSomebodyAgrees) {
  const json made =
      request("$JS.API.STREAM.CREATE.ROOM_general",
              {{"name", "ROOM_general"}, {"subjects", {"chat.general.*"}}, {"storage", "file"}});
  ASSERT_FALSE(made.contains("error")) << made;
  say(4);
  start_daemon(until(early, 0), "default", "always");
  ASSERT_LT(now(), early_midnight) << "the machine is too slow for this test";
  ASSERT_TRUE(wait_for(early_midnight + 1s));
  EXPECT_EQ(messages(), 4U);
  EXPECT_EQ(state(), "pending_consent");
  EXPECT_EQ(rule_in_force(), "forever");
  EXPECT_EQ(plan()["held_would_go"], 4);
  agree();
  EXPECT_TRUE(becomes_true([&] { return messages() == 0; }, 5s, 5ms));
}

TEST_P(RealConsentTest, ALimitPerSubjectIsCountedByTheServer) {
  start_daemon(policies::KeepForever{}, "default", "never", 5);
  say(5);
  ASSERT_TRUE(client("bob")->store("chat.general.bob", "x"));
  end_daemon();
  start_daemon(policies::KeepForever{}, "default", "never", 2);
  EXPECT_TRUE(becomes_true([&] { return plan()["held_would_go"] == 3; }, 5s)) << plan();
  agree();
  EXPECT_TRUE(becomes_true([&] { return messages() == 3; }, 5s)) << "two of alice, one of bob";
}

INSTANTIATE_TEST_SUITE_P(Servers, RealConsentTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
