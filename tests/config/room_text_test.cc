// Rooms written as entries of `rooms:` and read again: the same room.
#include "config/room_text.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "config/load.h"
#include "config/room_fields.h"
#include "config/text_quoting.h"
#include "tests/config/config_folder.h"
#include "tests/config/random_definitions.h"

namespace roomkeeper::testing {
namespace {

using config::Config;
using config::EntryFormat;
using config::room_entry_text;
using config::RoomField;
using policies::RoomSettings;
using policies::RoomSpec;

/// A value of each field that is none of the templates below, as JSON.
const std::map<std::string, std::string, std::less<>>& samples() {
  static const std::map<std::string, std::string, std::less<>> table = {
      {"storage", R"("memory")"},
      {"replicas", "3"},
      {"retention", R"({"until": "midnight", "days": 7, "timezone": "Europe/Berlin"})"},
      {"stream.max_messages", "4711"},
      {"stream.max_bytes", R"("33MiB")"},
      {"stream.max_message_size", R"("3KiB")"},
      {"stream.max_messages_per_subject", "12"},
      {"stream.max_consumers", "7"},
      {"stream.on_full", R"("reject_new")"},
      {"stream.retention", R"("interest")"},
      {"stream.duplicate_window", R"("1m30s")"},
      {"stream.compression", R"("s2")"},
      {"stream.placement.cluster", R"("seoul:1")"},
      {"stream.placement.tags", R"(["az:1", "a,b", "null"])"},
      {"room_connections.max", "0"},
      {"room_connections.on_limit", R"("evict_oldest")"},
      {"room_connections.reserved_for_admins", "2"},
      {"room_connections.enforce_now", "false"},
  };
  return table;
}

/// `stream.max_bytes` and a value as nested objects.
std::string nested(std::string_view key, const std::string& value) {
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos) return "{\"" + std::string(key) + "\": " + value + "}";
  return "{\"" + std::string(key.substr(0, dot)) + "\": " + nested(key.substr(dot + 1), value) +
         "}";
}

std::string json_room(std::string_view key, const std::string& value) {
  const std::string setting = nested(key, value);
  return R"({"id": "general", )" + setting.substr(1);
}

RoomSpec parsed(const std::string& json, const Config& config) {
  auto room = config::parse_api_room(json, config);
  if (!room) throw std::runtime_error(json + "\n" + to_string(room.error().front()));
  return *std::move(room);
}

std::string text_of(const RoomSpec& room, const Config& config, EntryFormat format) {
  return room_entry_text(room, *config.templates.at(room.settings->template_name), format);
}

/// All that can be said of a room's effective_fields settings, by the table itself.
std::map<std::string, std::string> effective_fields(const RoomSettings& settings) {
  std::map<std::string, std::string> values = {{"template", settings.template_name}};
  for (const RoomField& field : config::room_fields()) {
    std::string& value = values[std::string(field.key)];
    value = field.show(settings);
    if (field.items == nullptr) continue;
    for (const std::string& item : field.items(settings)) value += "\n" + item;
  }
  return values;
}

void expect_same(const RoomSpec& got, const RoomSpec& wanted, const std::string& text) {
  EXPECT_EQ(got.id, wanted.id) << text;
  EXPECT_EQ(got.title, wanted.title) << text;
  EXPECT_EQ(got.topic, wanted.topic) << text;
  EXPECT_EQ(got.tags, wanted.tags) << text;
  EXPECT_EQ(effective_fields(*got.settings), effective_fields(*wanted.settings)) << text;
  EXPECT_TRUE(config::same_definition(got, wanted)) << text;
}

TEST(RoomText, EveryFieldOfTheTableComesBack) {
  const Config config = loaded("rooms: []\n");
  for (const RoomField& field : config::room_fields()) {
    if (field.template_only) continue;
    const auto sample = samples().find(field.key);
    ASSERT_NE(sample, samples().end()) << field.key << " has no sample here: add one";
    EXPECT_EQ(field.items != nullptr, field.type == "list")
        << field.key << ": a list needs its items";
    const RoomSpec room = parsed(json_room(field.key, sample->second), config);
    EXPECT_NE(effective_fields(*room.settings), effective_fields(*config.templates.at("default")))
        << field.key << ": the sample is the default";
    const std::string json = text_of(room, config, EntryFormat::json);
    expect_same(parsed(json, config), room, json);
    const std::string yaml = text_of(room, config, EntryFormat::yaml);
    const Config again = loaded("rooms:\n" + yaml);
    ASSERT_EQ(again.rooms.rooms.size(), 1U) << yaml;
    expect_same(again.rooms.rooms.front(), room, yaml);
  }
}

TEST(RoomText, ReadsWellAndSaysNoMoreThanTheRoomDoes) {
  const Config config = loaded(random_templates);
  const RoomSpec room = parsed(
      R"({"id": "general", "title": "자유 대화방", "tags": ["notice", "공지"], "template": "archive",
          "retention": "forever", "stream": {"max_messages": 1000, "max_bytes": "32MiB",
          "placement": {"tags": ["ssd"]}}})",
      config);
  EXPECT_EQ(text_of(room, config, EntryFormat::yaml),
            "  - id: general\n"
            "    title: \"자유 대화방\"\n"
            "    tags: [notice, \"공지\"]\n"
            "    template: archive\n"
            "    retention: {forever: true}\n"
            "    stream:\n"
            "      max_messages: 1000\n"
            "      max_bytes: 32MiB\n"
            "      placement:\n"
            "        tags: [ssd]\n");
  EXPECT_EQ(
      text_of(room, config, EntryFormat::json),
      R"({"id":"general","title":"자유 대화방","tags":["notice","공지"],"template":"archive",)"
      R"("retention":{"forever":true},"stream":{"max_messages":1000,"max_bytes":"32MiB",)"
      R"("placement":{"tags":["ssd"]}}})");
  EXPECT_EQ(text_of(parsed(R"({"id": "plain"})", config), config, EntryFormat::yaml),
            "  - id: plain\n");
  EXPECT_EQ(
      text_of(parsed(R"({"id": "null", "template": "lobby"})", config), config, EntryFormat::yaml),
      "  - id: \"null\"\n    template: lobby\n");
}

TEST(RoomText, ConnectionsOfARoomOfAPoolAreWrittenWhereTheyDifferFromTheTemplate) {
  const Config config = loaded(random_templates);
  const RoomSpec room = parsed(
      R"({"id": "a", "template": "lobby", "room_connections": {"max": "unlimited",
          "enforce_now": false}})",
      config);
  EXPECT_EQ(text_of(room, config, EntryFormat::yaml),
            "  - id: a\n"
            "    template: lobby\n"
            "    room_connections:\n"
            "      max: unlimited\n"
            "      enforce_now: false\n");
  EXPECT_EQ(text_of(room, config, EntryFormat::json),
            R"({"id":"a","template":"lobby",)"
            R"("room_connections":{"max":"unlimited","enforce_now":false}})");
}

TEST(RoomText, AWindowThatFollowsFromTheRetentionIsLeftToFollow) {
  const Config config = loaded(random_templates);
  const auto text = [&](const std::string& json) {
    return text_of(parsed(json, config), config, EntryFormat::json);
  };
  EXPECT_EQ(text(R"({"id": "a", "retention": {"max_age": "30s"}})"),
            R"({"id":"a","retention":{"max_age":"30s"}})");
  EXPECT_EQ(text(R"({"id": "a", "template": "brief", "retention": {"max_age": "1d"}})"),
            R"({"id":"a","template":"brief","retention":{"max_age":"1d"}})");
  EXPECT_EQ(text(R"({"id": "a", "template": "brief", "retention": {"max_age": "1d"},
                     "stream": {"duplicate_window": "1m"}})"),
            R"({"id":"a","template":"brief","retention":{"max_age":"1d"},)"
            R"("stream":{"duplicate_window":"1m"}})");
}

TEST(RoomText, TextsThatLookLikeSomethingElseAreQuoted) {
  for (const char* text :
       {"",    " ",    "null",  "Null",   "~",   "true", "NO", "on", "y",  "12", "1.5", "-",
        "- a", "a: b", "a #b",  "#",      "[x]", "{x}",  "*a", "&a", "!a", "%a", "@a",  "a ",
        " a",  "'a'",  "\"a\"", "한국어", "a,b", "<<",   "=",  "?",  "|",  ">"}) {
    EXPECT_EQ(config::yaml_text(text).front(), '"') << text;
  }
  for (const char* text : {"general", "General chat", "a-b_c.d/e", "v2", "Asia/Seoul"})
    EXPECT_EQ(config::yaml_text(text), text);
  EXPECT_EQ(config::quoted_json("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(config::quoted_json(std::string_view("\n\x1b\x00\x7f", 4)),
            R"("\u000A\u001B\u0000\u007F")");
  EXPECT_EQ(config::quoted_json("\xE2\x80\xA8\xEF\xBB\xBF"), R"("\u2028\uFEFF")");
  EXPECT_EQ(config::quoted_json("\xff"), "\"\xEF\xBF\xBD\"");
}

TEST(RoomText, AThousandRandomRoomsComeBackFromYamlAndFromJson) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Config config = loaded(random_templates);
    std::string yaml(random_templates);
    yaml += "rooms:\n";
    std::map<std::string, RoomSpec> wanted;
    for (const std::string& definition : RandomDefinitions(seed, true).make(1000)) {
      const RoomSpec room = parsed(definition, config);
      const std::string json = text_of(room, config, EntryFormat::json);
      expect_same(parsed(json, config), room, definition + "\n" + json);
      yaml += text_of(room, config, EntryFormat::yaml);
      wanted.emplace(room.id.text(), room);
    }
    const Config again = loaded(yaml);
    ASSERT_EQ(again.rooms.rooms.size(), wanted.size());
    for (const RoomSpec& room : again.rooms.rooms)
      expect_same(room, wanted.at(room.id.text()),
                  text_of(wanted.at(room.id.text()), config, EntryFormat::yaml));
  }
}

TEST(RoomText, DefinitionsDifferInWhatTheySayThemselves) {
  const Config config = loaded(random_templates);
  const auto same = [&](const char* a, const char* b) {
    return config::same_definition(parsed(a, config), parsed(b, config));
  };
  EXPECT_TRUE(same(R"({"id": "a", "stream": {"max_bytes": "1MiB"}})",
                   R"({"id": "a", "template": "default", "stream": {"max_bytes": 1048576}})"));
  EXPECT_FALSE(same(R"({"id": "a"})", R"({"id": "b"})"));
  EXPECT_FALSE(same(R"({"id": "a"})", R"({"id": "a", "title": "A"})"));
  EXPECT_FALSE(same(R"({"id": "a"})", R"({"id": "a", "topic": "A"})"));
  EXPECT_FALSE(same(R"({"id": "a", "tags": ["x", "y"]})", R"({"id": "a", "tags": ["y", "x"]})"));
  EXPECT_FALSE(same(R"({"id": "a"})", R"({"id": "a", "template": "archive"})"));
  // What is said stays when the template changes; what is not said goes along.
  EXPECT_FALSE(same(R"({"id": "a", "template": "archive"})",
                    R"({"id": "a", "template": "archive", "stream": {"max_bytes": "64MiB"}})"));
  EXPECT_FALSE(same(R"({"id": "a", "template": "lobby"})",
                    R"({"id": "a", "template": "lobby", "room_connections": {"max": 200}})"));
  EXPECT_TRUE(same(R"({"id": "a", "room_connections": {"max": 200}})",
                   R"({"id": "a", "room_connections": {"max": "200"}})"));
  EXPECT_FALSE(same(R"({"id": "a", "stream": {"placement": {"tags": ["a", "b"]}}})",
                    R"({"id": "a", "stream": {"placement": {"tags": ["a,b"]}}})"));
}

}  // namespace
}  // namespace roomkeeper::testing
