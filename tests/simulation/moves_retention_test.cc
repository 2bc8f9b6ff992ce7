// What was moved goes when its original had to, by the rule in force then.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/move_runs.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;

TEST_F(Moves, ALongerRuleThatComesMeanwhileIsInForceForTheCopies) {
  begin(into_pool);
  say(10, way_.old_prefix);
  name_target();
  move(R"("copy":true,"grace_seconds":1)");
  world_->pass(30s);
  ASSERT_EQ(state(), "keeping");
  std::string longer = moving_house("lobby");
  const std::string rule = "lobby: { layout: pooled, retention: { until: midnight, days: 0";
  longer.replace(longer.find(rule), rule.size(),
                 "lobby: { layout: pooled, retention: { until: midnight, days: 1");
  world_->write_config(longer);
  world_->pass_until("2026-11-23T14:59:59Z");
  EXPECT_EQ(in_new(), expected_);
  world_->pass_until("2026-11-23T15:00:03Z");
  EXPECT_TRUE(in_new().empty());
}

TEST_F(Moves, MessagesOfSeveralDaysGoDayByDay) {
  begin({"games", "week", "POOL_games", "ROOM_general", "chat.games.general.", "chat.general."});
  say(10, way_.old_prefix);
  world_->pass_until("2026-11-23T12:00:00Z");
  say(10, way_.old_prefix);
  name_target();
  move(R"("copy":true,"grace_seconds":1)");
  world_->pass(60s);
  ASSERT_EQ(in_new().size(), 20U);
  EXPECT_EQ(now()["ledger"], 2);
  world_->pass_until("2026-11-23T14:59:59.900Z");
  EXPECT_EQ(in_new().size(), 20U);
  world_->pass_until("2026-11-23T15:00:02Z");
  EXPECT_EQ(in_new().size(), 10U);
  world_->pass_until("2026-11-24T14:59:59.900Z");
  EXPECT_EQ(in_new().size(), 10U);
  world_->pass_until("2026-11-24T15:00:02Z");
  EXPECT_TRUE(in_new().empty());
  EXPECT_EQ(records(), 0U);
}

TEST_F(Moves, MovedBackTheTimesAreStillThoseOfTheOriginals) {
  begin({"games", "week", "POOL_games", "ROOM_general", "chat.games.general.", "chat.general."});
  say(10, way_.old_prefix);
  world_->pass_until("2026-11-22T16:00:00Z");
  say(10, way_.old_prefix);
  name_target();
  move(R"("copy":true,"grace_seconds":1)");
  world_->pass(60s);
  ASSERT_EQ(in_new().size(), 20U);
  way_ = {"week", "games", "ROOM_general", "POOL_games", "chat.general.", "chat.games.general."};
  name_target();
  move(R"("copy":true,"grace_seconds":1)");
  world_->pass(60s);
  ASSERT_EQ(in_new(), expected_);
  EXPECT_FALSE(world_->has_stream("general"));
  world_->kill();
  world_->boot();
  world_->pass_until("2026-11-23T14:59:59.900Z");
  EXPECT_EQ(in_new().size(), 20U);
  world_->pass_until("2026-11-23T15:00:02Z");
  EXPECT_EQ(in_new().size(), 10U);
}

/// Published to the old home before midnight, copied after it, among newer messages.
TEST_F(Moves, AMessageThatIsCopiedOverMidnightGoesWithItsOwnDay) {
  begin({"games", "week", "POOL_games", "ROOM_general", "chat.games.general.", "chat.general."});
  world_->pass_until("2026-11-22T14:58:00Z");
  name_target();
  move(R"("copy":true,"grace_seconds":300)");
  world_->pass_until("2026-11-22T14:59:58Z");
  ASSERT_EQ(state(), "tail");
  world_->nats.silence("$JS.API.STREAM.MSG.GET.POOL_games");
  world_->pass_until("2026-11-22T14:59:59Z");
  say(1, way_.old_prefix, "slow");
  world_->pass_until("2026-11-22T15:00:01Z");
  say(1, way_.new_prefix, "fresh");
  world_->nats.speak();
  world_->pass(1min);
  say(1, way_.new_prefix, "fresh");
  world_->pass_until("2026-11-22T15:10:00Z");
  ASSERT_EQ(in_new().size(), 3U) << now().dump(1);
  world_->pass_until("2026-11-23T14:59:59.900Z");
  EXPECT_EQ(in_new().size(), 3U);
  world_->pass_until("2026-11-23T15:00:03Z");
  EXPECT_EQ(in_new(), (std::vector<std::string>{"fresh1", "fresh2"}));
}

TEST_F(Moves, AnAgeCountsFromTheOriginal) {
  begin({"lobby", "hour", "POOL_lobby", "ROOM_general", "chat.lobby.general.", "chat.general."});
  say(10, way_.old_prefix);
  world_->pass_until("2026-11-22T10:40:00Z");
  say(10, way_.old_prefix);
  world_->pass_until("2026-11-22T11:10:00Z");
  say(10, way_.old_prefix);
  name_target();
  move(R"("copy":true,"grace_seconds":1)");
  world_->pass(60s);
  EXPECT_EQ(in_new().size(), 20U);  // the first are over the new rule already
  EXPECT_EQ(now()["skipped"], 10);
  EXPECT_TRUE(in_old().empty());
  world_->pass_until("2026-11-22T11:39:59Z");
  EXPECT_EQ(in_new().size(), 20U);
  world_->pass_until("2026-11-22T11:40:20Z");  // a 256th of the age, and a second
  EXPECT_EQ(in_new().size(), 10U);
  world_->pass_until("2026-11-22T12:09:59Z");
  EXPECT_EQ(in_new().size(), 10U);
  world_->pass_until("2026-11-22T12:10:20Z");
  EXPECT_TRUE(in_new().empty());
}

}  // namespace
}  // namespace roomkeeper::testing
