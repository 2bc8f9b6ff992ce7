// `limit.show`, `limit.explain`, and what status and doctor say of the limits, through the whole
// daemon: every filter, every refusal, and whether what was foretold comes true.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/limited_world.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

using AdminLimits = LimitedWorld;

// ---- limit.show

TEST_F(AdminLimits, ShowOrdersByKindAndByWhatIsLeft) {
  boot(yaml(
      "  connections_per_user: { max: 3 }\n  account_connections: { max: 20 }\n"
      "  server_connections: { max: 10 }\n  users: { \"bot-*\": { connections: unlimited } }\n",
      "rooms:\n  - { id: general, room_connections: { max: 5, on_limit: evict_oldest } }\n"
      "  - { id: lobby }\n"));
  add("alice", listening({"chat.general.*", "chat.lobby.*"}));
  add("bob", 3);
  add("bot-1", 2);
  const json shown = ask(world, "limit.show");
  std::vector<std::string> rows;
  for (const json& row : shown["limits"]) {
    rows.push_back(row["limit"].get<std::string>() + "/" + row["of"].get<std::string>() + " " +
                   std::to_string(row["used"].get<int>()) + " of " +
                   std::to_string(row["max"].get<int>()));
  }
  EXPECT_THAT(rows,
              ElementsAre("connections_per_user/bob 3 of 3", "connections_per_user/alice 1 of 3",
                          "room_connections/general 1 of 5", "account_connections/ 6 of 20",
                          "server_connections/fake 6 of 10"));
  EXPECT_EQ(shown["enforced"], true);
  EXPECT_EQ(shown["limits"][0]["headroom"], 0);
  EXPECT_EQ(shown["limits"][0]["rule"], "connections_per_user");
  EXPECT_THAT(shown["limits"][0]["origin"].get<std::string>(), HasSubstr("roomkeeper.yaml:3:"));
  EXPECT_EQ(shown["limits"][2]["rule"], "room/general");
  EXPECT_THAT(shown["limits"][2]["origin"].get<std::string>(), HasSubstr("room"));
  const json one = ask(world, "limit.show", R"({"limit":"connections_per_user","max_rows":1})");
  EXPECT_EQ(one["limits"].size(), 1U);
  EXPECT_EQ(one["left_out"], 1);
  const json all = ask(world, "limit.show", R"({"limit":"connections_per_user","all":true})");
  ASSERT_EQ(all["limits"].size(), 3U);
  EXPECT_EQ(all["limits"][2]["of"], "bot-1");
  EXPECT_EQ(all["limits"][2]["rule"], "users/bot-*");
  EXPECT_FALSE(all["limits"][2].contains("max"));
  EXPECT_THAT(ask(world, "limit.show", R"({"over":true})")["limits"], IsEmpty());
  EXPECT_EQ(refusal(world, "limit.show", R"({"limit":"ban"})"), "bad_request");
  EXPECT_EQ(refusal(world, "limit.show", R"({"limit":"users"})"), "bad_request");
}

TEST_F(AdminLimits, WithoutALimitShowSaysSo) {
  boot(yaml("  interval: 30s\n"));
  const json shown = ask(world, "limit.show");
  EXPECT_THAT(shown["limits"], IsEmpty());
  EXPECT_EQ(shown["enforced"], false);
  EXPECT_EQ(shown["note"], "no limit is configured");
}

TEST_F(AdminLimits, StatusHasOneLineAKindAndIsEnforcedByAnyLimit) {
  boot(yaml("  account_connections: { max: 20 }\n"));
  add("bob", listening({"chat.*.*"}));
  world.pass(6s);
  const json status = ask(world, "status");
  EXPECT_EQ(status["limits_enforced"], true);
  EXPECT_EQ(status["limits_note"], "");
  ASSERT_EQ(status["limits"].size(), 1U);
  EXPECT_EQ(status["limits"][0]["limit"], "account_connections");
  EXPECT_EQ(status["limits"][0]["used"], 1);
  EXPECT_EQ(status["limits"][0]["max"], 20);
  EXPECT_EQ(status["wildcard_listeners"], 1);
  EXPECT_EQ(status["bans"], 0);
  const json doctor = ask(world, "doctor");
  const auto found =
      std::find_if(doctor["findings"].begin(), doctor["findings"].end(),
                   [](const json& finding) { return finding["check"] == "limits.wildcard"; });
  ASSERT_NE(found, doctor["findings"].end());
  EXPECT_EQ((*found)["severity"], "info");
}

// ---- limit.explain

TEST_F(AdminLimits, ExplainForetellsWhatHappensToAUser) {
  boot(
      yaml("  connections_per_user: { max: 2, on_limit: evict_oldest }\n"
           "  users: { \"bot-*\": { connections: 1, on_limit: reject_new }, free: { connections: "
           "unlimited } }\n"));
  EXPECT_EQ(next(R"({"user":"bob"})"), "would be let in: 0 of 2");
  const Ids bobs = add("bob", 2);
  EXPECT_EQ(next(R"({"user":"bob"})"),
            "would be let in, and the oldest, server fake cid " + std::to_string(cid(bobs[0])) +
                ", would be kicked: connections_per_user, evict_oldest, 2 of 2");
  const json bob = explain(R"({"user":"bob"})");
  EXPECT_EQ(bob["counted"].size(), 2U);
  EXPECT_THAT(
      bob["counted"][0].get<std::string>(),
      HasSubstr("server fake cid " + std::to_string(cid(bobs[0])) + " since 2026-11-22T10:"));
  EXPECT_THAT(bob["limit"]["origin"].get<std::string>(), HasSubstr("roomkeeper.yaml:3:"));
  add("bot-7", 1);
  const json bot = explain(R"({"user":"bot-7"})");
  EXPECT_EQ(bot["next"], "would be kicked: connections_per_user, reject_new, 1 of 1");
  EXPECT_EQ(bot["limit"]["rule"], "users/bot-*");
  EXPECT_THAT(bot["limit"]["origin"].get<std::string>(), HasSubstr("roomkeeper.yaml:4:"));
  EXPECT_EQ(next(R"({"user":"free"})"), "would be let in: connections_per_user is unlimited");
  EXPECT_EQ(next(R"({"user":"robot"})"),
            "would be let in: no limit counts the user (limits.exempt_users)");
  EXPECT_EQ(explain(R"({"user":"robot"})")["exemption"], "exempt_user");
  EXPECT_EQ(next(R"({"user":"kiosk"})"),
            "would be let in: connections_per_user does not count it (shared_user)");
  EXPECT_THAT(joined(explain(R"({"user":"roomkeeper"})")["notes"]),
              HasSubstr("Roomkeeper's own connections"));
  // What it foretold of bob and of the bot.
  add("bob", 1);
  const Ids late = add("bot-7", 1);
  world.pass(5s);
  EXPECT_FALSE(inside(bobs[0]));
  EXPECT_TRUE(inside(bobs[1]));
  EXPECT_FALSE(inside(late[0]));
}

TEST_F(AdminLimits, ExplainKnowsReservedPlacesAndTheLimitsBehind) {
  boot(
      yaml("  connections_per_user: { max: 9 }\n"
           "  account_connections: { max: 2, reserved_for_admins: 1 }\n"));
  add("bob", 2);
  const json bob = explain(R"({"user":"bob"})");
  EXPECT_EQ(bob["next"],
            "would be kicked: account_connections, reject_new, 2 of 2; an administrator would be "
            "let in into a reserved place");
  EXPECT_EQ(explain(R"({"user":"ops"})")["admin"], true);
  EXPECT_EQ(next(R"({"account":true})"), bob["next"].get<std::string>());
  add("ops", 1);
  world.pass(2s);
  EXPECT_EQ(world.nats.connected("APP", "ops").size(), 1U);
  EXPECT_EQ(next(R"({"account":true})"),
            "would be kicked: account_connections, reject_new, 2 of 2");
  EXPECT_THAT(joined(explain(R"({"account":true})")["notes"]),
              HasSubstr("1 place on top of the maximum for administrators (limits.admin_users), 1 "
                        "taken"));
  EXPECT_THAT(explain(R"({"account":true})")["counted"].size(), 3U);
}

TEST_F(AdminLimits, AnAdministratorIsLetInIntoAReservedPlace) {
  boot(
      yaml("  account_connections: { max: 1, reserved_for_admins: 2 }\n"
           "  connections_per_user: { max: 2, reserved_for_admins: 2 }\n"));
  add("bob", 1);
  EXPECT_EQ(next(R"({"user":"ops"})"),
            "would be let in into a place reserved for administrators: 0 of 2 are taken");
}

TEST_F(AdminLimits, ExplainOfARoomSaysWhoCannotBeSeen) {
  boot(yaml("  interval: 5s\n",
            "rooms:\n  - { id: general, room_connections: { max: 2 } }\n  - { id: lobby }\n"));
  add("alice", listening({"chat.general.*"}));
  add("wide", listening({"chat.*.*"}));
  json room = explain(R"({"room":"general"})");
  EXPECT_EQ(room["next"], "would be let in: 1 of 2");
  EXPECT_THAT(joined(room["notes"]),
              AllOf(HasSubstr("1 connection hears several rooms"), HasSubstr("JetStream readers")));
  EXPECT_THAT(joined(room["counted"]), HasSubstr("user alice, since"));
  add("bob", listening({"chat.general.*"}));
  EXPECT_EQ(next(R"({"room":"general"})"), "would be kicked: room_connections, reject_new, 2 of 2");
  EXPECT_EQ(next(R"({"room":"lobby"})"), "would be let in: room_connections is unlimited");
  EXPECT_EQ(refusal(world, "limit.explain", R"({"room":"nowhere"})"), "room_not_found");
  EXPECT_EQ(refusal(world, "limit.explain", R"({"room":"a.b"})"), "bad_request");
  EXPECT_EQ(refusal(world, "limit.explain", R"({"server":"n9"})"), "bad_request");
  EXPECT_EQ(refusal(world, "limit.explain"), "bad_request");
  EXPECT_EQ(refusal(world, "limit.explain", R"({"account":true,"user":"bob"})"), "bad_request");
}

TEST_F(AdminLimits, ExplainOfAServerAndOfZero) {
  boot(yaml("  server_connections: { max: 0 }\n"));
  EXPECT_EQ(next(R"({"server":"fake"})"),
            "would be kicked: server_connections, reject_new, 0 of 0, which blocks everybody");
  EXPECT_THAT(joined(explain(R"({"user":"bob"})")["notes"]),
              HasSubstr("on server fake it would be kicked"));
}

TEST_F(AdminLimits, ExplainSaysWhoIsLetBeAfterALimitWasLowered) {
  const std::string lenient = ", on_limit: reject_new, enforce_now: false }\n";
  boot(yaml("  connections_per_user: { max: 5" + lenient));
  const Ids bobs = add("bob", 4);
  world.pass(10s);
  world.write_config(yaml("  connections_per_user: { max: 2" + lenient));
  world.pass(10s);
  const json bob = explain(R"({"user":"bob"})");
  EXPECT_EQ(bob["limit"]["headroom"], -2);
  EXPECT_THAT(joined(bob["notes"]), AllOf(HasSubstr("2 connections above the maximum are kept"),
                                          Not(HasSubstr("will be kicked"))));
  EXPECT_EQ(bob["next"], "would be kicked: connections_per_user, reject_new, 4 of 2");
  for (const FakeClientId id : bobs) EXPECT_TRUE(inside(id));
}

}  // namespace
}  // namespace roomkeeper::testing
