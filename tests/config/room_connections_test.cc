// `room_connections` in templates, in rooms, and in rooms of pools.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/print.h"
#include "config/reference.h"
#include "policies/setting_text.h"
#include "tests/config/config_folder.h"

namespace roomkeeper::testing {
namespace {

using policies::ConnectionLimit;
using policies::OnLimit;
using policies::RoomSettings;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* house =
    "templates:\n"
    "  default: {room_connections: {max: 100, reserved_for_admins: 2}}\n"
    "  busy: {extends: default, room_connections: {max: 1000, on_limit: evict_oldest}}\n"
    "  lobby: {layout: pooled, room_connections: {max: 50}}\n"
    "rooms:\n"
    "  - {id: plain}\n"
    "  - {id: small, room_connections: {max: 5}}\n"
    "  - {id: open, template: busy, room_connections: {max: unlimited, enforce_now: false}}\n"
    "  - {id: p1, template: lobby}\n"
    "  - {id: p2, template: lobby, room_connections: {max: 0}}\n"
    "  - {id: p3, template: lobby}\n";

const RoomSettings& settings_of(const config::Config& config, std::string_view id) {
  return *room(config, id)->settings;
}

TEST(RoomConnections, WithoutThemNothingIsLimited) {
  const config::Config config = loaded("rooms: [{id: a}]\n");
  EXPECT_EQ(settings_of(config, "a").connections, ConnectionLimit());
  EXPECT_EQ(settings_of(config, "a").origins.at("room_connections.max"), "built-in");
}

TEST(RoomConnections, MergeKeyByKeyAlongTemplatesAndRoom) {
  const config::Config config = loaded(house);
  EXPECT_EQ(settings_of(config, "plain").connections,
            (ConnectionLimit{.max = 100, .reserved_for_admins = 2}));
  EXPECT_EQ(settings_of(config, "small").connections,
            (ConnectionLimit{.max = 5, .reserved_for_admins = 2}));
  EXPECT_EQ(settings_of(config, "open").connections,
            (ConnectionLimit{.max = {},
                             .on_limit = OnLimit::evict_oldest,
                             .reserved_for_admins = 2,
                             .enforce_now = false}));
  const auto& origins = settings_of(config, "open").origins;
  EXPECT_THAT(origins.at("room_connections.max"), HasSubstr("room, "));
  EXPECT_THAT(origins.at("room_connections.max"), HasSubstr("rk.yaml:8:56"));
  EXPECT_THAT(origins.at("room_connections.on_limit"), HasSubstr("template busy, "));
  EXPECT_THAT(origins.at("room_connections.reserved_for_admins"), HasSubstr("template default, "));
}

TEST(RoomConnections, ARoomOfAPoolHasItsOwnAndEverythingElseOfThePool) {
  const config::Config config = loaded(house);
  const auto& pool = config.templates.at("lobby");
  EXPECT_EQ(room(config, "p1")->settings, pool);
  EXPECT_EQ(room(config, "p3")->settings, pool);
  const RoomSettings& own = settings_of(config, "p2");
  EXPECT_NE(room(config, "p2")->settings, pool);
  EXPECT_EQ(own.connections.max, 0);
  EXPECT_EQ(pool->connections.max, 50);
  EXPECT_EQ(own.layout, policies::Layout::pooled);
  EXPECT_EQ(own.template_name, "lobby");
  EXPECT_EQ(own.stream, pool->stream);
  EXPECT_EQ(own.retention, pool->retention);
  EXPECT_EQ(own.origins.at("stream.on_full"), "built-in, of a pool");
  EXPECT_EQ(own.origins.at("stream.duplicate_window"), "built-in, of a pool");
}

TEST(RoomConnections, DoNotLetOtherSettingsIntoAPool) {
  EXPECT_THAT(
      problems_of("templates: {lobby: {layout: pooled}}\n"
                  "rooms: [{id: a, template: lobby, room_connections: {max: 5}, replicas: 3}]\n"),
      ElementsAre(HasSubstr("rk.yaml:2:72: rooms[0].replicas: expected no settings of its own but "
                            "room_connections in a room of pool \"lobby\"")));
}

TEST(RoomConnections, ARangeSharesThem) {
  const config::Config config = loaded(
      "templates: {lobby: {layout: pooled}}\n"
      "rooms: [{range: 'game-{1..3}', template: lobby, room_connections: {max: 8}}]\n");
  EXPECT_EQ(settings_of(config, "game-1").connections.max, 8);
  EXPECT_EQ(room(config, "game-1")->settings, room(config, "game-3")->settings);
}

TEST(RoomConnections, OfARoomOfTheApi) {
  const config::Config config = loaded(house);
  const auto made = config::parse_api_room(
      R"({"id": "a", "template": "lobby", "room_connections": {"max": 7, "enforce_now": false}})",
      config);
  ASSERT_TRUE(made.has_value()) << to_string(made.error().front());
  EXPECT_EQ(made->settings->connections, (ConnectionLimit{.max = 7, .enforce_now = false}));
  EXPECT_EQ(made->settings->origins.at("room_connections.max"), "room");
  const auto bad =
      config::parse_api_room(R"({"id": "a", "room_connections": {"max": 1.5}})", config);
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(to_string(bad.error().front()),
            "request:1:41: room_connections.max: expected a whole number from 0 to 1000000 or "
            "unlimited, not \"1.5\"");
}

TEST(RoomConnections, AreRefusedWithTheirPlace) {
  EXPECT_THAT(
      problems_of("templates:\n"
                  "  default: {room_connections: {max: lots, on_limit: drop_old}}\n"
                  "  other: {room_connections: 5}\n"
                  "rooms:\n"
                  "  - {id: a, room_connections: {reserved_for_admins: -1, enforce_now: 2}}\n"
                  "  - {id: b, room_connections: {maxx: 1}}\n"
                  "  - {id: c, room_connection: {max: 1}}\n"),
      ElementsAre(
          "rk.yaml:2:37: templates.default.room_connections.max: expected a whole number from 0 "
          "to 1000000 or unlimited, not \"lots\"",
          "rk.yaml:2:53: templates.default.room_connections.on_limit: expected reject_new or "
          "evict_oldest, not \"drop_old\"",
          "rk.yaml:3:29: templates.other.room_connections: expected a mapping with max, on_limit, "
          "reserved_for_admins or enforce_now, not text",
          "rk.yaml:5:53: rooms[0].room_connections.reserved_for_admins: expected a whole number "
          "from 0 to 10000, not \"-1\"",
          HasSubstr("rk.yaml:5:70: rooms[0].room_connections.enforce_now: expected "),
          "rk.yaml:6:32: rooms[1].room_connections.maxx: unknown key (did you mean \"max\"?)",
          "rk.yaml:7:13: rooms[2].room_connection: unknown key (did you mean "
          "\"room_connections\"?)"));
}

TEST(RoomConnections, PlacesForAdminsWarnWhenNobodyIsOne) {
  const std::string nobody =
      "reserved_for_admins: nobody takes these places, since limits.admin_users is empty";
  const std::string room = "rooms: [{id: a, room_connections: {max: 2, reserved_for_admins: 1}}]\n";
  ConfigFolder folder;
  folder.write("rk.yaml", room);
  loaded(folder);
  EXPECT_THAT(folder.warnings, ElementsAre("room a: room_connections." + nobody));

  ConfigFolder account;
  account.write("rk.yaml", "limits: {account_connections: {max: 2, reserved_for_admins: 1}}\n");
  loaded(account);
  EXPECT_THAT(account.warnings, ElementsAre("limits.account_connections." + nobody));

  ConfigFolder with_admin;
  with_admin.write("rk.yaml", "limits: {admin_users: [APP/ann]}\n" + room);
  loaded(with_admin);
  EXPECT_THAT(with_admin.warnings, IsEmpty());
}

TEST(RoomConnections, AreShownWithTheirOrigins) {
  const config::Config config = loaded(house);
  const std::string text = print_config(config);
  EXPECT_THAT(text, HasSubstr("room_connections.max"));
  EXPECT_THAT(
      config::room_settings_markdown(),
      HasSubstr("| `room_connections.enforce_now` | bool | `true` | template, room, room of "
                "a pool |"));
  std::string described;
  for (const policies::SettingText& value : describe_settings(settings_of(config, "p2"))) {
    if (value.key.starts_with("room_connections."))
      described += value.key.substr(17) + "=" + value.text + " ";
  }
  EXPECT_EQ(described, "max=0 on_limit=reject_new reserved_for_admins=0 enforce_now=true ");
}

}  // namespace
}  // namespace roomkeeper::testing
