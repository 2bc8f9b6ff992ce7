// Many rooms at once through the API: room.put and room.export of the whole daemon.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/load.h"
#include "config/room_fields.h"
#include "tests/config/random_definitions.h"
#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view rooms = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  archive: { retention: { max_age: 30d } }
  lobby: { layout: pooled }
rooms:
  - { id: general, title: 자유 대화방 }
)";

json put(DaemonWorld& world, const json& list, bool dry_run = false) {
  return ask(world, "room.put", json{{"rooms", list}, {"dry_run", dry_run}}.dump());
}

/// `outcome/code` of a room in a reply.
std::string outcome_of(const json& reply, const std::string& id) {
  for (const json& room : reply["rooms"]) {
    if (room["id"] == json(id)) return room.value("outcome", "") + "/" + room.value("code", "");
  }
  return "(not in the reply)";
}

std::string message_of(const json& reply, const std::string& id) {
  for (const json& room : reply["rooms"]) {
    if (room["id"] == json(id)) return room.value("message", "");
  }
  return {};
}

json many(std::size_t count, const std::string& title) {
  json list = json::array();
  for (std::size_t i = 0; i < count; ++i)
    list.push_back({{"id", "bulk-" + std::to_string(i)}, {"title", title}});
  return list;
}

/// Every entry, over pages of `limit`.
std::vector<std::string> exported(DaemonWorld& world, const std::string& format,
                                  std::uint64_t limit = 300) {
  std::vector<std::string> entries;
  std::string cursor;
  do {
    const json page = ask(world, "room.export",
                          json{{"format", format}, {"limit", limit}, {"cursor", cursor}}.dump());
    if (!page.contains("entries")) throw std::runtime_error(page.dump());
    for (const json& entry : page["entries"]) entries.push_back(entry.get<std::string>());
    cursor = page.value("next_cursor", "");
  } while (!cursor.empty());
  return entries;
}

TEST(RoomPut, EachRoomHasAnOutcomeOfItsOwn) {
  DaemonWorld world(rooms, start);
  world.boot();
  const json first =
      put(world, json::parse(R"([{"id": "team", "title": "Team"}, {"id": "crew"}])"));
  EXPECT_EQ(first["created"], json(2));
  world.pass(2s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  const json reply = put(world, json::parse(R"([
      {"id": "team", "title": "Team", "template": "default"},
      {"id": "crew", "title": "Crew"},
      {"id": "fresh", "template": "archive"},
      {"id": "general"},
      {"id": "no spaces"},
      {"title": "no id"},
      {"id": "other", "template": "archiv"},
      {"id": "inpool", "template": "lobby", "stream": {"max_messages": 5}},
      {"id": "twice"}, {"id": "twice", "title": "again"}])"));
  EXPECT_EQ(outcome_of(reply, "team"), "unchanged/");
  EXPECT_EQ(outcome_of(reply, "crew"), "updated/");
  EXPECT_EQ(outcome_of(reply, "fresh"), "created/");
  EXPECT_EQ(outcome_of(reply, "general"), "refused/owned_by_file");
  EXPECT_NE(message_of(reply, "general").find("roomkeeper.yaml:8"), std::string::npos)
      << message_of(reply, "general");
  EXPECT_EQ(outcome_of(reply, "no spaces"), "refused/bad_request");
  EXPECT_EQ(outcome_of(reply, ""), "refused/bad_request");
  EXPECT_EQ(outcome_of(reply, "other"), "refused/bad_request");
  EXPECT_NE(message_of(reply, "other").find("archive"), std::string::npos) << "did you mean";
  EXPECT_EQ(outcome_of(reply, "inpool"), "refused/bad_request");
  EXPECT_EQ(outcome_of(reply, "twice"), "created/");
  EXPECT_EQ(reply["rooms"][9]["outcome"], json("refused"));
  EXPECT_EQ(reply["created"], json(2));
  EXPECT_EQ(reply["updated"], json(1));
  EXPECT_EQ(reply["unchanged"], json(1));
  EXPECT_EQ(reply["refused"], json(6));
  world.pass(2s);
  EXPECT_EQ(ask(world, "room.show", R"({"room": "crew"})")["title"], json("Crew"));
  EXPECT_EQ(verdict(world, "fresh"), "ready/ok");
}

TEST(RoomPut, AFilesRoomThatSaysTheSameIsUnchanged) {
  DaemonWorld world(rooms, start);
  world.boot();
  const json reply = put(world, json::parse(R"([{"id": "general", "title": "자유 대화방"}])"));
  EXPECT_EQ(outcome_of(reply, "general"), "unchanged/");
}

TEST(RoomPut, ADryRunWritesNothing) {
  DaemonWorld world(rooms, start);
  world.boot();
  const std::uint64_t before = ask(world, "status")["passes"].get<std::uint64_t>();
  EXPECT_EQ(put(world, many(50, "x"), true)["created"], json(50));
  world.pass(5s);
  EXPECT_FALSE(world.has_stream("bulk-0"));
  EXPECT_EQ(ask(world, "status")["passes"].get<std::uint64_t>(), before);
  EXPECT_EQ(ask(world, "room.ls", R"({"match": "bulk-*"})")["total"], json(0));
}

TEST(RoomPut, WhatIsOutOfBoundsIsRefusedAsAWhole) {
  DaemonWorld world(rooms, start, {.max_payload = 4 << 20});
  world.boot();
  EXPECT_EQ(refusal(world, "room.put", R"({"rooms": []})"), "bad_request");
  EXPECT_EQ(refusal(world, "room.put", "{}"), "bad_request");
  EXPECT_EQ(refusal(world, "room.put", R"({"rooms": ["general"]})"), "bad_request");
  EXPECT_EQ(refusal(world, "room.put", json{{"rooms", many(501, "x")}}.dump()), "bad_request");
  EXPECT_EQ(refusal(world, "room.put", json{{"rooms", many(500, "x")}}.dump()), "");
}

TEST(RoomPut, AHundredConflictsAreAHundredReasons) {
  std::string yaml(rooms);
  for (int i = 0; i < 100; ++i) yaml += "  - { id: bulk-" + std::to_string(i) + ", title: file }\n";
  DaemonWorld world(yaml, start);
  world.boot();
  const json reply = put(world, many(300, "api"));
  EXPECT_EQ(reply["refused"], json(100));
  EXPECT_EQ(reply["created"], json(200));
  std::set<std::string> messages;
  for (const json& room : reply["rooms"]) {
    if (room["outcome"] == json("refused")) messages.insert(room.value("message", ""));
  }
  EXPECT_EQ(messages.size(), 100U) << "each names its room and its line";
}

TEST(RoomPut, ThousandsOutliveTheDaemonAndAreUnchangedWhenSentAgain) {
  DaemonWorld world(rooms, start);
  world.boot();
  for (int batch = 0; batch < 6; ++batch) {
    json list = json::array();
    for (int i = 0; i < 500; ++i)
      list.push_back({{"id", "room-" + std::to_string(batch * 500 + i)}, {"tags", {"bulk"}}});
    EXPECT_EQ(put(world, list)["created"], json(500));
  }
  world.kill();
  world.boot();
  world.pass(30s);
  EXPECT_EQ(ask(world, "room.ls", R"({"tag": "bulk", "state": "ready"})")["total"], json(3000));
  EXPECT_EQ(put(world, json::parse(R"([{"id": "room-2999", "tags": ["bulk"]}])"))["unchanged"],
            json(1));
  EXPECT_EQ(ask(world, "plan")["total"], json(0));
}

TEST(RoomPut, AWriteThatWasNotConfirmedIsSaidAndCanBeRepeated) {
  DaemonWorld world(rooms, start);
  world.boot();
  world.nats.silence("$KV.roomkeeper.>");
  const json lost = put(world, many(20, "x"));
  EXPECT_EQ(lost["refused"], json(20));
  EXPECT_EQ(outcome_of(lost, "bulk-0"), "refused/timeout");
  world.nats.speak();
  world.pass(30s);
  const json again = put(world, many(20, "x"));
  EXPECT_EQ(again["created"].get<int>() + again["unchanged"].get<int>(), 20) << again;
  world.pass(5s);
  EXPECT_EQ(verdict(world, "bulk-19"), "ready/ok");
}

TEST(RoomPut, ARoomWhoseRemovalIsRecordedIsMadeAgain) {
  DaemonWorld world(rooms, start);
  world.boot();
  put(world, json::parse(R"([{"id": "team"}])"));
  world.pass(2s);
  ASSERT_EQ(refusal(world, "room.rm", R"({"room": "team"})"), "");
  EXPECT_EQ(outcome_of(put(world, json::parse(R"([{"id": "team"}])")), "team"), "created/");
  world.pass(2s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
}

TEST(RoomExport, PagesFiltersAndFormats) {
  DaemonWorld world(rooms, start);
  world.boot();
  put(world, json::parse(R"([{"id": "a1", "template": "archive", "tags": ["공지"]},
                             {"id": "a2", "tags": ["공지"]}, {"id": "b1"}])"));
  EXPECT_EQ(exported(world, "yaml", 1),
            (std::vector<std::string>{"  - id: a1\n    tags: [\"공지\"]\n    template: archive\n",
                                      "  - id: a2\n    tags: [\"공지\"]\n", "  - id: b1\n",
                                      "  - id: general\n    title: \"자유 대화방\"\n"}));
  const auto ids = [&](const std::string& request) {
    std::string text;
    const json page = ask(world, "room.export", request);
    for (const json& entry : page["entries"])
      text += json::parse(entry.get<std::string>()).value("id", "") + " ";
    return text + std::to_string(page.value("total", -1));
  };
  EXPECT_EQ(ids(R"({"format": "jsonl", "match": "a*"})"), "a1 a2 2");
  EXPECT_EQ(ids(R"({"format": "jsonl", "tag": "공지", "template": "archive"})"), "a1 1");
  EXPECT_EQ(ids(R"({"format": "jsonl", "limit": 2})"), "a1 a2 4");
  EXPECT_EQ(ids(R"({"format": "jsonl", "match": "zzz"})"), "0");
  EXPECT_EQ(refusal(world, "room.export", R"({"format": "xml"})"), "bad_request");
  EXPECT_EQ(refusal(world, "room.export", R"({"limit": 0})"), "bad_request");
}

/// The streams' configurations without what names who made the rooms.
json streams_of(const DaemonWorld& world) {
  json all = json::object();
  for (const std::string& name : world.nats.streams()) {
    if (!name.starts_with("ROOM_")) continue;
    all[name] = config_of(world, name);
    all[name]["metadata"].erase("roomkeeper.owner");
  }
  return all;
}

/// Rooms that the simulated server of one can hold.
std::vector<std::string> definitions(std::uint64_t seed) {
  std::vector<std::string> made;
  for (const std::string& text : RandomDefinitions(seed, true).make(1000)) {
    json room = json::parse(text);
    room.erase("replicas");
    if (room.contains("stream")) room["stream"].erase("placement");
    made.push_back(room.dump());
  }
  return made;
}

TEST(RoundTrip, AThousandRandomRoomsExportedAndTakenBackChangeNothing) {
  const std::string head = "instance: seoul\n" + std::string(random_templates);
  std::string yaml = head + "rooms:\n";
  for (const std::string& room : definitions(7)) yaml += "  - " + room + "\n";
  DaemonWorld world(yaml, start);
  world.boot();
  world.pass(30s);
  ASSERT_EQ(ask(world, "room.ls", R"({"state": "ready"})")["total"], json(1000));
  ASSERT_EQ(ask(world, "plan")["total"], json(0));
  const json before = streams_of(world);
  const std::vector<std::string> lines = exported(world, "jsonl");
  ASSERT_EQ(lines.size(), 1000U);

  // As configuration, in the same place.
  std::string written = head + "rooms:\n";
  for (const std::string& entry : exported(world, "yaml")) written += entry;
  world.write_config(written);
  world.pass(5s);
  EXPECT_TRUE(ask(world, "status").value("config_error", "x").empty());
  EXPECT_EQ(ask(world, "plan")["total"], json(0));
  EXPECT_EQ(exported(world, "jsonl"), lines);
  EXPECT_EQ(streams_of(world), before);

  // Through the API, in another place.
  DaemonWorld other(head + "rooms: []\n", start);
  other.boot();
  const auto put_all = [&] {
    json outcomes = {{"created", 0}, {"unchanged", 0}, {"refused", 0}};
    for (std::size_t from = 0; from < lines.size(); from += 250) {
      json list = json::array();
      for (std::size_t i = from; i < from + 250; ++i) list.push_back(json::parse(lines[i]));
      const json reply = put(other, list);
      for (auto& [key, count] : outcomes.items()) count = count.get<int>() + reply.value(key, 0);
    }
    return outcomes;
  };
  EXPECT_EQ(put_all(), (json{{"created", 1000}, {"unchanged", 0}, {"refused", 0}}));
  other.pass(30s);
  EXPECT_EQ(put_all(), (json{{"created", 0}, {"unchanged", 1000}, {"refused", 0}}));
  EXPECT_EQ(ask(other, "plan")["total"], json(0));
  EXPECT_EQ(exported(other, "jsonl"), lines);
  EXPECT_EQ(streams_of(other), before);
}

}  // namespace
}  // namespace roomkeeper::testing
