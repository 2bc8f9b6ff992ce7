// Verbs retention and retention.room of the whole daemon.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view rooms = R"(instance: seoul
reconcile: { interval: 60s }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  york: { retention: { until: midnight, days: 1, timezone: America/New_York } }
  archive: { retention: { max_age: 30d }, stream: { max_messages: 500 } }
  museum: { retention: forever }
rooms:
  - { id: general }
  - { id: lobby }
  - { id: late, template: york }
  - { id: support, template: archive }
  - { id: old, template: museum }
)";

class RetentionView : public ::testing::Test {
 protected:
  void SetUp() override {
    world.boot();
    world.say("general", "bob", "hello");
    world.pass(70s);
  }
  json rows(const std::string& request = "{}") { return ask(world, "retention", request)["rows"]; }
  json row(const std::string& of) {
    for (const json& one : rows()) {
      if (one["template"] == of) return one;
    }
    return {};
  }
  json room(const std::string& id) {
    return ask(world, "retention.room", R"({"room":")" + id + "\"}");
  }
  void write(std::string_view what, std::string_view instead) {
    std::string text(rooms);
    text.replace(text.find(what), what.size(), instead);
    world.write_config(text);
    world.pass(70s);
  }
  DaemonWorld world{rooms, "2026-11-22T10:00:00Z"};
};

TEST_F(RetentionView, ARowForEachTemplateAndRule) {
  ASSERT_EQ(rows().size(), 4U) << rows();
  const json seoul = row("default");
  EXPECT_EQ(seoul["rule"], "until midnight, 0 days, Asia/Seoul");
  EXPECT_EQ(seoul["kind"], "midnight");
  EXPECT_EQ(seoul["rooms"], 2);
  EXPECT_EQ(seoul["messages"], 1);
  EXPECT_EQ(seoul["boundary"], "2026-11-21T15:00:00Z");
  EXPECT_EQ(seoul["next_deadline"], "2026-11-22T15:00:00Z");
  EXPECT_EQ(seoul["overdue_rooms"], 0);
  EXPECT_EQ(row("york")["boundary"], "2026-11-21T05:00:00Z");
  EXPECT_EQ(row("archive")["kind"], "for");
  EXPECT_EQ(row("archive")["rule"], "for 30d");
  EXPECT_FALSE(row("archive").contains("boundary"));
  EXPECT_EQ(row("museum")["kind"], "forever");
}

TEST_F(RetentionView, HowTheLastDeadlineWent) {
  EXPECT_EQ(row("default")["made_up"], true) << "it passed before Roomkeeper was there";
  world.pass_until("2026-11-22T15:00:10Z");
  const json seoul = row("default");
  EXPECT_EQ(seoul["last_closed"], "2026-11-22T15:00:00Z");
  EXPECT_EQ(seoul["made_up"], false);
  EXPECT_GE(seoul["closed_late_seconds"].get<double>(), 2.0);
  EXPECT_LT(seoul["closed_late_seconds"].get<double>(), 3.0);
  const json general = room("general");
  EXPECT_EQ(general["last_purged_messages"], 1);
  EXPECT_EQ(general["last_purged_reason"], "midnight");
  EXPECT_TRUE(general["last_purged"].get<std::string>().starts_with("2026-11-22T15:00:00"));
  EXPECT_FALSE(room("lobby").contains("last_purged"));
}

TEST_F(RetentionView, FiltersByTemplateZoneAndWhatIsOverdue) {
  EXPECT_EQ(rows(R"({"template":"york"})").size(), 1U);
  EXPECT_EQ(rows(R"({"timezone":"Asia/Seoul"})").size(), 1U);
  EXPECT_EQ(rows(R"({"timezone":"Asia/Seoul","template":"york"})").size(), 0U);
  EXPECT_EQ(rows(R"({"overdue":true})").size(), 0U);
  EXPECT_EQ(refusal(world, "retention", R"({"timezone":"Moon/Tycho"})"), "bad_request");
  EXPECT_EQ(refusal(world, "retention.room", R"({"room":"nowhere"})"), "room_not_found");
  EXPECT_EQ(refusal(world, "retention.room"), "bad_request");
}

TEST_F(RetentionView, WhatIsOverdueAndWhy) {
  world.nats.silence("$JS.API.STREAM.PURGE.>");
  world.pass_until("2026-11-22T15:01:00Z");
  ASSERT_EQ(rows(R"({"overdue":true})").size(), 1U);
  const json seoul = row("default");
  EXPECT_EQ(seoul["overdue_rooms"], 1);
  EXPECT_EQ(seoul["oldest_overdue_room"], "general");
  EXPECT_NEAR(seoul["overdue_seconds"].get<double>(), 60, 2);
  const json general = room("general");
  EXPECT_NEAR(general["overdue_seconds"].get<double>(), 60, 2);
  ASSERT_EQ(general["causes"].size(), 1U) << general;
  EXPECT_EQ(general["causes"][0]["reason"], "server_timeout");
  EXPECT_TRUE(general["causes"][0].contains("since"));
  EXPECT_NE(general["causes"][0]["text"].get<std::string>().find("in a row"), std::string::npos);
  EXPECT_EQ(room("lobby")["overdue_seconds"], 0.0);
}

TEST_F(RetentionView, AWrongClockIsACause) {
  world.nats.set_skew(24h);
  world.pass(2min);
  const json reply = ask(world, "retention");
  EXPECT_EQ(reply["doubt"], "clock_skew");
  EXPECT_NEAR(reply["clock_skew_seconds"].get<double>(), 86400, 1);
  const json general = room("general");
  ASSERT_EQ(general["causes"].size(), 1U) << general;
  EXPECT_EQ(general["causes"][0]["reason"], "clock_skew");
  world.nats.set_skew(0s);
  world.pass(2min);
  EXPECT_EQ(ask(world, "retention")["doubt"], "");
}

TEST_F(RetentionView, AnIncompleteListingIsACause) {
  world.nats.silence("$JS.API.STREAM.PURGE.>");
  world.pass_until("2026-11-22T15:00:30Z");
  world.nats.set_missing({"ROOM_lobby"});
  world.pass(30s);
  const json causes = room("general")["causes"];
  ASSERT_EQ(causes.size(), 2U) << causes;
  EXPECT_EQ(causes[0]["reason"], "observation_incomplete");
  EXPECT_EQ(causes[1]["reason"], "server_timeout");
}

TEST_F(RetentionView, ARoomInPlainWords) {
  const json general = room("general");
  EXPECT_EQ(general["rule"], "until midnight, 0 days, Asia/Seoul");
  EXPECT_EQ(general["template"], "default");
  EXPECT_TRUE(general["origin"].get<std::string>().starts_with("template default, ")) << general;
  EXPECT_NE(general["origin"].get<std::string>().find("roomkeeper.yaml:4"), std::string::npos);
  EXPECT_NE(general["source"].get<std::string>().find("roomkeeper.yaml:9"), std::string::npos);
  EXPECT_EQ(general["wanted"], "");
  EXPECT_EQ(general["boundary"], "2026-11-21T15:00:00Z");
  EXPECT_EQ(general["oldest_message"], "2026-11-22T10:00:00Z");
  EXPECT_EQ(general["oldest_gone_at"], "2026-11-22T15:00:00Z");
  EXPECT_EQ(general["next_deadline"], "2026-11-22T15:00:00Z");
  EXPECT_EQ(general["max_age_seconds"], 26 * 3600.0);
  EXPECT_EQ(general["backstop"], true);
  EXPECT_TRUE(general["causes"].empty());
}

TEST_F(RetentionView, WhatJetStreamDoesBesides) {
  const json support = room("support");
  EXPECT_EQ(support["kind"], "for");
  EXPECT_EQ(support["backstop"], false);
  EXPECT_EQ(support["max_age_seconds"], 30 * 86400.0);
  EXPECT_EQ(support["max_messages"], 500);
  EXPECT_EQ(support["on_full"], "drop_old");
  EXPECT_FALSE(support.contains("next_deadline"));
  EXPECT_EQ(room("old")["max_age_seconds"], 0.0);
}

TEST_F(RetentionView, ARuleThatWaitsForConsentIsShownBesideTheOneInForce) {
  write("days: 0, timezone: Asia/Seoul", "days: 0, timezone: Pacific/Auckland");
  const json both = rows(R"({"template":"default"})");
  ASSERT_EQ(both.size(), 2U) << "the room without messages has the new rule already";
  json waiting;
  for (const json& one : both) {
    if (one["wanted"] != "") waiting = one;
  }
  EXPECT_EQ(waiting["rule"], "until midnight, 0 days, Asia/Seoul");
  EXPECT_EQ(waiting["wanted"], "until midnight, 0 days, Pacific/Auckland");
  EXPECT_EQ(waiting["rooms"], 1);
  const json general = room("general");
  EXPECT_EQ(general["rule"], "until midnight, 0 days, Asia/Seoul");
  EXPECT_EQ(general["wanted"], "until midnight, 0 days, Pacific/Auckland");
  EXPECT_EQ(general["waits_for_consent"], true);
  EXPECT_EQ(general["state"], "pending_consent");
  EXPECT_EQ(general["origin"], "the stream's mark: the rule last applied");
  EXPECT_TRUE(general["wanted_origin"].get<std::string>().starts_with("template default, "));
  world.pass_until("2026-11-22T11:30:00Z");
  EXPECT_EQ(room("general")["overdue_seconds"], 0.0) << "by the rule in force nothing is overdue";
}

TEST_F(RetentionView, AnOrphanHasTheRuleOfItsMark) {
  write("  - { id: general }\n", "");
  const json general = room("general");
  EXPECT_EQ(general["state"], "orphaned");
  EXPECT_EQ(general["owner"], "");
  EXPECT_EQ(general["origin"], "the stream's mark; nobody defines the room any more");
  EXPECT_EQ(general["oldest_gone_at"], "2026-11-22T15:00:00Z");
}

TEST_F(RetentionView, AMarkThatIsNotUnderstoodIsSaid) {
  Operator person(world);
  person.edit("ROOM_lobby", R"({"metadata":{"roomkeeper.retention":"until the cows come home"}})");
  world.nats.silence("$JS.API.STREAM.UPDATE.>");
  world.pass(5s);
  EXPECT_EQ(room("lobby")["kind"], "unreadable");
  EXPECT_EQ(room("lobby")["rule"], "until the cows come home");
}

TEST_F(RetentionView, BeforeTheFirstLookItIsNotReady) {
  world.kill();
  world.nats.silence("$JS.API.STREAM.LIST");
  world.boot();
  EXPECT_EQ(refusal(world, "retention"), "not_ready");
  EXPECT_EQ(refusal(world, "retention.room", R"({"room":"general"})"), "not_ready");
}

TEST_F(RetentionView, NoRequestToTheServerIsNeeded) {
  world.nats.forget_counts();
  room("general");
  rows();
  EXPECT_EQ(world.nats.count("$JS.API.>"), 0U);
}

}  // namespace
}  // namespace roomkeeper::testing
