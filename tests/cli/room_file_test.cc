// Files of rooms: YAML and JSON lines, what is refused entry by entry, and what makes the whole
// file unreadable.
#include "cli/room_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace roomkeeper::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

RoomFile read(std::string_view text) {
  const auto file = parse_room_file(text, "rooms.yaml");
  if (file) return *file;
  ADD_FAILURE() << file.error().message
                << (file.error().details.empty() ? "" : file.error().details.front());
  return {};
}

/// `line id: message` of each refusal.
std::vector<std::string> refusals(std::string_view text) {
  std::vector<std::string> out;
  for (const RefusedRoom& room : read(text).refused)
    out.push_back(std::to_string(room.line) + " " + room.id + ": " + room.message);
  return out;
}

std::string unreadable(std::string_view text) {
  const auto file = parse_room_file(text, "rooms.yaml");
  if (file) return "accepted";
  return file.error().details.empty() ? file.error().message : file.error().details.front();
}

TEST(RoomFiles, YamlBecomesJsonWithLines) {
  const RoomFile file = read(
      "rooms:\n"
      "  - id: general\n"
      "    title: 자유 \"대화방\"\n"
      "    tags: [공지, '#1']\n"
      "    retention: { until: midnight, days: 0, timezone: Asia/Seoul }\n"
      "    stream: { max_messages: 5, placement: }\n"
      "  - { id: \"007\" }\n");
  ASSERT_EQ(file.rooms.size(), 2U);
  EXPECT_TRUE(file.refused.empty());
  EXPECT_EQ(file.rooms[0].line, 2);
  EXPECT_EQ(file.rooms[0].id, "general");
  EXPECT_EQ(json::parse(file.rooms[0].json), json::parse(R"({
      "id": "general", "title": "자유 \"대화방\"", "tags": ["공지", "#1"],
      "retention": {"until": "midnight", "days": "0", "timezone": "Asia/Seoul"},
      "stream": {"max_messages": "5", "placement": null}})"));
  EXPECT_EQ(file.rooms[1].line, 7);
  EXPECT_EQ(file.rooms[1].json, R"({"id":"007"})");
}

TEST(RoomFiles, EveryShapeOfAListIsRead) {
  for (const char* text :
       {"rooms: [ {id: a}, {id: b} ]", "- id: a\n- id: b\n", "[{\"id\": \"a\"}, {\"id\": \"b\"}]",
        "{\"rooms\": [{\"id\": \"a\"}, {\"id\": \"b\"}]}",
        "{\"id\": \"a\"}\n\n  {\"id\": \"b\"}\r\n", "{\"id\": \"a\"}\n{\"id\": \"b\"}"}) {
    const RoomFile file = read(text);
    ASSERT_EQ(file.rooms.size(), 2U) << text;
    EXPECT_EQ(file.rooms[0].id, "a") << text;
    EXPECT_EQ(file.rooms[1].id, "b") << text;
  }
  EXPECT_TRUE(read("rooms: []\n").rooms.empty());
  EXPECT_TRUE(read("rooms:\n").rooms.empty());
}

TEST(RoomFiles, JsonLinesKeepTheirValues) {
  const RoomFile file = read(
      "{\"id\": \"a\", \"replicas\": 3, \"title\": \"\\ud83c\\udf89\"}\n"
      "\n{\"id\": \"b\"}\n");
  ASSERT_EQ(file.rooms.size(), 2U);
  EXPECT_EQ(file.rooms[0].json, R"({"id":"a","replicas":3,"title":"🎉"})");
  EXPECT_EQ(file.rooms[1].line, 3);
}

TEST(RoomFiles, ARangeIsManyRooms) {
  const RoomFile file = read("rooms:\n  - { range: \"game-{08..11}\", template: archive }\n");
  ASSERT_EQ(file.rooms.size(), 4U);
  EXPECT_EQ(file.rooms[0].json, R"({"id":"game-08","template":"archive"})");
  EXPECT_EQ(file.rooms[3].json, R"({"id":"game-11","template":"archive"})");
  EXPECT_EQ(file.rooms[3].line, 2);
}

TEST(RoomFiles, EachBadEntryIsToldAndTheOthersStay) {
  const std::string text =
      "rooms:\n"
      "  - general\n"
      "  - title: no id\n"
      "  - id: no spaces\n"
      "  - id: [a]\n"
      "  - { id: a, range: \"b-{1..2}\" }\n"
      "  - { range: \"{9..1}\" }\n"
      "  - { id: good }\n"
      "  - { id: c, title: x, title: y }\n"
      "  - { id: deep, stream: [[[[[[[[[[1]]]]]]]]]] }\n";
  EXPECT_THAT(
      refusals(text),
      ::testing::ElementsAre(
          HasSubstr("2 : expected a mapping"), HasSubstr("3 : expected an id"),
          HasSubstr("4 no spaces: expected an id of 1 to 64"), HasSubstr("5 : id: expected"),
          HasSubstr("6 : expected either id or range"), HasSubstr("7 : range: "),
          HasSubstr("9 c: expected each key once"), HasSubstr("10 deep: nested too deep")));
  EXPECT_EQ(read(text).rooms.size(), 1U);
  EXPECT_THAT(refusals("{\"id\": \"a\"}\n{\"id\": 5}\n{\"id\": \"b\", \"x\": 1, \"x\": 2}\n"),
              ::testing::ElementsAre(HasSubstr("2 : id: expected a text"),
                                     HasSubstr("3 b: expected each key once")));
}

TEST(RoomFiles, ARoomNamedTwiceIsNotSentAtAllAndBothLinesAreNamed) {
  const std::string text = "rooms:\n  - { id: a }\n  - { id: b }\n  - { id: a, title: other }\n";
  EXPECT_THAT(refusals(text),
              ::testing::ElementsAre("2 a: named more than once, at lines 2 and 4",
                                     "4 a: named more than once, at lines 2 and 4"));
  const RoomFile file = read(text);
  ASSERT_EQ(file.rooms.size(), 1U);
  EXPECT_EQ(file.rooms[0].id, "b");
}

TEST(RoomFiles, WhatIsNoFileOfRoomsIsUnreadableWithItsPlace) {
  EXPECT_THAT(unreadable("rooms:\n  - { id: a }\n  - { id: b ]\n"), HasSubstr("rooms.yaml:3:"));
  EXPECT_THAT(unreadable(""), HasSubstr("rooms.yaml:1:1: expected rooms"));
  EXPECT_THAT(unreadable("rooms: 5\n"), HasSubstr("rooms.yaml:1:8: rooms: expected a list"));
  EXPECT_THAT(unreadable("room: []\n"), HasSubstr("did you mean \"rooms\""));
  EXPECT_THAT(unreadable("templates: {}\nrooms: []\n"), HasSubstr("rooms.yaml:1:1: templates"));
  EXPECT_THAT(unreadable("rooms: [ &x {id: a}, *x ]\n"), HasSubstr("rooms.yaml:1:"));
  EXPECT_THAT(unreadable("{\"id\": \"a\"}\n{\"id\": \"한\", }\n"), HasSubstr("rooms.yaml:2:13"));
  EXPECT_THAT(unreadable("{\"id\": \"a\"}\n[1]\n"), HasSubstr("rooms.yaml:2:1"));
  EXPECT_THAT(unreadable("\xff\xfe"), HasSubstr("rooms.yaml:1:1: expected UTF-8"));
  EXPECT_THAT(unreadable("rooms: [ {range: \"a-{1..99999}\"}, {range: \"b-{1..99999}\"} ]\n"),
              HasSubstr("more than 100000 rooms"));
}

TEST(RoomFiles, ATextOfALongRoomIsRefused) {
  EXPECT_THAT(refusals("{\"id\": \"a\", \"title\": \"" + std::string(70'000, 'x') + "\"}\n"),
              ::testing::ElementsAre("1 a: longer than 64 KiB"));
}

}  // namespace
}  // namespace roomkeeper::cli
