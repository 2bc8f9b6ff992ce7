// `connection watch` against a daemon that tells a story, one reply a question.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/connections.h"
#include "cli/display_width.h"
#include "tests/cli/fakes.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class ConnectionWatch : public ::testing::Test {
 protected:
  int run(std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"connection", "watch"});
    output.out.clear();
    output.err.clear();
    return run_in(world, output, words);
  }
  void tell(std::vector<api::ConnectionEvent> events, std::uint64_t next, std::uint64_t missed = 0,
            const std::string& daemon = "first") {
    world.answer(Verb::connection_events, api::ConnectionEventsReply{.events = std::move(events),
                                                                     .next = next,
                                                                     .missed = missed,
                                                                     .connections = 214,
                                                                     .daemon = daemon});
  }
  void fail(api::ApiCode code) {
    world.replies[Verb::connection_events].push_back(
        api::encode(api::ApiError{code, "it is \x1b gone", {}}));
  }
  api::ConnectionEvent event(std::uint64_t number, const std::string& what,
                             const std::string& user) const {
    api::ConnectionEvent one;
    one.number = number;
    one.at = world.clock.wall();
    one.what = what;
    one.server_name = "n1";
    one.cid = 41;
    one.user = user;
    if (what == "connect") {
      one.host = "10.0.0.7";
      one.kind = "websocket";
      one.name = "mobile";
    }
    if (what == "kick") {
      one.limit = "connections_per_user";
      one.reason = "evict_oldest";
    }
    if (what == "disconnect") one.reason = "Client Closed";
    return one;
  }
  std::vector<std::uint64_t> asked_after() const {
    std::vector<std::uint64_t> after;
    for (const std::string& request : world.requests(Verb::connection_events)) {
      const json value = json::parse(request);
      after.push_back(value.contains("after") ? value["after"].get<std::uint64_t>() : 9999);
    }
    return after;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream text(output.out);
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }

  World world;
  RecordedOutput output;
};

TEST_F(ConnectionWatch, ShowsOneLineAnEventUntilCtrlC) {
  tell({}, 100);
  tell({event(101, "connect", "bob")}, 101);
  tell({}, 101);
  tell({event(102, "kick", "bob"), event(103, "disconnect", "자유대화방사용자")}, 103);
  tell({}, 103);
  world.pauses_left = 6;
  EXPECT_EQ(run(), 0) << output.err;
  const auto shown = lines();
  ASSERT_EQ(shown.size(), 4U) << output.out;
  EXPECT_THAT(shown[0], AllOf(HasSubstr("TIME"), HasSubstr("CID@SERVER")));
  EXPECT_THAT(shown[1],
              HasSubstr("connect     bob             41@n1           10.0.0.7 websocket"));
  EXPECT_THAT(shown[2], HasSubstr("connections_per_user evict_oldest"));
  EXPECT_THAT(shown[3], AllOf(HasSubstr("자유대화방사용자"), HasSubstr("Client Closed")));
  EXPECT_THAT(output.err, HasSubstr("214 connections now"));
  EXPECT_THAT(asked_after(), ElementsAre(9999, 100, 101, 101, 103, 103));
}

TEST_F(ConnectionWatch, AsksEveryHalfSecondAndAtOnceInAStorm) {
  std::vector<api::ConnectionEvent> storm;
  for (std::uint64_t i = 1; i <= 500; ++i) storm.push_back(event(i, "connect", "bob"));
  tell({}, 0);
  tell(storm, 500);
  tell({}, 500);
  const policies::MonoTime began = world.clock.mono();
  EXPECT_EQ(run({"--for", "1600ms"}), 0);
  EXPECT_EQ(world.clock.mono() - began, 1600ms) << "no longer than asked for";
  // At 0, 0.5 s (the storm), at once, then 1.0 s, 1.5 s and 1.6 s.
  EXPECT_EQ(world.requests(Verb::connection_events).size(), 6U);
  EXPECT_EQ(lines().size(), 501U);
}

TEST_F(ConnectionWatch, TheUserIsSentAndJsonIsOneObjectALine) {
  tell({}, 5);
  tell({event(6, "connect", "bob\n\x1b")}, 6);
  tell({}, 6, 7);
  world.pauses_left = 3;
  EXPECT_EQ(run({"--user", "bob", "--json"}), 0);
  EXPECT_EQ(json::parse(world.requests(Verb::connection_events).at(1)),
            json::parse(R"({"after":5,"user":"bob","limit":500})"));
  const auto shown = lines();
  ASSERT_EQ(shown.size(), 2U) << output.out;
  EXPECT_EQ(json::parse(shown[0])["user"], "bob\n\x1b");
  EXPECT_EQ(json::parse(shown[0])["cid"], 41);
  EXPECT_EQ(json::parse(shown[1]), json::parse(R"({"what":"missed","missed":7})"));
}

TEST_F(ConnectionWatch, ARestartedDaemonIsReadFromItsBeginning) {
  tell({}, 100);
  // It would leave out its first 100 events.
  tell({event(101, "connect", "late")}, 101, 0, "second");
  tell({event(1, "connect", "early"), event(101, "connect", "late")}, 101, 0, "second");
  tell({}, 101, 0, "second");
  world.pauses_left = 4;
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(asked_after(), ElementsAre(9999, 100, 0, 101));
  const auto shown = lines();
  ASSERT_EQ(shown.size(), 4U) << output.out;
  EXPECT_THAT(shown[1], HasSubstr("-- Roomkeeper was restarted"));
  EXPECT_THAT(shown[2], HasSubstr("early"));
  EXPECT_THAT(shown[3], HasSubstr("late"));
}

TEST_F(ConnectionWatch, MissedEventsAreTold) {
  tell({}, 100);
  tell({event(900, "connect", "bob")}, 900, 799);
  tell({}, 900);
  world.pauses_left = 3;
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(output.out, HasSubstr("-- 799 events came too fast and are not shown --\n"));
}

TEST_F(ConnectionWatch, WaitsWhereNobodyAnswersForAWhileAndSaysSoOnce) {
  tell({}, 1);
  fail(api::ApiCode::not_connected);
  fail(api::ApiCode::not_ready);
  tell({event(2, "connect", "bob")}, 2);
  tell({}, 2);
  world.pauses_left = 5;
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(output.out, HasSubstr("bob"));
  EXPECT_THAT(output.out,
              HasSubstr("-- there was no answer for a while; events may be missing --\n"));
  EXPECT_THAT(output.err, HasSubstr("no answer: it is \\x1b gone; trying on\n"));
  EXPECT_EQ(output.err.find("trying on"), output.err.rfind("trying on"));
}

TEST_F(ConnectionWatch, AnInterruptionIsAnObjectOfItsOwnInJson) {
  tell({}, 1);
  fail(api::ApiCode::not_connected);
  tell({}, 1);
  world.pauses_left = 3;
  EXPECT_EQ(run({"--json"}), 0);
  EXPECT_THAT(output.out, HasSubstr(R"("what":"interrupted")"));
}

TEST_F(ConnectionWatch, WhatWillNotPassIsAnError) {
  fail(api::ApiCode::no_system_account);
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(output.out, "");
  world.replies[Verb::connection_events].clear();
  tell({}, 1);
  fail(api::ApiCode::no_system_account);
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(run({"--for", "soon"}), 1);
}

TEST_F(ConnectionWatch, EveryLineFitsEightyColumns) {
  output.terminal = true;
  output.columns = 80;
  api::ConnectionEvent wide = event(2, "connect", std::string(128, 'u') + "자유자유자유");
  wide.server_name = std::string(128, 's');
  wide.host = "2001:db8:1234:5678:9abc:def0:1234:5678";
  wide.name = "자유 \x1b[31m " + std::string(128, 'n');
  api::ConnectionEvent korean = event(3, "kick", "자유자유자유자유자유자유");
  korean.cid = 18'446'744'073'709'551'615U;
  tell({}, 1);
  tell({wide, korean}, 3);
  tell({}, 3);
  world.pauses_left = 3;
  EXPECT_EQ(run(), 0);
  ASSERT_EQ(lines().size(), 3U);
  for (const std::string& line : lines()) EXPECT_LE(display_width(line), 80) << line;
  EXPECT_THAT(output.out, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace roomkeeper::cli
