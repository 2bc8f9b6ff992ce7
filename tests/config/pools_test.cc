// Pooled templates: what they change by themselves, and what they refuse.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "tests/config/config_folder.h"

namespace roomkeeper::testing {
namespace {

using policies::Layout;
using policies::OnFull;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* own_settings =
    "expected no settings of its own but room_connections in a room of pool \"lobby\": rooms of "
    "the "
    "pool share one stream; put it into a template of its own, or use layout: dedicated";
constexpr const char* drops =
    "expected reject_new in a pool, not drop_old, which would delete messages of other rooms when "
    "one room fills the stream";

TEST(Pools, ATemplateFillsWhatNobodyChose) {
  const config::Config config = loaded(
      "templates: {lobby: {layout: pooled, retention: {max_age: 7d}}}\n"
      "rooms: [{id: a, title: 로비, topic: t, tags: [x], template: lobby}, {id: b, template: "
      "lobby}]\n");
  const policies::RoomSettings& settings = *config.templates.at("lobby");
  EXPECT_EQ(settings.layout, Layout::pooled);
  EXPECT_EQ(settings.stream.on_full, OnFull::reject_new);
  EXPECT_EQ(settings.stream.duplicate_window, milliseconds(100));
  EXPECT_EQ(settings.origins.at("stream.on_full"), "built-in, of a pool");
  EXPECT_EQ(settings.origins.at("stream.duplicate_window"), "built-in, of a pool");
  EXPECT_EQ(room(config, "a")->settings, config.templates.at("lobby"));
  EXPECT_EQ(room(config, "a")->title, "로비");
  EXPECT_EQ(room(config, "a")->settings, room(config, "b")->settings);
  EXPECT_EQ(config.templates.at("default")->stream.on_full, OnFull::drop_old);
}

TEST(Pools, WhatWasChosenStays) {
  const config::Config config = loaded(
      "templates:\n"
      "  base: {stream: {duplicate_window: 1s, on_full: reject_new}}\n"
      "  lobby: {extends: base, layout: pooled, stream: {max_bytes: 8GiB}}\n");
  const policies::RoomSettings& settings = *config.templates.at("lobby");
  EXPECT_EQ(settings.stream.duplicate_window, std::chrono::seconds(1));
  EXPECT_THAT(settings.origins.at("stream.on_full"), HasSubstr("template base"));
  EXPECT_EQ(settings.stream.max_bytes, std::int64_t{8} << 30);
}

TEST(Pools, AChildInheritsTheLayoutAndCanLeaveIt) {
  const config::Config config = loaded(
      "templates:\n"
      "  lobby: {layout: pooled}\n"
      "  week: {extends: lobby, retention: {max_age: 7d}}\n"
      "  alone: {extends: lobby, layout: dedicated}\n");
  EXPECT_EQ(config.templates.at("week")->layout, Layout::pooled);
  EXPECT_EQ(config.templates.at("week")->stream.on_full, OnFull::reject_new);
  EXPECT_EQ(config.templates.at("alone")->layout, Layout::dedicated);
  // What the pool got by itself is not inherited.
  EXPECT_EQ(config.templates.at("alone")->stream.on_full, OnFull::drop_old);
  EXPECT_EQ(config.templates.at("alone")->stream.duplicate_window, std::chrono::minutes(2));
}

TEST(Pools, ARoomWithSettingsOfItsOwnIsRefusedAtEachOfThem) {
  EXPECT_THAT(
      problems_of("templates: {lobby: {layout: pooled}}\n"
                  "rooms:\n"
                  "  - {id: a, template: lobby, storage: memory, stream: {max_bytes: 1MiB}}\n"
                  "  - {range: 'r{1..3}', template: lobby, retention: {max_age: 7d}}\n"
                  "  - {id: b, template: lobby, title: 로비, tags: [x]}\n"),
      ElementsAre(std::string("rk.yaml:3:39: rooms[0].storage: ") + own_settings,
                  std::string("rk.yaml:3:67: rooms[0].stream.max_bytes: ") + own_settings,
                  std::string("rk.yaml:4:52: rooms[1].retention: ") + own_settings));
}

TEST(Pools, ALayoutOfARoomIsUnknown) {
  EXPECT_THAT(problems_of("rooms: [{id: a, layout: pooled}]\n"),
              ElementsAre(HasSubstr("rk.yaml:1:17: rooms[0].layout: unknown key")));
}

TEST(Pools, DropOldIsRefusedWhereItWasChosen) {
  EXPECT_THAT(
      problems_of("templates:\n  lobby:\n    layout: pooled\n    stream: {on_full: drop_old}\n"),
      ElementsAre(std::string("rk.yaml:4:23: templates.lobby.stream.on_full: ") + drops));
}

TEST(Pools, DropOldOfAParentCountsAsChosen) {
  EXPECT_THAT(problems_of("templates:\n"
                          "  base: {stream: {on_full: drop_old}}\n"
                          "  lobby: {extends: base, layout: pooled}\n"),
              ElementsAre(std::string("rk.yaml:3:3: templates.lobby.stream.on_full: ") + drops));
}

TEST(Pools, InterestAndWorkqueueAreRefused) {
  for (const char* retention : {"interest", "workqueue"}) {
    EXPECT_THAT(
        problems_of(std::string("templates: {lobby: {layout: pooled, stream: {retention: ") +
                    retention + "}}}\n"),
        ElementsAre(std::string("rk.yaml:1:57: templates.lobby.stream.retention: expected "
                                "limits in a pool, not ") +
                    retention + ", by which the readers of one room decide about messages of all"));
  }
}

TEST(Pools, EverythingThatIsWrongIsToldAtOnce) {
  EXPECT_THAT(problems_of("templates:\n"
                          "  lobby:\n"
                          "    layout: pooled\n"
                          "    retention: {max_age: 5s}\n"
                          "    stream: {on_full: drop_old, retention: interest, duplicate_window: "
                          "1m}\n"),
              ElementsAre(HasSubstr("rk.yaml:2:3: templates.lobby.stream.duplicate_window"),
                          HasSubstr("rk.yaml:5:23: templates.lobby.stream.on_full"),
                          HasSubstr("rk.yaml:5:44: templates.lobby.stream.retention")));
}

TEST(Pools, ARoomOfTheApiIsRefusedInTheSameWords) {
  const config::Config config = loaded("templates: {lobby: {layout: pooled}}\n");
  const auto good = config::parse_api_room(
      R"({"id": "a", "title": "로비", "tags": ["x"], "template": "lobby"})", config);
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->settings, config.templates.at("lobby"));
  const auto bad = config::parse_api_room(
      R"({"id": "a", "template": "lobby", "stream": {"max_bytes": "1MiB"}})", config);
  ASSERT_FALSE(bad.has_value());
  ASSERT_EQ(bad.error().size(), 1U);
  EXPECT_EQ(to_string(bad.error().front()),
            std::string("request:1:58: stream.max_bytes: ") + own_settings);
}

TEST(Pools, TheirStreamsHaveAPrefixOfTheirOwn) {
  EXPECT_EQ(loaded("names: {pool_prefix: LOBBY_}\n").names.pool_prefix, "LOBBY_");
  EXPECT_THAT(problems_of("names: {stream_prefix: LOBBY_, pool_prefix: P_}\n"), IsEmpty());
  EXPECT_THAT(problems_of("names: {pool_prefix: ROOM_X}\n"),
              ElementsAre("rk.yaml:1:22: names.pool_prefix: expected names apart from those of "
                          "other streams (ROOM_), not \"ROOM_X\""));
  EXPECT_THAT(problems_of("names: {stream_prefix: P}\n"),
              ElementsAre("rk.yaml:1:24: names.stream_prefix: expected names apart from those of "
                          "other streams (POOL_), not \"P\""));
  EXPECT_THAT(problems_of("names: {pool_prefix: HOLD_}\n"),
              ElementsAre("rk.yaml:1:22: names.pool_prefix: expected names apart from those of "
                          "other streams (HOLD_), not \"HOLD_\""));
}

}  // namespace
}  // namespace roomkeeper::testing
