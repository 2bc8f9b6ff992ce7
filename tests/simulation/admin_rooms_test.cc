// The admin API of the whole daemon: rooms made through it, listings, and what it refuses.
#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view start = "2026-11-22T10:00:00Z";
constexpr std::string_view two_rooms = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul }, stream: { max_messages: 1000 } }
  archive: { extends: default, retention: { max_age: 30d } }
rooms:
  - { id: general, title: 자유 대화방, topic: anything, tags: [공지, seoul] }
  - { id: support, template: archive }
)";

std::string with_removal(const std::string& on_removal) {
  return std::string(two_rooms) + "reconcile: { on_removal: " + on_removal + " }\n";
}

TEST(AdminRooms, ARoomMadeThroughTheApiOutlivesTheDaemon) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  ASSERT_EQ(
      refusal(
          world, "room.create",
          R"({"room": {"id": "team", "title": "디자인 팀", "tags": ["team"], "template": "archive",
                                 "stream": {"max_bytes": "8MiB"}}})"),
      "");
  world.pass(2s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  EXPECT_EQ(config_of(world, "ROOM_team")["max_bytes"], json(8 * 1024 * 1024));
  EXPECT_EQ(metadata_of(world, "ROOM_team", "roomkeeper.owner"), "api");
  world.kill();
  world.boot();
  world.pass(2s);
  const json room = ask(world, "room.show", R"({"room": "team"})");
  EXPECT_EQ(room["state"], json("ready"));
  EXPECT_EQ(room["owner"], json("api"));
  EXPECT_EQ(room["title"], json("디자인 팀"));
  EXPECT_EQ(room["template"], json("archive"));
  EXPECT_EQ(room["tags"], json::parse(R"(["team"])"));
}

TEST(AdminRooms, AnUpdateChangesWhatItNamesAndKeepsTheRest) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  ASSERT_EQ(
      refusal(world, "room.create",
              R"({"room": {"id": "team", "title": "Team", "stream": {"max_bytes": "8MiB"}}})"),
      "");
  world.pass(2s);
  ASSERT_EQ(
      refusal(world, "room.update",
              R"({"room": {"id": "team", "topic": "plans", "stream": {"max_messages": 77}}})"),
      "");
  world.pass(2s);
  EXPECT_EQ(config_of(world, "ROOM_team")["max_msgs"], json(77));
  EXPECT_EQ(config_of(world, "ROOM_team")["max_bytes"], json(8 * 1024 * 1024));
  world.kill();
  world.boot();
  const json room = ask(world, "room.show", R"({"room": "team"})");
  EXPECT_EQ(room["title"], json("Team"));
  EXPECT_EQ(room["topic"], json("plans"));
}

TEST(AdminRooms, ByDefaultARemovedRoomKeepsItsStream) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  world.say("team", "bob", "keep me");
  ASSERT_EQ(refusal(world, "room.rm", R"({"room": "team"})"), "");
  world.pass(5min);
  EXPECT_EQ(verdict(world, "team"), "orphaned/orphaned");
  EXPECT_EQ(world.messages("team"), 1U);
  EXPECT_EQ(refusal(world, "room.rm", R"({"room": "team"})"), "room_not_found");
}

TEST(AdminRooms, WithDeleteARemovedRoomGoesAlsoWhenTheDaemonDiesInBetween) {
  DaemonWorld world(with_removal("delete"), start);
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  world.say("team", "bob", "going");
  ASSERT_EQ(refusal(world, "room.rm", R"({"room": "team"})"), "");
  world.kill();
  ASSERT_TRUE(world.has_stream("team"));
  world.boot();
  world.pass(5s);
  EXPECT_FALSE(world.has_stream("team"));
  EXPECT_EQ(verdict(world, "team"), "room_not_found");
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "")
      << "the id is free again";
  world.pass(5s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
}

TEST(AdminRooms, AStreamRemovedAndMadeAgainGoesOnBehindItsHighestSequence) {
  DaemonWorld world(with_removal("delete"), start);
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  for (int i = 0; i < 3; ++i) world.say("team", "bob", "old");
  world.pass(70s);
  ASSERT_EQ(refusal(world, "room.rm", R"({"room": "team"})"), "");
  world.pass(5s);
  ASSERT_FALSE(world.has_stream("team"));
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(5s);
  EXPECT_EQ(config_of(world, "ROOM_team")["first_seq"], json(4));
}

TEST(AdminRooms, AFileWinsOverTheApiAndTheConflictIsReported) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  ASSERT_EQ(
      refusal(world, "room.create", R"({"room": {"id": "team", "stream": {"max_messages": 5}}})"),
      "");
  world.pass(2s);
  world.write_config(std::string(two_rooms) + "  - { id: team, stream: { max_messages: 500 } }\n");
  world.pass(3s);
  EXPECT_EQ(verdict(world, "team"), "ready/owner_conflict");
  EXPECT_EQ(config_of(world, "ROOM_team")["max_msgs"], json(500));
  EXPECT_EQ(metadata_of(world, "ROOM_team", "roomkeeper.owner"), "file");
  EXPECT_EQ(refusal(world, "room.update", R"({"room": {"id": "team"}})"), "owned_by_file");
  EXPECT_EQ(refusal(world, "room.rm", R"({"room": "team"})"), "owned_by_file");
  world.write_config(two_rooms);
  world.pass(3s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  EXPECT_EQ(config_of(world, "ROOM_team")["max_msgs"], json(5));
  EXPECT_EQ(metadata_of(world, "ROOM_team", "roomkeeper.owner"), "api");
}

TEST(AdminRooms, EveryRefusalHasItsCode) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  world.nats.forget_counts();
  const auto expect = [&](const char* code, const char* verb, const char* request) {
    EXPECT_EQ(refusal(world, verb, request), code) << verb << " " << request;
  };
  expect("owned_by_file", "room.create", R"({"room": {"id": "general"}})");
  expect("owned_by_file", "room.update", R"({"room": {"id": "general"}})");
  expect("owned_by_file", "room.rm", R"({"room": "general"})");
  expect("bad_request", "room.create", R"({"room": {"id": "no spaces"}})");
  expect("bad_request", "room.create", R"({"room": {"title": "no id"}})");
  expect("bad_request", "room.create", R"({"room": {"id": "team", "template": "archiv"}})");
  expect("bad_request", "room.create",
         R"({"room": {"id": "team", "stream": {"max_messages": "many"}}})");
  expect(
      "bad_request", "room.create",
      R"({"room": {"id": "team", "retention": {"until": "midnight", "timezone": "Asia/Soul"}}})");
  expect("bad_request", "room.create", R"({"room": {"range": "game-{1..5}"}})");
  expect("bad_request", "room.create", R"({"room": "team"})");
  expect("bad_request", "room.create", R"({"room": null})");
  expect("bad_request", "room.create", "{}");
  expect("bad_request", "room.create", "");
  expect("room_not_found", "room.update", R"({"room": {"id": "nobody"}})");
  expect("bad_request", "room.update", R"({"room": {"title": "no id"}})");
  expect("room_not_found", "room.rm", R"({"room": "nobody"})");
  expect("bad_request", "room.rm", R"({"room": "no spaces"})");
  expect("room_not_found", "room.show", R"({"room": "nobody"})");
  expect("bad_request", "room.show", R"({"room": "no.dots"})");
  expect("bad_request", "room.show", R"({"roon": "general"})");
  expect("bad_request", "room.show", R"({"room": "general", "room": "support"})");
  expect("bad_request", "room.show", R"({"room": 7})");
  expect("bad_request", "room.show", "not JSON");
  expect("bad_request", "room.show", "[1, 2]");
  expect("room_not_found", "room.explain", R"({"room": "nobody"})");
  expect("bad_request", "room.ls", R"({"limit": 0})");
  expect("bad_request", "room.ls", R"({"limit": 1001})");
  expect("bad_request", "room.ls", R"({"limit": -1})");
  expect("bad_request", "room.ls", R"({"limit": 1e300})");
  expect("bad_request", "room.ls", R"({"state": "happy"})");
  expect("bad_request", "plan", R"({"limit": 0})");
  expect("bad_request", "plan", R"({"rooms": ["no spaces"]})");
  expect("bad_request", "apply", R"({"allow_lossy": "yes"})");
  expect("bad_request", "pass", R"({"pass": -1})");
  expect("room_not_found", "deadline", R"({"room": "nobody", "at": "2026-11-22T00:00:00Z"})");
  expect("bad_request", "deadline", R"({"room": "general", "at": "tomorrow"})");
  expect("bad_request", "status", R"({"verbose": true})");
  expect("unknown_verb", "rooms.ls", "{}");
  expect("unknown_verb", "room.ls.all", "{}");
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  expect("room_exists", "room.create", R"({"room": {"id": "team"}})");
  world.pass(1s);
  EXPECT_EQ(world.nats.streams(),
            (std::set<std::string>{"KV_roomkeeper", "KV_roomkeeper_lease", "ROOMKEEPER_AUDIT",
                                   "ROOM_general", "ROOM_support", "ROOM_team"}));
}

TEST(AdminRooms, AnOversizedRequestIsRefusedAndMalformedOnesHarmNobody) {
  DaemonWorld world(two_rooms, start, {.max_payload = 4 << 20});
  world.boot();
  const std::string big(3 << 19, ' ');  // 1.5 MiB of nothing
  const json refused = ask(world, "status", "{" + big + "}");
  EXPECT_EQ(refused["error"]["code"], json("bad_request"));
  EXPECT_NE(refused["error"].value("message", "").find("larger than 1 MiB"), std::string::npos)
      << refused;
  EXPECT_EQ(refusal(world, "status", "{" + big.substr(0, 1 << 19) + "}"), "")
      << "half a MiB is none too much";
  EXPECT_EQ(refusal(world, "room.show", std::string(100'000, '[')), "bad_request");
  EXPECT_EQ(refusal(world, "room.show", std::string_view("{\"room\": \"\xff\xfe\0\"}", 15)),
            "bad_request");
  EXPECT_EQ(refusal(world, "status"), "");
}

TEST(AdminRooms, AWriteThatTheServerDidNotConfirmIsReportedAndCanBeRepeated) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  world.nats.silence("$KV.roomkeeper.>");
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "timeout");
  world.nats.speak();
  world.pass(30s);
  EXPECT_FALSE(world.has_stream("team"));
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(5s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
}

TEST(AdminRooms, AWriteWhoseReplyWasLostIsSeenAfterwards) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  world.nats.lose_replies(1, "$KV.roomkeeper.>");
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "timeout");
  world.pass(70s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok") << "it was written, and the bucket was read again";
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "room_exists");
}

TEST(AdminRooms, AnotherWriterOfTheBucketIsNoticed) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  world.nats.publish("$KV.roomkeeper.room.crew", R"({"room": {"id": "crew"}})");
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "conflict");
  world.pass(5s);
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(70s);
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  EXPECT_EQ(verdict(world, "crew"), "ready/ok");
}

TEST(AdminRooms, ShowSaysWhatClientsNeed) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  world.say("general", "bob", "hello");
  world.pass(1s);
  const json room = ask(world, "room.show", R"({"room": "general"})");
  const json expected = json::parse(R"({
    "id": "general", "title": "자유 대화방", "topic": "anything", "tags": ["공지", "seoul"], "template": "default",
    "layout": "dedicated", "owner": "file", "stream": "ROOM_general", "state": "ready", "reason": "ok", "messages": 1,
    "first_message": "2026-11-22T10:00:00Z", "last_message": "2026-11-22T10:00:00Z",
    "next_deadline": "2026-11-22T15:00:00Z", "retention": "until midnight, 0 days, Asia/Seoul",
    "publish_subject": "chat.general.{user}", "subscribe_subject": "chat.general.*"})");
  for (const auto& [key, value] : expected.items())
    EXPECT_EQ(room.value(key, json()), value) << key;
}

TEST(AdminRooms, ExplainSaysWhereEveryValueCameFromAndWhatTheServerHasInstead) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  for (int i = 0; i < 3; ++i) world.say("support", "bob", "hello");
  std::string smaller(two_rooms);
  smaller.replace(smaller.find("max_messages: 1000"), 18, "max_messages: 2   ");
  world.write_config(smaller);
  world.pass(5s);
  const json explained = ask(world, "room.explain", R"({"room": "support"})");
  EXPECT_NE(explained.value("source", "").find("roomkeeper.yaml:8"), std::string::npos)
      << explained["source"];
  EXPECT_NE(explained.value("sentence", "").find("roomctl apply --allow-lossy"), std::string::npos)
      << explained["sentence"];
  bool found = false;
  for (const json& value : explained["values"]) {
    if (value["key"] != json("stream.max_messages")) continue;
    found = true;
    EXPECT_EQ(value["value"], json("2"));
    EXPECT_EQ(value["on_server"], json("1000"));
    EXPECT_NE(value.value("origin", "").find("template default"), std::string::npos)
        << value["origin"];
  }
  EXPECT_TRUE(found) << explained;
}

TEST(AdminRooms, APageAtATimeShowsEveryRoomOnce) {
  DaemonWorld world("instance: seoul\nrooms:\n  - { range: \"game-{0001..1200}\" }\n", start);
  world.boot();
  std::set<std::string> seen;
  std::string cursor;
  std::vector<std::size_t> pages;
  do {
    const json page = ask(world, "room.ls", R"({"limit": 500, "cursor": ")" + cursor + "\"}");
    EXPECT_EQ(page["total"], json(1200));
    pages.push_back(page["rooms"].size());
    for (const json& room : page["rooms"])
      EXPECT_TRUE(seen.insert(room.value("id", "")).second) << room["id"];
    cursor = page.value("next_cursor", "");
  } while (!cursor.empty() && pages.size() < 10);
  EXPECT_EQ(pages, (std::vector<std::size_t>{500, 500, 200}));
  EXPECT_EQ(seen.size(), 1200U);
}

TEST(AdminRooms, LongTextsEndAPageBeforeItIsTooLargeForTheServer) {
  const std::string line(1000, 'x');
  DaemonWorld world(
      "instance: seoul\nrooms:\n  - { range: \"game-{0001..1500}\", topic: " + line + " }\n",
      start);
  world.boot();
  std::set<std::string> seen;
  std::string cursor;
  std::size_t pages = 0;
  do {
    const json page = ask(world, "room.ls", R"({"limit": 1000, "cursor": ")" + cursor + "\"}");
    ASSERT_TRUE(page.contains("rooms")) << page;
    EXPECT_LT(page.dump().size(), std::size_t{1} << 20);
    EXPECT_GT(page["rooms"].size(), 100U);
    for (const json& room : page["rooms"])
      EXPECT_TRUE(seen.insert(room.value("id", "")).second) << room["id"];
    cursor = page.value("next_cursor", "");
  } while (!cursor.empty() && ++pages < 20);
  EXPECT_EQ(seen.size(), 1500U);
}

TEST(AdminRooms, ListingsAreSorted) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  const auto ids = [&](const std::string& request) {
    std::string text;
    const json reply = ask(world, "room.ls", request);
    for (const json& room : reply["rooms"]) text += room.value("id", "") + " ";
    return text;
  };
  EXPECT_EQ(ids(R"({"sort": "-id"})"), "support general ");
  EXPECT_EQ(ids(R"({"sort": "-title"})"), "general support ");
  EXPECT_EQ(ids(R"({"sort": "title", "limit": 1})"), "general ");
  EXPECT_NE(refusal(world, "room.ls", R"({"sort": "size"})"), "");
  EXPECT_NE(refusal(world, "room.ls", R"({"sort": "title", "cursor": "id::general"})"), "");
}

TEST(AdminRooms, ListingsAreFiltered) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  const auto ids = [&](const std::string& request) {
    std::string text;
    const json reply = ask(world, "room.ls", request);
    for (const json& room : reply["rooms"]) text += room.value("id", "") + " ";
    return text;
  };
  EXPECT_EQ(ids("{}"), "general support ");
  EXPECT_EQ(ids(R"({"match": "대화"})"), "general ");
  EXPECT_EQ(ids(R"({"match": "SUP*"})"), "support ");
  EXPECT_EQ(ids(R"({"tag": "공지"})"), "general ");
  EXPECT_EQ(ids(R"({"template": "archive"})"), "support ");
  EXPECT_EQ(ids(R"({"state": "failed"})"), "");
  EXPECT_EQ(ids(R"({"match": "general", "tag": "nothing"})"), "");
}

}  // namespace
}  // namespace roomkeeper::testing
