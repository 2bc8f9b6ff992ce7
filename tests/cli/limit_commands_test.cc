// `connection ls|kick`, `limit show|explain`, `ban add|ls|rm` against a world that answers.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/connections.h"
#include "api/limits.h"
#include "cli/display_width.h"
#include "tests/cli/fakes.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class LimitCommands : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words) {
    output.out.clear();
    output.err.clear();
    return run_in(world, output, words);
  }
  json request(Verb verb, std::size_t number = 0) {
    const auto requests = world.requests(verb);
    return number < requests.size() ? json::parse(requests[number]) : json("not asked");
  }
  /// Columns of the widest line.
  int widest() const {
    int most = 0;
    std::istringstream lines(output.out);
    for (std::string line; std::getline(lines, line);) most = std::max(most, display_width(line));
    return most;
  }
  api::ConnectionView connection(const std::string& user, const std::vector<std::string>& rooms) {
    api::ConnectionView one;
    one.server_id = "NSERVER";
    one.server_name = "n1";
    one.cid = 41;
    one.account = "APP";
    one.user = user;
    one.host = "10.0.0.7";
    one.kind = "websocket";
    one.start = world.clock.wall() - 5min;
    one.counts = "yes";
    one.rooms = rooms;
    one.rooms_total = rooms.size();
    one.limits.push_back({"connections_per_user", user, true, ""});
    for (const std::string& room : rooms)
      one.limits.push_back({"room_connections", room, true, ""});
    one.limits.push_back({"account_connections", "", true, ""});
    one.limits.push_back({"server_connections", "n1", true, ""});
    return one;
  }
  static api::LimitView limit(const std::string& kind, const std::string& of, std::uint64_t used,
                              std::optional<int> max) {
    api::LimitView view;
    view.limit = kind;
    view.of = of;
    view.used = used;
    view.max = max;
    view.on_limit = "reject_new";
    if (max) view.headroom = *max - static_cast<int>(used);
    view.rule = kind;
    view.origin = "rk.yaml:12:5";
    return view;
  }

  World world;
  RecordedOutput output;
};

TEST_F(LimitCommands, AListSaysWhereEachConnectionCounts) {
  api::ConnectionView shared = connection("lobby", {"general"});
  shared.counts = "shared_user";
  shared.limits[0].counted = false;
  shared.limits[0].why = "shared_user";
  api::ConnectionView own = connection("roomkeeper", {});
  own.counts = "own";
  for (api::ConnectionCount& count : own.limits) count.counted = false;
  api::ConnectionView wide = connection("bot", {});
  wide.wildcard = wide.admin = wide.banned = true;
  const api::ConnectionView many = connection("자유", {"a", "b", "c", "d", "e"});
  world.answer(Verb::connection_ls,
               api::ConnectionListReply{
                   .connections = {shared, own, wide, many}, .total = 4, .silent_servers = {"n2"}});
  EXPECT_EQ(run({"connection", "ls"}), 0) << output.err;
  EXPECT_THAT(output.out, AllOf(HasSubstr("room general, account, server, not user: shared_user"),
                                HasSubstr("nowhere: own"),
                                HasSubstr("banned, user, account, server, wildcard, admin"),
                                HasSubstr("user, rooms a, b, c +2, account, server"),
                                HasSubstr("자유"), HasSubstr("Server n2 did not answer")));
  EXPECT_EQ(request(Verb::connection_ls),
            json::parse(R"({"user":"","room":"","server":"","over":false,"wildcard":false,
                            "limit":500,"offset":0})"));
}

TEST_F(LimitCommands, EveryFilterIsSent) {
  world.answer(Verb::connection_ls, api::ConnectionListReply{});
  EXPECT_EQ(run({"--server", "nats://h:1", "conn", "ls", "--user", "bob", "--room", "general",
                 "--server", "n1", "--over", "--wildcard", "--limit", "7"}),
            0)
      << output.err;
  EXPECT_EQ(request(Verb::connection_ls),
            json::parse(R"({"user":"bob","room":"general","server":"n1","over":true,
                            "wildcard":true,"limit":7,"offset":0})"));
}

TEST_F(LimitCommands, PagesAreReadToTheEndAlsoWhereTheyAreShort) {
  const api::ConnectionView one = connection("bob", {});
  world.answer(Verb::connection_ls,
               api::ConnectionListReply{.connections = {one, one}, .total = 3});
  world.answer(Verb::connection_ls, api::ConnectionListReply{.connections = {one}, .total = 3});
  EXPECT_EQ(run({"connection", "ls", "--json"}), 0);
  EXPECT_EQ(json::parse(output.out)["connections"].size(), 3U);
  EXPECT_EQ(request(Verb::connection_ls, 1)["offset"], 2);
}

TEST_F(LimitCommands, AListFitsATerminalOfEightyColumns) {
  output.terminal = true;
  output.columns = 80;
  api::ConnectionView one = connection("아주긴사용자이름입니다정말로", {"a-long-room", "b", "c"});
  one.host = "2001:db8:1234:5678:9abc:def0:1234:5678";
  one.server_name = "a-server-with-a-long-name";
  one.name = "\x1b[31mred";
  world.answer(Verb::connection_ls, api::ConnectionListReply{.connections = {one}, .total = 1});
  EXPECT_EQ(run({"connection", "ls"}), 0);
  EXPECT_LE(widest(), 80);
  EXPECT_THAT(output.out, Not(HasSubstr("\x1b")));
  output.terminal = false;
  output.columns = 0;
  EXPECT_EQ(run({"connection", "ls"}), 0);
  EXPECT_THAT(output.out, HasSubstr("2001:db8:1234:5678:9abc:def0:1234:5678")) << "nothing is cut";
}

TEST_F(LimitCommands, KickByCidUserOrRoom) {
  world.answer(Verb::connection_kick, api::KickReply{.kicked = 2, .gone = 1});
  EXPECT_EQ(run({"conn", "kick", "--cid", "41", "--server-id", "N1", "--reason", "be nice"}), 0);
  EXPECT_EQ(request(Verb::connection_kick),
            json::parse(R"({"server_id":"N1","cid":41,"user":"","room":"","reason":"be nice"})"));
  EXPECT_EQ(output.out, "2 connections ended, 1 already gone\n");
  EXPECT_EQ(run({"conn", "kick", "--room", "general"}), 1);
  EXPECT_THAT(output.err, HasSubstr("all connections in room general would be ended"));
  EXPECT_EQ(run({"conn", "kick", "--room", "general", "--yes"}), 0);
  EXPECT_EQ(request(Verb::connection_kick, 1),
            json::parse(R"({"server_id":"","user":"","room":"general","reason":""})"));
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"conn", "kick", "--yes"},
           {"conn", "kick", "41", "--cid", "41"},
           {"conn", "kick", "--cid", "-1"},
           {"conn", "kick", "41", "--room", "general", "--yes"},
           {"conn", "kick", "--user", "bob", "--room", "general", "--yes"},
           {"conn", "kick", "--user", "bob", "--server-id", "N1", "--yes"}}) {
    EXPECT_EQ(run(words), 1) << ::testing::PrintToString(words);
  }
  EXPECT_EQ(world.requests(Verb::connection_kick).size(), 2U);
}

TEST_F(LimitCommands, AKickThatFailedIsAnError) {
  world.answer(Verb::connection_kick, api::KickReply{.kicked = 15'000,
                                                     .failures = {"cid 41: n1 is \x1b gone"},
                                                     .failed = 5'000,
                                                     .silent_servers = {"n2"}});
  EXPECT_EQ(run({"conn", "kick", "41"}), 1);
  EXPECT_EQ(output.out, "15,000 connections ended, 5,000 failed\n");
  EXPECT_THAT(output.err, HasSubstr("Server n2 did not answer: its connections were not seen"));
  EXPECT_THAT(output.err, HasSubstr("failed: cid 41: n1 is \\x1b gone"));
}

TEST_F(LimitCommands, ShowIsATable) {
  api::LimitView account = limit("account_connections", "", 498, 500);
  account.reserved_for_admins = 2;
  api::LimitShowReply reply;
  reply.limits = {limit("connections_per_user", "bob\x1b[0m", 5, 3), account,
                  limit("room_connections", "general", 7, std::nullopt)};
  reply.left_out = 12;
  reply.enforced = true;
  reply.wildcard_listeners = 2;
  reply.delayed = 1;
  reply.silent_servers = {"n2"};
  world.answer(Verb::limit_show, reply);
  EXPECT_EQ(run({"limit", "show"}), 0) << output.err;
  EXPECT_THAT(output.out,
              AllOf(HasSubstr("connections_per_user"), HasSubstr("bob\\x1b[0m"), HasSubstr("-2"),
                    HasSubstr("500+2"), HasSubstr("rk.yaml:12:5"), HasSubstr("12 more rows"),
                    HasSubstr("2 connections hear several rooms and count in none"),
                    HasSubstr("1 connection has to go and will"), HasSubstr("Server n2 did not")));
  EXPECT_THAT(output.out, Not(HasSubstr("Not enforced")));
  EXPECT_EQ(request(Verb::limit_show),
            json::parse(R"({"limit":"","over":false,"all":false,"max_rows":100})"));
  EXPECT_EQ(run({"limit", "show", "--kind", "room_connections", "--over", "--all", "--limit", "9",
                 "--json"}),
            0);
  EXPECT_EQ(request(Verb::limit_show, 1),
            json::parse(R"({"limit":"room_connections","over":true,"all":true,"max_rows":9})"));
  EXPECT_EQ(json::parse(output.out)["limits"].size(), 3U);
  EXPECT_EQ(run({"limit", "show", "--limit", "1001"}), 1);
  EXPECT_EQ(run({"limit", "show", "--kind", "ban"}), 1);
  EXPECT_THAT(output.err, HasSubstr("--kind: expected one of connections_per_user"));
  EXPECT_EQ(world.requests(Verb::limit_show).size(), 2U) << "nobody was asked";
  output.terminal = true;
  output.columns = 80;
  EXPECT_EQ(run({"limit", "show"}), 0);
  EXPECT_LE(widest(), 80);
}

TEST_F(LimitCommands, ShowSaysWhyNothingIsEnforced) {
  world.answer(Verb::limit_show, api::LimitShowReply{.note = "no limit is configured"});
  EXPECT_EQ(run({"limit", "show"}), 0);
  EXPECT_EQ(output.out, "No limit to show.\nNot enforced: no limit is configured\n");
}

TEST_F(LimitCommands, ExplainIsPlainWords) {
  api::LimitExplainReply reply;
  reply.limit = limit("connections_per_user", "bot-7", 5, 3);
  reply.limit.rule = "users/bot-*";
  reply.limit.reserved_for_admins = 1;
  reply.limit.enforce_now = false;
  reply.admin = reply.banned = true;
  reply.next = "would be kicked: connections_per_user, reject_new, 5 of 3";
  reply.counted = {"server n1 cid 41 since 2026-11-22T07:55:01Z"};
  reply.notes = {"a note", "\x1b[2Janother"};
  world.answer(Verb::limit_explain, reply);
  EXPECT_EQ(run({"limit", "explain", "--user", "bot-7"}), 0) << output.err;
  EXPECT_EQ(request(Verb::limit_explain),
            json::parse(R"({"user":"bot-7","room":"","server":"","account":false})"));
  EXPECT_EQ(output.out,
            "Limit           connections_per_user of user bot-7\n"
            "Maximum         3, reject_new, and 1 more for administrators; lowered, it lets those "
            "inside stay\n"
            "Rule            users/bot-*\n"
            "Written at      rk.yaml:12:5\n"
            "Used            5 connections, 2 too many\n"
            "Administrator   may take reserved places\n"
            "Banned          yes\n"
            "Next connection would be kicked: connections_per_user, reject_new, 5 of 3\n"
            "Counted         server n1 cid 41 since 2026-11-22T07:55:01Z\n"
            "                and 4 more\n"
            "Note            a note\n"
            "                \\x1b[2Janother\n");
  output.terminal = true;
  output.columns = 60;
  EXPECT_EQ(run({"limit", "explain", "--user", "bot-7"}), 0);
  EXPECT_LE(widest(), 60);
}

TEST_F(LimitCommands, ExplainTakesExactlyOne) {
  world.answer(Verb::limit_explain, api::LimitExplainReply{});
  EXPECT_EQ(run({"limit", "explain"}), 1);
  EXPECT_EQ(run({"limit", "explain", "--account", "--room", "general"}), 1);
  EXPECT_TRUE(world.requests(Verb::limit_explain).empty());
  EXPECT_EQ(run({"limit", "explain", "--server", "n1"}), 0);
  EXPECT_EQ(request(Verb::limit_explain)["server"], "n1");
  EXPECT_EQ(run({"limit", "explain", "--account", "--json"}), 0);
  EXPECT_EQ(request(Verb::limit_explain, 1)["account"], true);
}

class BanCommands : public LimitCommands {
 protected:
  api::BanView ban(const std::string& user) const {
    api::BanView view;
    view.user = user;
    view.since = world.clock.wall() - 1h;
    view.until = world.clock.wall() + 1h;
    view.by = "ops@example";
    view.reason = "spam in general";
    view.kicks = 2;
    return view;
  }
};

TEST_F(BanCommands, AddNeedsATimeAndConsent) {
  world.answer(Verb::ban_add, api::BanAddReply{.ban = ban("bob"), .connections = 2});
  EXPECT_EQ(run({"ban", "add", "bob", "--yes"}), 1);
  EXPECT_THAT(output.err, HasSubstr("--for DURATION is missing"));
  for (const char* time : {"0", "1", "-1h", "3651d", "soon"})
    EXPECT_EQ(run({"ban", "add", "bob", "--for", time, "--yes"}), 1) << time;
  EXPECT_EQ(run({"ban", "add", "bob", "--for", "1h"}), 1);
  EXPECT_THAT(output.err, HasSubstr("bob would be banned for 1h"));
  EXPECT_TRUE(world.requests(Verb::ban_add).empty());
  EXPECT_EQ(run({"ban", "add", "bob", "--for", "90m", "--reason", "spam", "--yes"}), 0);
  EXPECT_EQ(request(Verb::ban_add),
            json::parse(R"({"user":"bob","seconds":5400,"reason":"spam"})"));
  EXPECT_THAT(output.out,
              AllOf(HasSubstr("bob is banned until 20"), HasSubstr("2 connections are ended\n")));
  // A part of a second is a whole one: never less than was asked for.
  EXPECT_EQ(run({"ban", "add", "bob", "--for", "1500ms", "--yes", "--json"}), 0);
  EXPECT_EQ(request(Verb::ban_add, 1)["seconds"], 2);
  EXPECT_EQ(json::parse(output.out)["connections"], 2);
  output.terminal = true;
  output.input = "yes";
  EXPECT_EQ(run({"ban", "add", "bob", "--for", "1h"}), 0);
  output.input = "no";
  EXPECT_EQ(run({"ban", "add", "bob", "--for", "1h"}), 1);
  EXPECT_EQ(world.requests(Verb::ban_add).size(), 3U);
}

TEST_F(BanCommands, ListIsPutTogetherFromPages) {
  world.answer(Verb::ban_ls,
               api::BanListReply{.bans = {ban("bob"), ban("\x1b[31mred")}, .total = 3});
  world.answer(Verb::ban_ls, api::BanListReply{.bans = {ban("홍길동")}, .total = 3});
  EXPECT_EQ(run({"ban", "ls"}), 0) << output.err;
  EXPECT_THAT(output.out, AllOf(HasSubstr("USER"), HasSubstr("홍길동"), HasSubstr("in 1h"),
                                HasSubstr("ops@example"), HasSubstr("spam in general"),
                                Not(HasSubstr("\x1b"))));
  EXPECT_EQ(request(Verb::ban_ls, 1)["offset"], 2);
}

TEST_F(BanCommands, NobodyAndAnEnd) {
  world.answer(Verb::ban_ls, api::BanListReply{});
  EXPECT_EQ(run({"ban", "ls"}), 0);
  EXPECT_EQ(output.out, "Nobody is banned.\n");
  world.answer(Verb::ban_rm, ban("bob"));
  EXPECT_EQ(run({"ban", "rm", "bob"}), 0);
  EXPECT_EQ(request(Verb::ban_rm), json::parse(R"({"user":"bob"})"));
  EXPECT_EQ(output.out, "bob is not banned any more; 2 connections were ended by it\n");
  EXPECT_EQ(run({"ban", "rm"}), 1);
}

}  // namespace
}  // namespace roomkeeper::cli
