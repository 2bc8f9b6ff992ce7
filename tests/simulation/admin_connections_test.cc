// `connection.ls`, `connection.kick`, `connection.events` and the `ban` verbs through the whole
// daemon: every filter and every refusal.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/audit_entries.h"
#include "tests/simulation/limited_world.h"

namespace roomkeeper::testing {
namespace {

using api::AuditKind;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

using AdminConnections = LimitedWorld;

// ---- connection.ls

TEST_F(AdminConnections, AListIsFilteredByUserRoomServerWildcardAndOver) {
  world.nats.add_server("n2");
  boot(yaml("  connections_per_user: { max: 2, on_limit: reject_new }\n  kicks_per_second: 1\n"));
  add("alice", listening({"chat.general.*", "rooms.alice.>"}));
  add("bob", listening({"chat.general.bob", "chat.lobby.*"}, "n2"));
  add("carol", listening({"chat.*.*"}));
  EXPECT_THAT(users(R"({"user":"alice"})"), ElementsAre("alice"));
  EXPECT_THAT(users(R"({"room":"general"})"), ElementsAre("alice", "bob"));
  EXPECT_THAT(users(R"({"room":"lobby"})"), ElementsAre("bob"));
  EXPECT_THAT(users(R"({"server":"n2"})"), ElementsAre("bob"));
  EXPECT_THAT(users(R"({"server":")" + world.nats.server_id(1) + "\"}"), ElementsAre("bob"));
  EXPECT_THAT(users(R"({"wildcard":true})"), ElementsAre("carol"));
  EXPECT_THAT(users(R"({"room":"general","server":"n2","user":"bob"})"), ElementsAre("bob"));
  EXPECT_THAT(users(R"({"room":"general","wildcard":true})"), IsEmpty());
  EXPECT_THAT(users(R"({"over":true})"), IsEmpty());
  EXPECT_EQ(refusal(world, "connection.ls", R"({"room":"nowhere"})"), "room_not_found");
  EXPECT_EQ(refusal(world, "connection.ls", R"({"room":"a.b"})"), "bad_request");
  EXPECT_THAT(message("connection.ls", R"({"server":"n3"})"),
              AllOf(HasSubstr("these do:"), HasSubstr("n2"), HasSubstr("fake")));
  EXPECT_EQ(refusal(world, "connection.ls", R"({"limit":0})"), "bad_request");
}

TEST_F(AdminConnections, OverIsWhoeverALimitWithTooManyCounts) {
  boot(yaml("  connections_per_user: { max: 2, on_limit: reject_new }\n"));
  add("alice", 2);
  world.nats.silence("$SYS.REQ.SERVER.*.KICK");
  add("bob", 3);
  EXPECT_THAT(users(R"({"over":true})"), ElementsAre("bob", "bob", "bob"));
  world.nats.speak();
  world.pass(2min);
  EXPECT_THAT(users(R"({"over":true})"), IsEmpty());
}

TEST_F(AdminConnections, EachConnectionSaysWhatCountsItAndWhyNot) {
  boot(yaml("  connections_per_user: { max: 9 }\n"));
  add("bob", listening({"chat.general.*", "chat.lobby.bob", "chat.nowhere.*"}));
  add("kiosk", listening({"chat.general.*"}));
  add("robot", listening({"chat.general.*"}));
  add("", listening({}));
  add("ops", listening({">"}));
  const auto counts = [this](const std::string& user) {
    const json view = list(R"({"user":")" + user + "\"}")["connections"][0];
    std::string text = view["counts"].get<std::string>() + ":";
    for (const json& count : view["limits"]) {
      text += " " + count["limit"].get<std::string>();
      if (!count["of"].empty() && count["of"] != "") text += "/" + count["of"].get<std::string>();
      text += count["counted"] == true ? "+" : "-" + count["why"].get<std::string>();
    }
    return text;
  };
  EXPECT_EQ(counts("bob"),
            "yes: connections_per_user/bob+ room_connections/general+ room_connections/lobby+ "
            "account_connections+ server_connections/fake+");
  EXPECT_EQ(counts("kiosk"),
            "shared_user: connections_per_user/kiosk-shared_user room_connections/general+ "
            "account_connections+ server_connections/fake+");
  EXPECT_EQ(counts("robot"),
            "exempt_user: connections_per_user/robot-exempt_user "
            "room_connections/general-exempt_user account_connections-exempt_user "
            "server_connections/fake-exempt_user");
  EXPECT_THAT(counts("roomkeeper"), HasSubstr("own: connections_per_user/roomkeeper-own"));
  const json ops = list(R"({"user":"ops"})")["connections"][0];
  EXPECT_EQ(ops["admin"], true);
  EXPECT_EQ(ops["wildcard"], true);
  EXPECT_THAT(ops["rooms"], IsEmpty());
  EXPECT_EQ(list(R"({"user":"bob"})")["connections"][0]["rooms_total"], 2);
}

TEST_F(AdminConnections, PagesOfAListAreOfOneLookAndMissNobody) {
  boot(yaml("  connections_per_user: { max: 9999 }\n"));
  add("bob", 25);
  std::set<std::uint64_t> seen;
  std::uint64_t total = 0;
  for (std::uint64_t offset = 0; offset < 40; offset += 10) {
    const json page = list(R"({"user":"bob","limit":10,"offset":)" + std::to_string(offset) + "}");
    total = page["total"];
    for (const json& one : page["connections"]) seen.insert(one["cid"].get<std::uint64_t>());
    // Who comes in between shifts nothing.
    add("bob", 1);
  }
  EXPECT_EQ(total, 25U);
  EXPECT_EQ(seen.size(), 25U);
}

TEST_F(AdminConnections, AReplyStaysBelowMaxPayloadWhateverTheNamesAre) {
  boot(yaml("  connections_per_user: { max: 9999 }\n"));
  FakeClientOptions loud = listening({});
  loud.name = std::string(3000, '\x01');
  for (int i = 0; i < 300; ++i) world.nats.add_client("APP", "bob", loud);
  world.pass(10s);
  const json first = list(R"({"user":"bob","limit":1000})");
  ASSERT_TRUE(first.contains("total")) << first.dump().substr(0, 200);
  EXPECT_EQ(first["total"], 300);
  ASSERT_LT(first["connections"].size(), 300U);
  ASSERT_GT(first["connections"].size(), 0U);
  std::size_t got = first["connections"].size();
  while (got < 300) {
    const json page = list(R"({"user":"bob","limit":1000,"offset":)" + std::to_string(got) + "}");
    ASSERT_GT(page["connections"].size(), 0U);
    got += page["connections"].size();
  }
  EXPECT_EQ(got, 300U);
}

TEST_F(AdminConnections, ASilentServerIsNamed) {
  const std::size_t other = world.nats.add_server("n2");
  boot(yaml("  connections_per_user: { max: 2 }\n"));
  add("bob", listening({}, "n2"));
  world.pass(5s);
  world.nats.set_silent(other, true);
  EXPECT_THAT(list("{}")["silent_servers"], ElementsAre("n2"));
  // Whoever has not been heard of for a while is known by id only.
  const json shown = ask(world, "limit.show")["silent_servers"];
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_THAT(shown[0].get<std::string>(), AnyOf("n2", world.nats.server_id(other)));
  EXPECT_THAT(joined(explain(R"({"user":"bob"})")["notes"]),
              HasSubstr("does not answer: its connections are not counted here"));
  world.pass(1min);
  EXPECT_EQ(ask(world, "connection.ls")["silent_servers"].size(), 0U) << "it has left for good";
}

// ---- connection.kick

TEST_F(AdminConnections, ARoomIsKickedEmptyAndNobodyElse) {
  boot(yaml("  connections_per_user: { max: 9 }\n"));
  const FakeClientId alice = add("alice", listening({"chat.general.*", "rooms.alice.notice"}));
  const FakeClientId bob = add("bob", listening({"chat.general.bob"}));
  const FakeClientId carol = add("carol", listening({"chat.lobby.*"}));
  const FakeClientId wide = add("wide", listening({"chat.*.*"}));
  const json reply = json::parse(ask_as(world, "ops@desk", "connection.kick",
                                        R"({"room":"general","reason":"the room is closed"})"));
  EXPECT_EQ(reply,
            json::parse(R"({"kicked":2,"gone":0,"failures":[],"failed":0,"silent_servers":[]})"));
  EXPECT_FALSE(inside(alice) || inside(bob));
  EXPECT_TRUE(inside(carol) && inside(wide));
  const json notice = json::parse(world.nats.client(alice).received.at(0).data);
  EXPECT_EQ(notice["code"], "kicked");
  EXPECT_EQ(notice["text"], "the room is closed");
  world.pass(5s);
  const api::AuditRecord entry = only_entry(world, AuditKind::kick);
  EXPECT_EQ(entry.room, "general");
  EXPECT_EQ(entry.user, "");
  EXPECT_EQ(entry.connections, 2U);
  EXPECT_EQ(entry.text, "the room is closed");
  EXPECT_EQ(entry.actor.claimed, "ops@desk");
  EXPECT_EQ(refusal(world, "connection.kick", R"({"room":"general"})"), "connection_not_found");
}

TEST_F(AdminConnections, KickRefusesWhatItDoesNotUnderstand) {
  boot(yaml("  connections_per_user: { max: 9 }\n"));
  add("bob", 1);
  for (const char* request :
       {"{}", R"({"user":"bob","room":"general"})", R"({"cid":1,"room":"general"})",
        R"({"user":"bob","reason":"two\nlines"})", R"({"room":"a b"})", R"({"cid":"1"})"}) {
    EXPECT_EQ(refusal(world, "connection.kick", request), "bad_request") << request;
  }
  const std::string long_reason(257, 'x');
  EXPECT_EQ(refusal(world, "connection.kick", R"({"user":"bob","reason":")" + long_reason + "\"}"),
            "bad_request");
  EXPECT_EQ(refusal(world, "connection.kick", R"({"room":"nowhere"})"), "room_not_found");
  EXPECT_EQ(refusal(world, "connection.kick", R"({"user":"nobody"})"), "connection_not_found");
  EXPECT_EQ(refusal(world, "connection.kick", R"({"user":"roomkeeper"})"), "unsafe");
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(world.nats.connected("APP", "bob").size(), 1U);
}

// ---- connection.events

TEST_F(AdminConnections, EventsTellWhoCameLeftAndWasKicked) {
  boot(yaml("  connections_per_user: { max: 2, on_limit: evict_oldest }\n"));
  const json begin = ask(world, "connection.events");
  EXPECT_THAT(begin["events"], IsEmpty());
  const std::string after = std::to_string(begin["next"].get<std::uint64_t>());
  const Ids bobs = add("bob", 3);
  add("alice", 1);
  world.pass(3s);
  const json all = ask(world, "connection.events", R"({"after":)" + after + "}");
  EXPECT_EQ(all["daemon"], begin["daemon"]);
  EXPECT_EQ(all["missed"], 0);
  std::vector<std::string> told;
  for (const json& event : all["events"])
    told.push_back(event["what"].get<std::string>() + " " + event["user"].get<std::string>() + " " +
                   std::to_string(event["cid"].get<std::uint64_t>()));
  const std::string first = std::to_string(cid(bobs[0]));
  EXPECT_EQ(std::count(told.begin(), told.end(), "connect bob " + first), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "kick bob " + first), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "disconnect bob " + first), 1);
  const json bob = ask(world, "connection.events", R"({"user":"alice","after":)" + after + "}");
  ASSERT_EQ(bob["events"].size(), 1U);
  EXPECT_EQ(bob["events"][0]["what"], "connect");
  const json page = ask(world, "connection.events", R"({"limit":2,"after":)" + after + "}");
  ASSERT_EQ(page["events"].size(), 2U);
  EXPECT_EQ(page["next"], page["events"][1]["number"]);
  EXPECT_GT(all["connections"], 2);
}

TEST_F(AdminConnections, ARestartIsSeenInTheEvents) {
  boot(yaml("  connections_per_user: { max: 2 }\n"));
  const json before = ask(world, "connection.events");
  world.shut_down();
  world.pass(1s);
  world.boot();
  world.pass(3s);
  EXPECT_NE(ask(world, "connection.events")["daemon"], before["daemon"]);
}

// ---- bans

TEST_F(AdminConnections, ABanEndsEveryConnectionNowAndAtReturnUntilItIsLifted) {
  boot(yaml("  connections_per_user: { max: 9 }\n"));
  const FakeClientId bob = world.nats.add_client("APP", "bob", {});
  const Ids alice = add("alice", 1);
  world.pass(1s);
  const json added = json::parse(
      ask_as(world, "ops@desk", "ban.add", R"({"user":"bob","seconds":3600,"reason":"spam"})"));
  EXPECT_EQ(added["connections"], 1) << added;
  EXPECT_EQ(added["ban"]["user"], "bob");
  EXPECT_EQ(added["ban"]["reason"], "spam");
  EXPECT_THAT(added["ban"]["by"].get<std::string>(), HasSubstr("ops@desk"));
  EXPECT_EQ(list(R"({"user":"bob"})")["connections"].empty() ||
                list(R"({"user":"bob"})")["connections"][0]["banned"] == true,
            true);
  world.pass(1min);
  EXPECT_GT(world.nats.client(bob).lost, 10U) << "at every return, every 2 s";
  EXPECT_TRUE(inside(alice[0]));
  EXPECT_THAT(next(R"({"user":"bob"})"),
              HasSubstr("would be kicked at once: banned until 2026-11-22T11:00:0"));
  const json bans = ask(world, "ban.ls");
  EXPECT_EQ(bans["total"], 1);
  EXPECT_GT(bans["bans"][0]["kicks"], 10);
  EXPECT_EQ(ask(world, "ban.ls", R"({"user":"alice"})")["total"], 0);
  EXPECT_EQ(ask(world, "status")["bans"], 1);
  EXPECT_EQ(ask(world, "ban.rm", R"({"user":"bob"})")["user"], "bob");
  world.pass(10s);
  const std::uint64_t lost = world.nats.client(bob).lost;
  world.pass(1min);
  EXPECT_TRUE(inside(bob));
  EXPECT_EQ(world.nats.client(bob).lost, lost);
  EXPECT_EQ(refusal(world, "ban.rm", R"({"user":"bob"})"), "ban_not_found");
  world.pass(5s);
  EXPECT_EQ(only_entry(world, AuditKind::ban).actor.claimed, "ops@desk");
  EXPECT_EQ(only_entry(world, AuditKind::unban).reason, policies::Reason::ban_ended);
}

TEST_F(AdminConnections, WhoKeepsTheHouseCannotBeBanned) {
  boot(yaml("  connections_per_user: { max: 9 }\n"));
  const auto refused = [this](const std::string& user) {
    const std::string request = json{{"user", user}, {"seconds", 60}}.dump();
    EXPECT_EQ(refusal(world, "ban.add", request), "unsafe") << user;
    return message("ban.add", request);
  };
  EXPECT_THAT(refused("roomkeeper"), HasSubstr("Roomkeeper's own user"));
  EXPECT_THAT(refused("ops"), HasSubstr("limits.admin_users"));
  EXPECT_THAT(refused("robot"), HasSubstr("limits.exempt_users"));
  EXPECT_THAT(refused("kiosk"), HasSubstr("limits.shared_users"));
  EXPECT_THAT(refused("[REDACTED]"), HasSubstr("no name"));
  for (const char* request :
       {"{}", R"({"user":"bob"})", R"({"user":"","seconds":1})", R"({"user":"bob","seconds":0})",
        R"({"user":"bob","seconds":315360001})", R"({"user":"bob","seconds":1,"reason":"a\nb"})"}) {
    EXPECT_EQ(refusal(world, "ban.add", request), "bad_request") << request;
  }
  EXPECT_EQ(refusal(world, "ban.add", json{{"user", std::string(257, 'x')}, {"seconds", 1}}.dump()),
            "bad_request");
  EXPECT_EQ(refusal(world, "ban.rm", R"({"user":""})"), "bad_request");
  EXPECT_EQ(ask(world, "ban.ls")["total"], 0);
}

TEST_F(AdminConnections, BansAreListedInPages) {
  boot(yaml("  connections_per_user: { max: 9 }\n"));
  for (const char* user : {"a", "b", "c"})
    EXPECT_EQ(refusal(world, "ban.add", json{{"user", user}, {"seconds", 60}}.dump()), "");
  const json page = ask(world, "ban.ls", R"({"limit":2,"offset":1})");
  EXPECT_EQ(page["total"], 3);
  ASSERT_EQ(page["bans"].size(), 2U);
  EXPECT_EQ(page["bans"][0]["user"], "b");
  world.pass(2min);
  EXPECT_EQ(ask(world, "ban.ls")["total"], 0) << "their time is over";
}

TEST_F(AdminConnections, WithoutASystemAccountEachOfThemSaysSo) {
  world.with_system = false;
  boot(yaml("  account_connections: { max: 5 }\n"));
  for (const auto& [verb, request] : std::vector<std::pair<std::string, std::string>>{
           {"connection.ls", "{}"},
           {"connection.kick", R"({"room":"general"})"},
           {"connection.events", "{}"},
           {"limit.show", "{}"},
           {"limit.explain", R"({"account":true})"},
           {"ban.add", R"({"user":"bob","seconds":60})"},
           {"ban.ls", "{}"},
           {"ban.rm", R"({"user":"bob"})"}}) {
    EXPECT_EQ(refusal(world, verb, request), "no_system_account") << verb;
  }
  const json status = ask(world, "status");
  EXPECT_EQ(status["limits_enforced"], false);
  EXPECT_EQ(status["limits"][0]["max"], 5);
  const json doctor = ask(world, "doctor");
  const auto found =
      std::find_if(doctor["findings"].begin(), doctor["findings"].end(),
                   [](const json& finding) { return finding["check"] == "system.account"; });
  ASSERT_NE(found, doctor["findings"].end());
  EXPECT_EQ((*found)["severity"], "warning");
}

}  // namespace
}  // namespace roomkeeper::testing
