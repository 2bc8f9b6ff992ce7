// Templates and rooms: merging, where values come from, ranges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/print.h"
#include "config/range.h"
#include "tests/config/config_folder.h"

namespace roomkeeper::testing {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string origin(const policies::RoomSettings& settings, const std::string& key) {
  return settings.origins.at(key);
}

/// Loads as `rk.yaml` and keeps the folder's name for expected origins.
class Rooms : public ::testing::Test {
 protected:
  config::Config load(std::string_view text) {
    folder_.write("rk.yaml", text);
    return loaded(folder_);
  }
  std::string place(const std::string& line_and_column) {
    return folder_.path("rk.yaml") + ":" + line_and_column;
  }
  ConfigFolder folder_;
};

TEST_F(Rooms, MapsMergeKeyByKeyAndRetentionIsReplacedWhole) {
  const config::Config config = load(
      "templates:\n"
      "  base: {retention: {until: midnight, days: 3, timezone: UTC}, stream: {max_bytes: 1MiB, "
      "on_full: reject_new}}\n"
      "  child: {extends: base, retention: {max_age: 2d}, stream: {max_bytes: 2MiB, placement: "
      "{tags: [a]}}}\n"
      "  grandchild: {extends: child, stream: {placement: {cluster: c}}}\n"
      "rooms: [{id: a, template: grandchild}]\n");
  const policies::RoomSettings& settings = *room(config, "a")->settings;
  EXPECT_EQ(settings.template_name, "grandchild");
  EXPECT_EQ(settings.retention, policies::RetentionRule(policies::KeepFor{hours(48)}));
  EXPECT_EQ(settings.stream.max_bytes, 2 << 20);
  EXPECT_EQ(settings.stream.on_full, policies::OnFull::reject_new);
  EXPECT_EQ(settings.stream.placement.cluster, "c");
  EXPECT_THAT(settings.stream.placement.tags, ElementsAre("a"));
  EXPECT_EQ(origin(settings, "retention"), "template child, " + place("3:37"));
  EXPECT_EQ(origin(settings, "stream.max_bytes"), "template child, " + place("3:72"));
  EXPECT_EQ(origin(settings, "stream.on_full"), "template base, " + place("2:99"));
  EXPECT_EQ(origin(settings, "stream.placement.cluster"), "template grandchild, " + place("4:62"));
  EXPECT_EQ(origin(settings, "replicas"), "built-in");
}

TEST_F(Rooms, ThereIsNoImplicitParent) {
  const config::Config config = load(
      "templates:\n"
      "  default: {replicas: 3}\n"
      "  other: {}\n"
      "rooms: [{id: a}, {id: b, template: other}]\n");
  EXPECT_EQ(room(config, "a")->settings->stream.replicas, 3);
  EXPECT_EQ(room(config, "b")->settings->stream.replicas, 1);
}

TEST_F(Rooms, DefaultCanBeExtendedWithoutBeingWritten) {
  const config::Config config = load("templates: {a: {extends: default, replicas: 3}}\n");
  EXPECT_EQ(config.templates.at("a")->stream.replicas, 3);
  EXPECT_EQ(config.templates.at("default")->stream.replicas, 1);
}

TEST_F(Rooms, OverridesMakeOwnSettingsAndOthersAreShared) {
  const config::Config config = load(
      "rooms:\n"
      "  - {id: a, storage: memory, stream: {max_messages: 5k}, retention: forever}\n"
      "  - {id: b}\n"
      "  - {id: c}\n"
      "  - {range: 'r{1..3}', replicas: 3}\n");
  const auto& a = *room(config, "a")->settings;
  EXPECT_EQ(a.stream.storage, policies::Storage::memory);
  EXPECT_EQ(a.stream.max_messages, 5000);
  EXPECT_EQ(origin(a, "storage"), "room, " + place("2:22"));
  EXPECT_EQ(origin(a, "stream.max_bytes"), "built-in");
  EXPECT_EQ(a.template_name, "default");
  EXPECT_EQ(room(config, "b")->settings, room(config, "c")->settings);
  EXPECT_EQ(room(config, "r1")->settings, room(config, "r3")->settings);
  EXPECT_EQ(room(config, "r1")->settings->stream.replicas, 3);
}

TEST_F(Rooms, EveryFieldOfAStreamIsRead) {
  const config::Config config = load(
      "templates:\n"
      "  default:\n"
      "    layout: dedicated\n"
      "    stream: {max_messages: unlimited, max_bytes: 1GiB, max_message_size: 4KiB, "
      "max_messages_per_subject: 10,\n"
      "             max_consumers: 7, on_full: reject_new, retention: workqueue, duplicate_window: "
      "1m,\n"
      "             compression: s2, placement: {cluster: east, tags: [ssd, 'az:1']}}\n");
  const policies::StreamSettings& stream = config.templates.at("default")->stream;
  policies::StreamSettings expected;
  expected.max_bytes = 1 << 30;
  expected.max_message_size = 4096;
  expected.max_messages_per_subject = 10;
  expected.max_consumers = 7;
  expected.on_full = policies::OnFull::reject_new;
  expected.retention = policies::StreamRetention::workqueue;
  expected.duplicate_window = std::chrono::minutes(1);
  expected.compression = policies::Compression::s2;
  expected.placement = {"east", {"ssd", "az:1"}};
  EXPECT_EQ(stream, expected);
}

TEST_F(Rooms, ABuiltInDuplicateWindowFollowsAShortMaxAge) {
  const config::Config config = load(
      "templates: {short: {retention: {max_age: 30s}}, long: {extends: short, retention: {max_age: "
      "1d}}}\n");
  EXPECT_EQ(config.templates.at("short")->stream.duplicate_window, std::chrono::seconds(30));
  EXPECT_EQ(origin(*config.templates.at("short"), "stream.duplicate_window"),
            "built-in, lowered to retention.max_age");
  EXPECT_EQ(config.templates.at("long")->stream.duplicate_window, std::chrono::minutes(2));
}

TEST_F(Rooms, RangesKeepZerosTitleAndTags) {
  const config::Config config = load(
      "rooms: [{range: 'g{08..11}x', title: 게임, topic: t, tags: [a]}, {range: 'h{0..0}'}]\n");
  ASSERT_EQ(config.rooms.rooms.size(), 5U);
  for (const char* id : {"g08x", "g09x", "g10x", "g11x"}) {
    ASSERT_NE(room(config, id), nullptr) << id;
    EXPECT_EQ(room(config, id)->title, "게임");
    EXPECT_EQ(room(config, id)->topic, "t");
    EXPECT_THAT(room(config, id)->tags, ElementsAre("a"));
  }
  EXPECT_NE(room(config, "h0"), nullptr);
}

TEST(Range, Parsing) {
  const auto range = config::parse_range("a{1..100000}b");
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->size(), 100'000U);
  EXPECT_EQ(range->id(7), "a7b");
  EXPECT_EQ(config::parse_range("{1..010}")->id(1), "001");
  for (const char* text :
       {"", "a", "{1..2", "{..2}", "{1..}", "{1.2}", "{-1..2}", "{1..2}{3..4}", "{{1..2}}",
        "}1..2{", "{1..2..3}", "{1..99999999999}", "{a..b}", "{1,2}"}) {
    EXPECT_FALSE(config::parse_range(text).has_value()) << text;
  }
}

TEST_F(Rooms, LongTextsAreRefusedAtTheirBounds) {
  const auto entry = [](std::size_t title, std::size_t topic, std::size_t tag, std::size_t tags) {
    std::string text = "rooms: [{id: a, title: '" + std::string(title, 'x') + "', topic: '" +
                       std::string(topic, 'y') + "', tags: [" + std::string(tag, 'z');
    for (std::size_t i = 1; i < tags; ++i) text += ", t" + std::to_string(i);
    return text + "]}]\n";
  };
  EXPECT_TRUE(problems_of(entry(256, 1024, 96, 16)).empty());
  EXPECT_THAT(problems_of(entry(257, 0, 1, 1)),
              ElementsAre(HasSubstr("rooms[0].title: expected at most 256 bytes")));
  EXPECT_THAT(problems_of(entry(0, 1025, 1, 1)),
              ElementsAre(HasSubstr("rooms[0].topic: expected at most 1024 bytes")));
  EXPECT_THAT(problems_of(entry(0, 0, 97, 1)),
              ElementsAre(HasSubstr("rooms[0].tags[0]: expected a tag of 1 to 96")));
  EXPECT_THAT(problems_of(entry(0, 0, 1, 17)),
              ElementsAre(HasSubstr("rooms[0].tags: expected at most 16 tags")));
}

TEST_F(Rooms, SettingsAreShownWithTheirOrigins) {
  const config::Config config = load("rooms: [{id: a, retention: {max_age: 30d}}]\n");
  const std::string text = config::print_room_settings(*room(config, "a")->settings, "  ");
  EXPECT_THAT(text, HasSubstr("  retention"));
  EXPECT_THAT(text, HasSubstr("30d"));
  EXPECT_THAT(text, HasSubstr("room, " + place("1:28")));
  EXPECT_THAT(text, HasSubstr("built-in\n"));
}

}  // namespace
}  // namespace roomkeeper::testing
