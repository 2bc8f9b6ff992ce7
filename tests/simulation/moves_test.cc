// Rooms on their way to another home, by the whole daemon: every direction, every interruption,
// and a midnight in the middle.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/move_runs.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

class EveryWay : public Moves, public ::testing::WithParamInterface<Way> {};

TEST_P(EveryWay, KeepsAllMessagesInTheirOrderAndTakesTheOldHomeAway) {
  begin(GetParam());
  say(300, way_.old_prefix);
  name_target();
  EXPECT_EQ(verdict(*world_, "general"), "blocked/layout_change");
  const json asked = move();
  ASSERT_FALSE(asked.contains("error")) << asked;
  EXPECT_EQ(asked["from"]["stream"], way_.old_stream);
  EXPECT_EQ(asked["to"]["stream"], way_.new_stream);
  EXPECT_EQ(asked["messages"], 300);
  pass_until("tail");
  world_->pass(2s);
  EXPECT_EQ(in_new(), expected_);
  EXPECT_EQ(verdict(*world_, "general"), "ready/ok");
  const json shown = ask(*world_, "room.show", R"({"room":"general"})");
  EXPECT_EQ(shown["publish_subject"], way_.new_prefix + "{user}");
  world_->pass(40s);
  pass_until("keeping");
  EXPECT_TRUE(in_old().empty());
  EXPECT_EQ(world_->has_stream("general"), way_.new_stream == "ROOM_general");
  EXPECT_EQ(in_new(), expected_);
  EXPECT_EQ(world_->metric(MetricId::moved_messages_total), 300);
}

TEST_P(EveryWay, TheMessagesKeepWhoSentThemAndTheirHeaders) {
  begin(GetParam());
  say(3, way_.old_prefix);
  const FakeStream* old = world_->nats.stream(way_.old_stream);
  const FakeMessage first = *old->from(1, way_.old_prefix + "*");
  name_target();
  move();
  pass_until("tail");
  const FakeMessage* copy = world_->nats.stream(way_.new_stream)->from(1, way_.new_prefix + "*");
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->subject, way_.new_prefix + "bob");
  EXPECT_EQ(wire_headers(copy->headers),
            "NATS/1.0\r\nLang: ko\r\nRoomkeeper-Moved: " + way_.old_stream + " " +
                std::to_string(first.seq) + "\r\nRoomkeeper-Time: 2026-11-22T10:00:05Z\r\n\r\n");
}

TEST_P(EveryWay, WhatIsPublishedMeanwhileIsThereToo) {
  begin(GetParam());
  say(2000, way_.old_prefix);
  name_target();
  move();
  for (int i = 0; i < 40; ++i) {
    say(1, state() == "tail" ? way_.new_prefix : way_.old_prefix, "live");
    if (i % 8 == 0) say(1, way_.old_prefix, "late");
    world_->pass(100ms);
  }
  pass_until("tail");
  say(5, way_.old_prefix, "slow");
  world_->pass(45s);
  EXPECT_EQ(state(), "keeping");
  std::vector<std::string> there = in_new();
  EXPECT_EQ(there.size(), expected_.size());
  std::sort(there.begin(), there.end());
  std::sort(expected_.begin(), expected_.end());
  EXPECT_EQ(there, expected_);
  EXPECT_TRUE(in_old().empty());
}

/// Killed at every tenth of a second: whatever it was doing, each message is there once.
TEST_P(EveryWay, SurvivesAKillAtAnyMoment) {
  for (int kill_after = 0; kill_after < 24; ++kill_after) {
    SCOPED_TRACE(kill_after);
    said_ = 0;
    expected_.clear();
    begin(GetParam());
    say(400, way_.old_prefix);
    name_target();
    move(R"("copy":true,"grace_seconds":1)");
    for (int i = 0; i < kill_after; ++i) world_->loop.advance(i < 12 ? 20ms : 300ms);
    world_->kill();
    world_->pass(3s);
    world_->boot();
    world_->pass(60s);
    EXPECT_EQ(state(), "keeping") << now().dump(1);
    EXPECT_EQ(in_new(), expected_);
    EXPECT_TRUE(in_old().empty());
    EXPECT_EQ(verdict(*world_, "general"), "ready/ok");
  }
}

TEST_P(EveryWay, SurvivesALostConnectionAndLostAnswers) {
  begin(GetParam());
  say(1000, way_.old_prefix);
  name_target();
  move();
  world_->pass(300ms);
  world_->nats.lose_replies(3, way_.new_prefix + ">");
  world_->pass(8s);
  world_->nats.disconnect("APP", "roomkeeper");
  world_->pass(60s);
  EXPECT_EQ(in_new(), expected_);
  EXPECT_TRUE(in_old().empty());
  EXPECT_EQ(state(), "keeping") << now().dump(1);
}

TEST_P(EveryWay, MidnightTakesTheCopiesWithTheirOriginals) {
  begin(GetParam());
  world_->pass_until("2026-11-22T14:59:00Z");  // one minute before midnight in Seoul
  say(50, way_.old_prefix, "old");
  name_target();
  move(R"("copy":true,"grace_seconds":120)");
  world_->pass_until("2026-11-22T14:59:59.500Z");
  EXPECT_EQ(in_new().size(), 50U);
  world_->pass_until("2026-11-22T15:00:30Z");
  say(5, way_.new_prefix, "new");
  world_->pass_until("2026-11-22T15:10:00Z");
  const bool week = way_.to == "games";
  EXPECT_EQ(in_new().size(), week ? 55U : 5U);
  EXPECT_TRUE(in_old().empty());
  if (!week) {
    EXPECT_EQ(records(), 0U);  // nothing is left to do
    return;
  }
  world_->pass_until("2026-11-23T14:59:59.500Z");
  EXPECT_EQ(in_new().size(), 55U);
  world_->pass_until("2026-11-23T15:00:02Z");
  EXPECT_EQ(in_new().size(), 5U);
}

TEST_P(EveryWay, AnAbortedOneStaysWhereItWas) {
  begin(GetParam());
  say(2000, way_.old_prefix);
  name_target();
  move();
  world_->pass(400ms);
  ASSERT_EQ(state(), "copying");
  const json aborted = ask(*world_, "room.move", R"({"room":"general","abort":true})");
  ASSERT_FALSE(aborted.contains("error")) << aborted;
  pass_until("aborted");
  EXPECT_TRUE(in_new().empty());
  EXPECT_EQ(in_old(), expected_);
  EXPECT_EQ(records(), 0U);
  EXPECT_EQ(world_->has_stream("general"), way_.old_stream == "ROOM_general");
}

INSTANTIATE_TEST_SUITE_P(AllWays, EveryWay,
                         ::testing::Values(into_pool, out_of_pool, between_pools),
                         [](const auto& way) { return way.param.from + "To" + way.param.to; });

TEST_F(Moves, ARoomOfTheApiGetsItsDefinitionWritten) {
  begin(into_pool);
  ask(*world_, "room.create", R"({"room":{"id":"club","title":"모임"}})");
  world_->pass(5s);
  for (int i = 0; i < 10; ++i) world_->nats.publish("chat.club.bob", "x");
  const json asked = ask(*world_, "room.move",
                         R"({"room":"club","template":"lobby","copy":true,"grace_seconds":1,)"
                         R"("dry_run":false})");
  ASSERT_FALSE(asked.contains("error")) << asked;
  world_->pass(30s);
  EXPECT_EQ(verdict(*world_, "club"), "ready/ok");
  EXPECT_FALSE(world_->has_stream("club"));
  EXPECT_EQ(stored("POOL_lobby", "chat.lobby.club.").size(), 10U);
  const json shown = ask(*world_, "room.show", R"({"room":"club"})");
  EXPECT_EQ(shown["template"], "lobby");
  EXPECT_EQ(shown["title"], "모임");
}

TEST_F(Moves, AnAbortedRoomOfTheApiHasItsDefinitionBack) {
  begin(into_pool);
  ask(*world_, "room.create", R"({"room":{"id":"club"}})");
  world_->pass(5s);
  for (int i = 0; i < 1500; ++i) world_->nats.publish("chat.club.bob", "x");
  ask(*world_, "room.move", R"({"room":"club","template":"lobby","copy":true,"dry_run":false})");
  world_->pass(300ms);
  ask(*world_, "room.move", R"({"room":"club","abort":true})");
  world_->pass(10s);
  EXPECT_EQ(verdict(*world_, "club"), "ready/ok");
  EXPECT_EQ(ask(*world_, "room.show", R"({"room":"club"})")["template"], "default");
  EXPECT_EQ(stored("ROOM_club", "chat.club.").size(), 1500U);
  EXPECT_TRUE(stored("POOL_lobby", "chat.lobby.club.").empty());
}

TEST_F(Moves, WithoutACopyTheOldMessagesStayUntilTheirRetentionTakesThem) {
  begin(into_pool);
  say(5, way_.old_prefix);
  name_target();
  move(R"("copy":false)");
  world_->pass(5s);
  EXPECT_EQ(state(), "left");
  EXPECT_EQ(refusal(*world_, "room.hold", R"({"room":"general"})"), "conflict");
  EXPECT_EQ(verdict(*world_, "general"), "ready/ok");
  EXPECT_EQ(in_old().size(), 5U);
  EXPECT_TRUE(in_new().empty());
  say(2, way_.new_prefix);
  world_->pass_until("2026-11-22T15:03:00Z");
  EXPECT_FALSE(world_->has_stream("general"));
  EXPECT_EQ(state(), "done");
  EXPECT_EQ(records(), 0U);
}

TEST_F(Moves, OneHomeNeedsNoMove) {
  way_ = {"default", "week", "ROOM_general", "ROOM_general", "chat.general.", "chat.general."};
  begin(way_);
  say(5, way_.old_prefix);
  name_target();
  const json asked = move();
  EXPECT_EQ(asked["state"], "none");
  world_->pass(5s);
  EXPECT_EQ(state(), "(none)");
  EXPECT_EQ(in_old().size(), 5U);
}

TEST_F(Moves, ARoomOfAFileNamesTheNewTemplateFirst) {
  begin(into_pool);
  const json refused = move();
  EXPECT_EQ(refused["error"]["code"], "owned_by_file");
  EXPECT_NE(refused["error"]["message"].get<std::string>().find("write template: lobby there"),
            std::string::npos)
      << refused;
}

TEST_F(Moves, WhatCannotBeMovedIsRefusedWithTheReason) {
  begin(into_pool, "  tiny: { stream: { max_messages: 2 } }\n");
  const auto code = [&](const std::string& room, const std::string& to) {
    return refusal(
        *world_, "room.move",
        R"({"room":")" + room + R"(","template":")" + to + R"(","copy":true,"dry_run":false})");
  };
  EXPECT_EQ(code("nowhere", "lobby"), "room_not_found");
  EXPECT_EQ(code("general", "nothing"), "bad_request");
  ask(*world_, "room.create", R"({"room":{"id":"work","template":"queue"}})");
  ask(*world_, "room.create", R"({"room":{"id":"club","template":"lobby"}})");
  world_->pass(5s);
  EXPECT_EQ(code("work", "lobby"), "refused");
  for (int i = 0; i < 3; ++i) world_->nats.publish("chat.lobby.club.bob", "x");
  world_->pass(2min);
  EXPECT_EQ(code("club", "tiny"), "refused");
  EXPECT_EQ(code("club", "queue"), "refused");
  EXPECT_EQ(refusal(*world_, "room.move", R"({"room":"club","abort":true})"), "room_not_found");
  ask(*world_, "room.hold", R"({"room":"club","note":"case 7"})");
  world_->pass(5s);
  EXPECT_EQ(code("club", "default"), "conflict");
}

TEST_F(Moves, NobodyTouchesARoomOnItsWay) {
  begin(into_pool);
  ask(*world_, "room.create", R"({"room":{"id":"club"}})");
  world_->pass(5s);
  for (int i = 0; i < 3000; ++i) world_->nats.publish("chat.club.bob", "x");
  ask(*world_, "room.move", R"({"room":"club","template":"lobby","copy":true,"dry_run":false})");
  world_->pass(300ms);
  EXPECT_EQ(refusal(*world_, "room.rm", R"({"room":"club"})"), "conflict");
  EXPECT_EQ(refusal(*world_, "room.update", R"({"room":{"id":"club","title":"x"}})"), "conflict");
  EXPECT_EQ(refusal(*world_, "room.hold", R"({"room":"club","note":""})"), "conflict");
  EXPECT_EQ(refusal(*world_, "room.move",
                    R"({"room":"club","template":"games","copy":true,"dry_run":false})"),
            "conflict");
  const json job = ask(*world_, "purge", R"({"rooms":["club"],"all":true,"dry_run":false})");
  ASSERT_TRUE(job.contains("id")) << job;
  world_->pass(1s);
  EXPECT_EQ(stored("ROOM_club", "chat.club.").size(), 3000U);
}

TEST_F(Moves, ACopyThatIsNotCompleteIsNotSwitchedTo) {
  begin(into_pool);
  say(2500, way_.old_prefix);
  name_target();
  move();
  world_->pass(500ms);
  ASSERT_EQ(state(), "copying");
  // Somebody takes a copy away.
  const FakeStream* pool = world_->nats.stream("POOL_lobby");
  ASSERT_TRUE(world_->nats.delete_message("POOL_lobby", pool->from(1, way_.new_prefix + "*")->seq));
  world_->pass(20s);
  EXPECT_EQ(state(), "failed") << now().dump(1);
  EXPECT_EQ(in_old(), expected_);
  EXPECT_EQ(ask(*world_, "room.show", R"({"room":"general"})")["stream"], "ROOM_general");
  // Taken back, it can be asked for anew.
  ask(*world_, "room.move", R"({"room":"general","abort":true})");
  world_->pass(10s);
  EXPECT_EQ(state(), "aborted");
  move(R"("copy":true,"grace_seconds":1)");
  world_->pass(30s);
  EXPECT_EQ(in_new(), expected_);
  EXPECT_TRUE(in_old().empty());
}

TEST_F(Moves, SomebodyElseInTheNewHomeStopsIt) {
  begin(into_pool);
  say(2500, way_.old_prefix);
  name_target();
  move();
  world_->pass(500ms);
  world_->nats.publish(way_.new_prefix + "mallory", "early");
  world_->pass(20s);
  EXPECT_EQ(state(), "failed") << now().dump(1);
  EXPECT_EQ(now()["reason"], "not_empty");
  EXPECT_EQ(in_old(), expected_);
}

TEST_F(Moves, AChangedLastCopyKeepsTheOldHome) {
  begin(into_pool);
  say(20, way_.old_prefix);
  name_target();
  move();
  pass_until("tail");
  world_->pass(2s);
  const FakeStream* pool = world_->nats.stream("POOL_lobby");
  ASSERT_TRUE(world_->nats.delete_message("POOL_lobby", pool->last_of(way_.new_prefix + "*")->seq));
  world_->pass(60s);
  EXPECT_EQ(state(), "failed");
  EXPECT_EQ(in_old(), expected_);
  EXPECT_EQ(refusal(*world_, "room.move", R"({"room":"general","abort":true})"), "conflict");
  EXPECT_NE(move()["state"], "none") << "asked again it goes on where it failed";
}

TEST_F(Moves, SomebodyElsesHeaderHidesNoMessage) {
  begin(into_pool);
  say(5, way_.old_prefix);
  name_target();
  move();
  pass_until("tail");
  world_->pass(2s);
  world_->kill();
  for (const char* lie : {"ROOM_general 6", "ROOM_general 1000000000"})
    world_->nats.publish(way_.new_prefix + "mallory", "lie", {{"Roomkeeper-Moved", lie}});
  say(3, way_.old_prefix, "late");
  world_->boot();
  world_->pass(60s);
  pass_until("keeping");
  std::vector<std::string> there = in_new();
  std::erase(there, "lie");
  EXPECT_EQ(there, expected_);
}

}  // namespace
}  // namespace roomkeeper::testing
