// Rooms of the admin API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "tests/config/config_folder.h"

namespace roomkeeper::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ApiRoom : public ::testing::Test {
 protected:
  ApiRoom() : config_(loaded("templates: {archive: {replicas: 3}}\n")) {}

  std::vector<std::string> problems(std::string_view text) const {
    std::vector<std::string> out;
    const auto parsed = parse_api_room(text, config_);
    if (parsed) return out;
    for (const config::Problem& problem : parsed.error()) out.push_back(to_string(problem));
    return out;
  }

  config::Config config_;
};

TEST_F(ApiRoom, JsonInTheShapeOfAnEntry) {
  const auto parsed = parse_api_room(
      R"({"id": "lobby", "title": "\ub85c\ube44 \ud83d\ude00 \"a\\ud83d\"", "topic": "t\/u", "tags": ["a"],
          "template": "archive", "stream": {"max_bytes": "1MiB", "max_messages": 10}})",
      config_);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->id.text(), "lobby");
  EXPECT_EQ(parsed->owner, policies::RoomOwner::api);
  EXPECT_EQ(parsed->title, "로비 😀 \"a\\ud83d\"");
  EXPECT_EQ(parsed->topic, "t/u");
  EXPECT_EQ(parsed->place.file, nullptr);
  EXPECT_EQ(parsed->settings->stream.replicas, 3);
  EXPECT_EQ(parsed->settings->stream.max_bytes, 1 << 20);
  EXPECT_EQ(parsed->settings->origins.at("stream.max_bytes"), "room");
  EXPECT_EQ(parsed->settings->template_name, "archive");
}

TEST_F(ApiRoom, YamlToo) {
  const auto parsed = parse_api_room("id: lobby\nretention: {max_age: 1h}\n", config_);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->settings->retention,
            policies::RetentionRule(policies::KeepFor{std::chrono::hours(1)}));
}

TEST_F(ApiRoom, WithoutSettingsOfItsOwnItSharesTheTemplate) {
  EXPECT_EQ(parse_api_room(R"({"id": "a"})", config_)->settings, config_.templates.at("default"));
}

TEST_F(ApiRoom, RefusalsNameKeyAndPlace) {
  EXPECT_THAT(
      problems(R"({"range": "a{1..2}", "template": "archiv"})"),
      ElementsAre(
          "request:1:1: id: expected an id such as general",
          HasSubstr("request:1:2: range: unknown key"),
          "request:1:34: template: there is no template \"archiv\" (did you mean \"archive\"?)"));
  EXPECT_THAT(problems("[]"), ElementsAre("request:1:1: expected a mapping, not a list"));
  EXPECT_THAT(problems(""), ElementsAre("request:1:1: expected a room, not nothing"));
  EXPECT_THAT(problems("{\"id\": "), ElementsAre(HasSubstr("request:1:")));
  EXPECT_THAT(problems(R"({"id": "a", "title": "\ud83d"})"), ElementsAre(HasSubstr("request:1:")));
  EXPECT_THAT(problems("{\"id\": \"a\", \"title\": \"\xff\"}"),
              ElementsAre(HasSubstr("expected UTF-8")));
  EXPECT_THAT(problems(std::string(70'000, ' ')),
              ElementsAre("request:1:1: expected at most 64 KiB"));
  EXPECT_THAT(problems("id: a\n---\nid: b\n"), ElementsAre(HasSubstr("expected one document")));
  EXPECT_THAT(problems(R"({"id": "a", "id": "b"})"),
              ElementsAre(HasSubstr("expected each key once")));
}

}  // namespace
}  // namespace roomkeeper::testing
