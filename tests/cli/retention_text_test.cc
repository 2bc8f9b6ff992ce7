// `roomctl retention`: what it asks, what it prints, and that it fits a terminal.
#include <algorithm>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/retention.h"
#include "cli/display_width.h"
#include "cli/render_retention.h"
#include "cli/wrap.h"
#include "policies/rfc3339.h"
#include "tests/cli/fakes.h"

namespace roomkeeper::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

policies::WallTime at(std::string_view text) {
  return policies::parse_rfc3339(text).value();
}

api::RetentionRow seoul_row() {
  api::RetentionRow row;
  row.template_name = "default";
  row.rule = "until midnight, 0 days, Asia/Seoul";
  row.kind = "midnight";
  row.timezone = "Asia/Seoul";
  row.rooms = 21;
  row.messages = 12841;
  row.boundary = at("2026-11-21T15:00:00Z");
  row.next_deadline = at("2026-11-22T15:00:00Z");
  row.last_closed = at("2026-11-21T15:00:00Z");
  row.closed_late_seconds = 2.01;
  return row;
}

api::RetentionReply two_rows() {
  api::RetentionReply reply;
  reply.server_time = at("2026-11-22T09:00:00Z");
  api::RetentionRow age;
  age.template_name = "archive";
  age.rule = "for 30d";
  age.kind = "for";
  age.rooms = 1;
  reply.rows = {age, seoul_row()};
  return reply;
}

api::RoomRetentionReply general() {
  api::RoomRetentionReply room;
  room.room = "general";
  room.template_name = "default";
  room.source = "rooms.yaml:12";
  room.owner = "file";
  room.server_time = at("2026-11-22T09:00:00Z");
  room.rule = "until midnight, 0 days, Asia/Seoul";
  room.kind = "midnight";
  room.timezone = "Asia/Seoul";
  room.origin = "template default, rooms.yaml:4:5";
  room.state = "ready";
  room.reason = "ok";
  room.boundary = at("2026-11-21T15:00:00Z");
  room.next_deadline = at("2026-11-22T15:00:00Z");
  room.messages = 512;
  room.oldest_message = at("2026-11-22T00:01:12.5Z");
  room.oldest_gone_at = at("2026-11-22T15:00:00Z");
  room.max_age_seconds = 93600;
  room.backstop = true;
  room.max_messages = 10000;
  room.on_full = "drop_old";
  room.stream_retention = "limits";
  room.last_purged = at("2026-11-21T15:00:00.03Z");
  room.last_purged_messages = 498;
  room.last_purged_reason = "midnight";
  return room;
}

int widest(const std::string& text) {
  std::istringstream lines(text);
  int most = 0;
  for (std::string line; std::getline(lines, line);) most = std::max(most, display_width(line));
  return most;
}

TEST(RetentionText, ARowIsAParagraphWithLocalTimesAndUtc) {
  EXPECT_EQ(render_retention(two_rows(), 0),
            "archive: for 30d - 1 room, 0 messages\n"
            "  kept by         JetStream itself, by max_age\n"
            "default: until midnight, 0 days, Asia/Seoul - 21 rooms, 12,841 messages\n"
            "  boundary        2026-11-22T00:00:00+09:00 (2026-11-21T15:00:00Z)\n"
            "  next deadline   2026-11-23T00:00:00+09:00 (2026-11-22T15:00:00Z), in 6h\n"
            "  last deadline   2026-11-22T00:00:00+09:00 (2026-11-21T15:00:00Z), closed 2.01\n"
            "                  s after it\n"
            "  overdue         nothing\n");
}

TEST(RetentionText, SaysWhatIsWrong) {
  api::RetentionReply reply = two_rows();
  reply.halted = "not connected to NATS: \x1b[31m";
  reply.doubt = "clock_skew";
  reply.doubt_text = "the server's clock is 86400 s away from ours";
  reply.clock_skew_seconds = 86400;
  api::RetentionRow& row = reply.rows[1];
  row.overdue_rooms = 2;
  row.overdue_seconds = 3725;
  row.oldest_overdue_room = "general";
  row.held_rooms = 1;
  row.wanted = "until midnight, 0 days, Pacific/Auckland";
  row.made_up = true;
  const std::string text = render_retention(reply, 80);
  EXPECT_THAT(text, HasSubstr("Roomkeeper does not act: not connected to NATS: \\x1b[31m"));
  EXPECT_THAT(text, HasSubstr("The last pass proves nothing: clock_skew"));
  EXPECT_THAT(text, HasSubstr("The server's clock is 1d 0h ahead of ours: nothing is purged."));
  EXPECT_THAT(text, HasSubstr("2 rooms; the oldest message for 1h 2m, in room general"));
  EXPECT_THAT(text, HasSubstr("1 room waiting for the copy of a hold"));
  EXPECT_THAT(text, HasSubstr("until midnight, 0 days, Pacific/Auckland was asked for and"));
  EXPECT_THAT(text, HasSubstr("made up"));
  EXPECT_LE(widest(text), 80);
}

TEST(RetentionText, ARoomInPlainWords) {
  const std::string text = render_room_retention(general(), 80);
  for (const char* line :
       {"Rule in force   until midnight, 0 days, Asia/Seoul\n",
        "From            template default, rooms.yaml:4:5\n", "Written in      rooms.yaml:12\n",
        "Oldest message  2026-11-22T09:01:12+09:00 (2026-11-22T00:01:12Z)\n",
        "It is gone at   2026-11-23T00:00:00+09:00 (2026-11-22T15:00:00Z), in 6h\n",
        "Next purge      2026-11-23T00:00:00+09:00 (2026-11-22T15:00:00Z), in 6h\n",
        "JetStream       deletes what is older than 1d 2h (max_age), a backstop while\n",
        "at most 10,000 messages; when it is full, the oldest go early",
        "Overdue         nothing\n", "498 messages at 2026-11-22T00:00:00+09:00"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_LE(widest(text), 80);
}

TEST(RetentionText, WhatWaitsAndWhatIsOverdueIsExplained) {
  api::RoomRetentionReply room = general();
  room.state = "pending_consent";
  room.reason = "lossy_change";
  room.wanted = "until midnight, 0 days, Pacific/Auckland";
  room.wanted_origin = "template default, rooms.yaml:4:5";
  room.waits_for_consent = true;
  room.hold = "copying, copy HOLD_general";
  room.overdue_seconds = 12;
  std::string text = render_room_retention(room, 80);
  EXPECT_THAT(text, HasSubstr("Asked for       until midnight, 0 days, Pacific/Auckland"));
  EXPECT_THAT(text, HasSubstr("apply general --allow-lossy"));
  EXPECT_THAT(text, HasSubstr("Hold            copying, copy HOLD_general"));
  EXPECT_THAT(text, HasSubstr("Overdue         the oldest message, for 12 s"));
  EXPECT_THAT(text, HasSubstr("because         the purge is on its way"));
  room.causes = {{"server_refused", "no space\x07", at("2026-11-22T08:59:48Z")}};
  text = render_room_retention(room, 80);
  EXPECT_THAT(text, HasSubstr("because         server_refused: no space\\x07; since"));
  EXPECT_THAT(text, Not(HasSubstr("on its way")));
  EXPECT_LE(widest(text), 80);
}

TEST(RetentionText, ARoomWithoutAStreamHasNoRule) {
  api::RoomRetentionReply room;
  room.room = "new";
  room.kind = "none";
  room.state = "pending";
  room.wanted = "forever";
  room.wanted_origin = "built-in";
  const std::string text = render_room_retention(room, 80);
  EXPECT_THAT(text, HasSubstr("none: there is no stream of ours for this room yet"));
  EXPECT_THAT(text, Not(HasSubstr("JetStream")));
}

TEST(RetentionCommand, AsksWithItsFilters) {
  World world;
  RecordedOutput output;
  world.answer(api::Verb::retention, two_rows());
  EXPECT_EQ(run_in(world, output,
                   {"retention", "--template", "default", "--timezone", "Asia/Seoul", "--overdue"}),
            0);
  EXPECT_EQ(
      nlohmann::json::parse(world.requests(api::Verb::retention).at(0)),
      nlohmann::json::parse(R"({"template":"default","timezone":"Asia/Seoul","overdue":true})"));
  output.out.clear();
  EXPECT_EQ(run_in(world, output, {"retention", "--json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(output.out)["rows"].size(), 2U);
}

TEST(RetentionCommand, ExplainsOneRoom) {
  World world;
  RecordedOutput output;
  world.answer(api::Verb::retention_room, general());
  EXPECT_EQ(run_in(world, output, {"retention", "--room", "general"}), 0);
  EXPECT_THAT(output.out, HasSubstr("Rule in force"));
  EXPECT_EQ(world.requests(api::Verb::retention_room).at(0), R"({"room":"general"})");
  EXPECT_EQ(run_in(world, output, {"retention", "--room", "general", "--overdue"}), 1);
  EXPECT_THAT(output.err, HasSubstr("--room stands alone"));
}

TEST(Wrap, BreaksBetweenWordsByTerminalColumns) {
  EXPECT_EQ(wrap("one two three", 7, 2, 0), "one two\n  three");
  EXPECT_EQ(wrap("one two", 7, 2, 3), "one\n  two");
  EXPECT_EQ(wrap("  a   b ", 80, 0, 0), "a b");
  EXPECT_EQ(wrap("자유 대화방", 9, 1, 0), "자유\n 대화방");
  EXPECT_EQ(wrap("averyveryverylongword x", 5, 0, 0), "averyveryverylongword\nx");
  EXPECT_EQ(wrap("", 5, 0, 0), "");
}

TEST(HeldLosses, NameTheRoomsAndTheSum) {
  World world;
  RecordedOutput output;
  api::PassReply pass;
  pass.pass = 7;
  pass.done = true;
  pass.held = 25;
  world.answer(api::Verb::apply, pass);
  api::PlanReply plan;
  plan.complete = true;
  plan.held = plan.total = 25;
  for (int i = 0; i < 25; ++i) {
    api::PlanEntry entry;
    entry.kind = "held";
    entry.room = "room-" + std::to_string(i);
    entry.fields = {{"stream.max_bytes", "64MiB", "32MiB", true, false}};
    entry.messages = 100;
    if (i != 3) entry.would_go = 10;
    entry.would_go_is = i == 0 ? "estimate" : i == 3 ? "" : "exact";
    plan.entries.push_back(entry);
  }
  world.answer(api::Verb::plan, plan);
  EXPECT_EQ(run_in(world, output, {"apply"}), 0);
  EXPECT_THAT(output.err, HasSubstr("  room-0: about 10 of 100 messages would go\n"
                                    "  room-1: 10 of 100 messages would go\n"));
  EXPECT_THAT(output.err, HasSubstr("how many of 100 messages would go is not known"));
  EXPECT_THAT(output.err, HasSubstr("  ... and 5 rooms more; see roomctl plan\n"));
  EXPECT_THAT(output.err,
              HasSubstr("Held back, and would go with consent: about 240 messages of 25 rooms, "
                        "without 1 room that could not be counted.\n"));
}

}  // namespace
}  // namespace roomkeeper::cli
