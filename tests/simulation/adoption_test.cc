// Streams that exist become Roomkeeper's, and cease to be: room.import, room.adopt, room.release.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view head = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  archive: { retention: { max_age: 30d }, stream: { max_messages: 1000 } }
  lobby: { layout: pooled }
)";

constexpr std::int64_t days = 86'400'000'000'000;

void make_stream(Operator& operator_, const std::string& name, json config) {
  config["name"] = name;
  if (!config.contains("subjects")) config["subjects"] = {"chat." + name.substr(5) + ".*"};
  const json reply = operator_.request("$JS.API.STREAM.CREATE." + name, config.dump());
  if (reply.contains("error")) throw std::runtime_error(reply.dump());
}

/// A world with streams that somebody made by hand.
class Adoption : public ::testing::Test {
 protected:
  explicit Adoption(const std::string& rooms = "rooms: []\n")
      : world(std::string(head) + rooms, start), nats_cli(world) {
    make_stream(nats_cli, "ROOM_plain", {});
    make_stream(nats_cli, "ROOM_limited",
                {{"max_msgs", 1000}, {"max_age", 30 * days}, {"duplicate_window", 60'000'000'000}});
    make_stream(nats_cli, "ROOM_memory",
                {{"storage", "memory"},
                 {"max_bytes", 1 << 20},
                 {"max_msg_size", 1024},
                 {"discard", "new"},
                 {"compression", "s2"},
                 {"metadata", {{"team", "design"}}}});
    world.boot();
  }

  std::string entry_of(const std::string& stream, const std::string& request = "{}") {
    const json reply = ask(world, "room.import", request);
    for (const json& item : reply["streams"]) {
      if (item["stream"] == json(stream)) return item.value("entry", "");
    }
    return "(not listed)";
  }
  std::string why_of(const std::string& stream, const std::string& request = "{}") {
    const json reply = ask(world, "room.import", request);
    for (const json& item : reply["streams"]) {
      if (item["stream"] == json(stream)) return item.value("why", "");
    }
    return "(not listed)";
  }
  void define_all() {
    std::string yaml = std::string(head) + "rooms:\n";
    const json reply = ask(world, "room.import");
    for (const json& item : reply["streams"]) yaml += item.value("entry", "");
    world.write_config(yaml);
    world.pass(3s);
  }
  json adopt(const json& request) { return ask(world, "room.adopt", request.dump()); }
  /// `outcome reason` of a room.
  std::string adoption_of(const std::string& room, bool dry_run = true) {
    const json reply = adopt({{"rooms", {room}}, {"dry_run", dry_run}});
    if (!reply.contains("rooms")) return reply.dump();
    return reply["rooms"][0].value("outcome", "") + " " + reply["rooms"][0].value("reason", "");
  }
  json release(const std::string& room, bool dry_run = false) {
    const json reply =
        ask(world, "room.release", json{{"rooms", {room}}, {"dry_run", dry_run}}.dump());
    return reply.contains("rooms") ? reply["rooms"][0] : reply;
  }
  json without_metadata(const std::string& stream) {
    json config = config_of(world, stream);
    config.erase("metadata");
    return config;
  }

  DaemonWorld world;
  Operator nats_cli;
};

TEST_F(Adoption, ImportSaysWhatDiffersFromTheTemplate) {
  EXPECT_EQ(entry_of("ROOM_plain"), "  - id: plain\n    retention: {forever: true}\n");
  EXPECT_EQ(entry_of("ROOM_limited"),
            "  - id: limited\n    retention: {max_age: 30d}\n    stream:\n"
            "      max_messages: 1000\n      duplicate_window: 1m\n");
  EXPECT_EQ(entry_of("ROOM_limited", R"({"template": "archive"})"),
            "  - id: limited\n    template: archive\n    stream:\n      duplicate_window: 1m\n");
  EXPECT_EQ(entry_of("ROOM_memory"),
            "  - id: memory\n    storage: memory\n    retention: {forever: true}\n    stream:\n"
            "      max_bytes: 1MiB\n      max_message_size: 1KiB\n      on_full: reject_new\n"
            "      compression: s2\n");
}

TEST_F(Adoption, ImportSaysWhyAStreamCanBeNoRoom) {
  make_stream(nats_cli, "ROOM_sub", {{"subjects", {"chat.sub.>", "more.sub"}}});
  make_stream(nats_cli, "ROOM_\xC3\xA9t\xC3\xA9", {{"subjects", {"chat.ete.*"}}});
  make_stream(nats_cli, "ORDERS", {{"subjects", {"orders.*"}}});
  make_stream(nats_cli, "ROOM_rollup", {{"allow_rollup_hdrs", true}});
  make_stream(nats_cli, "ROOM_theirs",
              {{"metadata", {{"roomkeeper.instance", "busan"}, {"roomkeeper.room", "theirs"}}}});
  make_stream(nats_cli, "ROOM_short", {{"max_age", 500'000'000}, {"duplicate_window", 0}});
  world.pass(70s);
  EXPECT_NE(why_of("ROOM_sub").find("its subjects are"), std::string::npos) << why_of("ROOM_sub");
  EXPECT_NE(why_of("ROOM_sub").find("chat.sub.* alone"), std::string::npos) << why_of("ROOM_sub");
  EXPECT_NE(why_of("ROOM_\xC3\xA9t\xC3\xA9").find("gives no room id"), std::string::npos);
  EXPECT_EQ(why_of("ORDERS"), "(not listed)");
  EXPECT_NE(why_of("ORDERS", R"({"match": "*"})").find("called ROOM_<id>"), std::string::npos);
  EXPECT_NE(why_of("ROOM_rollup").find("allow_rollup_hdrs"), std::string::npos);
  EXPECT_NE(why_of("ROOM_theirs").find("busan"), std::string::npos);
  EXPECT_NE(why_of("ROOM_short").find("max_age"), std::string::npos) << why_of("ROOM_short");
  EXPECT_EQ(why_of("KV_roomkeeper", R"({"match": "*"})"), "(not listed)");
  EXPECT_EQ(refusal(world, "room.import", R"({"template": "nope"})"), "bad_request");
  EXPECT_EQ(refusal(world, "room.import", R"({"template": "lobby"})"), "bad_request");
}

TEST_F(Adoption, ImportIsPaged) {
  for (int i = 0; i < 25; ++i) make_stream(nats_cli, "ROOM_page-" + std::to_string(i), {});
  world.pass(70s);
  std::string cursor;
  std::size_t streams = 0;
  do {
    const json page = ask(world, "room.import", json{{"limit", 10}, {"cursor", cursor}}.dump());
    EXPECT_EQ(page["total"], json(28));
    EXPECT_LE(page["streams"].size(), 10U);
    streams += page["streams"].size();
    cursor = page.value("next_cursor", "");
  } while (!cursor.empty());
  EXPECT_EQ(streams, 28U);
}

TEST_F(Adoption, ImportedRoomsAreAdoptedWithoutAChangeOnTheServer) {
  for (const char* room : {"plain", "limited", "memory"}) world.say(room, "bob", "hello");
  json before;
  for (const char* name : {"ROOM_plain", "ROOM_limited", "ROOM_memory"})
    before[name] = without_metadata(name);
  define_all();
  EXPECT_EQ(verdict(world, "plain"), "blocked/unmarked_stream");
  EXPECT_NE(why_of("ROOM_plain").find("roomctl room adopt plain"), std::string::npos);
  world.nats.forget_counts();
  const json dry = adopt({{"match", "*"}});
  EXPECT_EQ(dry["pass"], json(0));
  EXPECT_EQ(dry["total"], json(3));
  for (const json& room : dry["rooms"]) {
    EXPECT_EQ(room["outcome"], json("adopted")) << room;
    EXPECT_EQ(room["changes"].size(), 1U) << room;
    EXPECT_EQ(room["changes"][0].get<std::string>().substr(0, 5), "mark:");
    EXPECT_TRUE(room["waits"].empty()) << room;
  }
  EXPECT_EQ(writes(world), 0U) << "a dry run";
  EXPECT_NE(adopt({{"match", "*"}, {"dry_run", false}})["pass"], json(0));
  world.pass(3s);
  for (const char* room : {"plain", "limited", "memory"}) {
    EXPECT_EQ(verdict(world, room), "ready/ok");
    EXPECT_EQ(world.messages(room), 1U);
    const std::string stream = std::string("ROOM_") + room;
    EXPECT_EQ(without_metadata(stream), before[stream]);
    EXPECT_EQ(metadata_of(world, stream, "roomkeeper.instance"), "seoul");
  }
  EXPECT_EQ(metadata_of(world, "ROOM_memory", "team"), "design") << "what is of others stays";
  EXPECT_EQ(ask(world, "plan")["total"], json(0));
  EXPECT_EQ(adoption_of("plain"), "unchanged ");
  EXPECT_EQ(ask(world, "room.import")["total"], json(0));
}

TEST_F(Adoption, TheConsentIsForOnceAndForTheNamedRooms) {
  define_all();
  EXPECT_EQ(adoption_of("plain", false), "adopted adopted");
  world.pass(3s);
  EXPECT_EQ(verdict(world, "plain"), "ready/ok");
  EXPECT_EQ(verdict(world, "limited"), "blocked/unmarked_stream");
  nats_cli.edit("ROOM_plain", R"({"metadata": {"roomkeeper.instance": null, "roomkeeper.room": null,
      "roomkeeper.owner": null, "roomkeeper.template": null, "roomkeeper.retention": null}})");
  world.pass(70s);
  EXPECT_EQ(verdict(world, "plain"), "blocked/unmarked_stream") << "it was for once";
}

TEST_F(Adoption, WhatCannotBeAdoptedSaysWhy) {
  make_stream(nats_cli, "ROOM_rollup", {{"allow_rollup_hdrs", true}});
  make_stream(nats_cli, "ROOM_theirs",
              {{"metadata", {{"roomkeeper.instance", "busan"}, {"roomkeeper.room", "theirs"}}}});
  world.write_config(
      std::string(head) +
      "rooms: [ {id: rollup}, {id: theirs}, {id: fresh}, {id: swim, template: lobby} ]\n");
  world.pass(70s);
  EXPECT_EQ(adoption_of("rollup"), "refused incompatible_stream");
  const json rollup = adopt({{"rooms", {"rollup"}}});
  EXPECT_NE(rollup["rooms"][0].value("detail", "").find("allow_rollup_hdrs"), std::string::npos)
      << rollup;
  EXPECT_EQ(adoption_of("theirs", false), "refused foreign_instance");
  EXPECT_EQ(adoption_of("plain", false), "refused unmarked_stream") << "nobody defines it";
  EXPECT_EQ(adoption_of("fresh"), "unchanged ") << "Roomkeeper made it";
  EXPECT_EQ(adoption_of("swim"), "refused layout_change");
  EXPECT_EQ(adoption_of("nowhere"), "refused unmarked_stream");
  EXPECT_EQ(refusal(world, "room.adopt", "{}"), "bad_request");
  EXPECT_EQ(refusal(world, "room.adopt", R"({"rooms": ["a"], "match": "*"})"), "bad_request");
  EXPECT_EQ(refusal(world, "room.adopt", R"({"rooms": ["no spaces"]})"), "bad_request");
}

TEST_F(Adoption, WhatWouldDeleteMessagesStillWaits) {
  for (int i = 0; i < 5; ++i) world.say("plain", "bob", "hello");
  world.write_config(std::string(head) +
                     "rooms: [ {id: plain, stream: {max_messages: 2, max_message_size: 1KiB}} ]\n");
  world.pass(3s);
  const json dry = adopt({{"rooms", {"plain"}}})["rooms"][0];
  EXPECT_EQ(dry["outcome"], json("adopted"));
  EXPECT_FALSE(dry["waits"].empty()) << dry;
  adoption_of("plain", false);
  world.pass(5s);
  EXPECT_EQ(verdict(world, "plain"), "pending_consent/lossy_change");
  EXPECT_EQ(world.messages("plain"), 5U);
  EXPECT_EQ(config_of(world, "ROOM_plain")["max_msg_size"], json(1024)) << "what takes nothing";
  EXPECT_EQ(metadata_of(world, "ROOM_plain", "roomkeeper.room"), "plain");
  agree(world, "plain");
  EXPECT_EQ(world.messages("plain"), 2U);
}

TEST_F(Adoption, AReleasedRoomOfTheApiKeepsItsStreamAndIsForgotten) {
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  world.say("team", "bob", "stays");
  nats_cli.edit("ROOM_team", R"({"metadata": {"team": "design"}})");
  const json config = without_metadata("ROOM_team");
  const json dry = release("team", true);
  EXPECT_EQ(dry["outcome"], json("released"));
  EXPECT_EQ(dry["messages"], json(1));
  EXPECT_EQ(verdict(world, "team"), "ready/ok") << "a dry run";
  const json done = release("team");
  EXPECT_EQ(done["outcome"], json("released")) << done;
  EXPECT_EQ(metadata_of(world, "ROOM_team", "roomkeeper.instance"), "(none)");
  EXPECT_EQ(metadata_of(world, "ROOM_team", "roomkeeper.retention"), "(none)");
  EXPECT_EQ(metadata_of(world, "ROOM_team", "team"), "design");
  EXPECT_EQ(without_metadata("ROOM_team"), config);
  world.kill();
  world.boot();
  world.pass_until("2026-11-22T15:05:00Z");  // midnight in Seoul
  EXPECT_EQ(world.messages("team"), 1U) << "nobody purges it any more";
  EXPECT_EQ(ask(world, "room.ls")["total"], json(0)) << "forgotten";
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  EXPECT_EQ(adoption_of("team", false), "adopted adopted");
  world.pass(3s);
  EXPECT_EQ(verdict(world, "team"), "pending_consent/lossy_change")
      << "what the midnight rule would take waits";
}

TEST_F(Adoption, ReleaseIsToldInTheAudit) {
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  release("team");
  world.pass(2s);
  const FakeStream* audit = world.nats.stream("ROOMKEEPER_AUDIT");
  ASSERT_NE(audit, nullptr);
  bool told = false;
  for (const auto& [seq, message] : audit->messages()) {
    const json entry = json::parse(message.data, nullptr, false);
    if (entry.value("reason", "") != "released") continue;
    told = true;
    EXPECT_EQ(entry["room"], json("team"));
    EXPECT_EQ(entry["stream"], json("ROOM_team"));
  }
  EXPECT_TRUE(told);
}

TEST_F(Adoption, WhatIsNotReleasedSaysWhy) {
  define_all();
  adopt({{"match", "*"}, {"dry_run", false}});
  world.pass(3s);
  const json of_file = release("plain");
  EXPECT_EQ(of_file["code"], json("owned_by_file"));
  EXPECT_NE(of_file.value("message", "").find("roomkeeper.yaml:"), std::string::npos) << of_file;
  world.write_config(std::string(head) + "rooms: [ {id: swim, template: lobby} ]\n");
  world.pass(3s);
  EXPECT_EQ(verdict(world, "plain"), "orphaned/orphaned");
  EXPECT_EQ(release("plain")["outcome"], json("released")) << "no file names it any more";
  EXPECT_EQ(release("plain")["code"], json("refused")) << "it is nobody's now";
  EXPECT_EQ(release("nowhere")["code"], json("room_not_found"));
  EXPECT_EQ(release("swim")["code"], json("owned_by_file"));
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "dive", "template": "lobby"}})"), "");
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  ASSERT_EQ(refusal(world, "room.hold", R"({"room": "team"})"), "");
  world.pass(2s);
  EXPECT_EQ(release("team")["code"], json("unsafe"));
  const json pooled = release("dive");
  EXPECT_EQ(pooled["code"], json("refused"));
  EXPECT_NE(pooled.value("message", "").find("pool lobby"), std::string::npos) << pooled;
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  EXPECT_EQ(refusal(world, "room.release", R"({"rooms": []})"), "bad_request");
  EXPECT_EQ(refusal(world, "room.release", R"({"rooms": ["no spaces"]})"), "bad_request");
}

TEST_F(Adoption, AReleaseThatGotNoAnswerCanBeRepeated) {
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  world.nats.lose_replies(1, "$JS.API.STREAM.UPDATE.ROOM_team");
  EXPECT_EQ(release("team")["code"], json("timeout"));
  world.pass(10s);
  EXPECT_TRUE(world.has_stream("team"));
  const json again = release("team");
  EXPECT_TRUE(again["outcome"] == json("released") || again["code"] == json("refused")) << again;
  EXPECT_EQ(metadata_of(world, "ROOM_team", "roomkeeper.instance"), "(none)");
}

}  // namespace
}  // namespace roomkeeper::testing
