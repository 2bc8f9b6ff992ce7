// Listings of rooms beside a naive model: searched, sorted, page by page, while rooms come and go.
#include "sidecar/room_listing.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "policies/subjects.h"
#include "sidecar/admin_context.h"
#include "sidecar/folded_text.h"
#include "sidecar/room_order.h"
#include "tests/sidecar/room_ids.h"

namespace roomkeeper::sidecar {
namespace {

using api::RoomListRequest;
using policies::RoomSpec;
using policies::RoomState;
using policies::WallTime;

/// What the model knows of a room.
struct Room {
  std::string title;
  std::vector<std::string> tags;
  std::string template_name;
  RoomState state = RoomState::ready;
  bool wanted = true;
  bool pooled = false;
  std::uint64_t messages = 0;
  std::int64_t last = 0;  ///< seconds; 0: unknown
};

/// A few rooms in a pool, in streams of their own, or nowhere; and all that a listing is made from.
class World {
 public:
  std::map<std::string, Room> rooms;

  api::ApiResult<RoomPage> list(const RoomListRequest& wanted) {
    build();
    return list_rooms(wanted, verdicts_, desired_, StoredRooms(streams_, &pools_, names_));
  }
  /// Ids of a page, and its cursor into `cursor`.
  std::vector<std::string> page(RoomListRequest wanted, std::string& cursor) {
    wanted.cursor = cursor;
    const auto found = list(wanted);
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().message);
    cursor.clear();
    if (!found) return {};
    total = found->total;
    if (found->more) cursor = found->cursor_behind(found->rooms.size() - 1);
    std::vector<std::string> ids;
    for (const FirstRooms::Entry& entry : found->rooms) ids.push_back(entry.verdict->room.text());
    return ids;
  }
  std::uint64_t total = 0;

  static std::uint64_t bytes_of(const Room& room) { return room.messages * 100; }

 private:
  void build() {
    verdicts_.clear();
    desired_.clear();
    streams_ = {};
    pools_ = {};
    pools_.roster.known = true;
    const auto pool = std::make_shared<const std::string>("lobby");
    policies::PoolContents& contents = pools_.contents["POOL_lobby"];
    for (const auto& [name, room] : rooms) {
      verdicts_.push_back({.room = id(name), .state = room.state});
      if (room.wanted) desired_.push_back(spec(name, room));
      if (room.pooled) {
        pools_.roster.rooms.push_back({.id = id(name), .pool = pool});
        contents.messages += room.messages;
        contents.bytes += bytes_of(room);
        if (room.messages > 0)
          contents.rooms.push_back(
              {.room = name, .messages = room.messages, .last_ts = at(room.last)});
      } else {
        streams_.streams.push_back(stream(name, room));
      }
    }
    std::sort(streams_.streams.begin(), streams_.streams.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }

  static WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds(seconds)}; }

  RoomSpec spec(const std::string& name, const Room& room) {
    auto& settings = settings_[room.template_name];
    if (settings == nullptr) {
      auto fresh = std::make_shared<policies::RoomSettings>();
      fresh->template_name = room.template_name;
      settings = std::move(fresh);
    }
    return {.id = id(name),
            .owner = policies::RoomOwner::file,
            .title = room.title,
            .topic = {},
            .tags = room.tags,
            .settings = settings,
            .place = {}};
  }

  policies::ObservedStream stream(const std::string& name, const Room& room) const {
    policies::ObservedStream stream;
    stream.name = names_.stream_of(id(name));
    stream.stored.messages = room.messages;
    stream.bytes = bytes_of(room);
    if (room.messages > 0) stream.stored.first_ts = stream.stored.last_ts = at(room.last);
    return stream;
  }

  policies::Names names_;
  std::vector<policies::RoomVerdict> verdicts_;
  std::vector<RoomSpec> desired_;
  policies::ObservedStreams streams_;
  policies::PoolsSeen pools_;
  std::map<std::string, std::shared_ptr<const policies::RoomSettings>> settings_;
};

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& of(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::mt19937 engine_;
};

Room random_room(Dice& dice) {
  static const std::vector<std::string> titles = {"",          "자유 대화방", "Free Talk",
                                                  "free talk", "서울",        "서울 모임",
                                                  "ÄRGER",     "game * room", "게임 7"};
  static const std::vector<std::string> tags = {"공지", "seoul", "game"};
  Room room;
  room.title = dice.of(titles);
  for (const std::string& tag : tags)
    if (dice.one_in(3)) room.tags.push_back(tag);
  room.template_name = dice.one_in(2) ? "default" : "lobby";
  room.state = static_cast<RoomState>(dice.below(policies::room_state_count));
  room.wanted = !dice.one_in(8);
  room.pooled = dice.one_in(2);
  // A pool counts bytes by its mean, so the model has all messages alike.
  room.messages = dice.one_in(4) ? 0 : dice.below(6);
  room.last = room.messages == 0 ? 0 : static_cast<std::int64_t>(1'700'000'000 + dice.below(5));
  return room;
}

std::string random_id(Dice& dice) {
  static const std::vector<std::string> stems = {"game", "Game", "seoul", "team-a", "team_b", "x"};
  return dice.of(stems) + "-" + std::to_string(dice.below(400));
}

// ---- the model

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

bool model_lets(const RoomListRequest& wanted, const std::string& name, const Room& room) {
  if (!wanted.state.empty() && to_string(room.state) != wanted.state) return false;
  if (!wanted.template_name.empty() && !(room.wanted && room.template_name == wanted.template_name))
    return false;
  if (!wanted.tag.empty() &&
      !(room.wanted && std::count(room.tags.begin(), room.tags.end(), wanted.tag) > 0))
    return false;
  const std::string pattern = lower(wanted.match);
  if (pattern.empty()) return true;
  if (policies::glob_matches(pattern, lower(name)) ||
      lower(name).find(pattern) != std::string::npos)
    return true;
  return room.wanted && lower(room.title).find(pattern) != std::string::npos;
}

std::vector<std::string> model_list(const RoomListRequest& wanted,
                                    const std::map<std::string, Room>& rooms) {
  const std::string& sort = wanted.sort;
  const bool reversed = sort.starts_with('-');
  const std::string key = reversed ? sort.substr(1) : sort;
  std::vector<std::string> ids;
  for (const auto& [name, room] : rooms)
    if (model_lets(wanted, name, room)) ids.push_back(name);
  if (key.empty() || key == "id") {
    if (reversed) std::reverse(ids.begin(), ids.end());
    return ids;
  }
  const auto value = [&](const std::string& name) -> std::tuple<bool, std::int64_t, std::string> {
    const Room& room = rooms.at(name);
    if (key == "title") {
      const std::string title = room.wanted ? lower(room.title) : "";
      return {title.empty(), 0, title};
    }
    if (key == "messages") return {false, static_cast<std::int64_t>(room.messages), ""};
    if (key == "bytes") return {false, static_cast<std::int64_t>(World::bytes_of(room)), ""};
    if (key == "last_message") return {room.messages == 0, room.last, ""};
    return {false, static_cast<std::int64_t>(room.state), ""};
  };
  std::stable_sort(ids.begin(), ids.end(), [&](const std::string& a, const std::string& b) {
    const auto [missing_a, number_a, text_a] = value(a);
    const auto [missing_b, number_b, text_b] = value(b);
    if (missing_a != missing_b) return missing_b;
    const auto one = std::tie(number_a, text_a);
    const auto other = std::tie(number_b, text_b);
    return reversed ? other < one : one < other;
  });
  return ids;
}

const std::vector<std::string> sorts = {
    "",          "id",     "-id",   "title",        "-title",        "bytes", "messages",
    "-messages", "-bytes", "state", "last_message", "-last_message", "-state"};

RoomListRequest random_request(Dice& dice) {
  static const std::vector<std::string> matches = {"",      "",      "GAME*",   "*-1?",  "talk",
                                                   "서울",  "team",  "*",       "e * r", "없음",
                                                   "ärger", "ÄRGER", "game-1?*"};
  static const std::vector<std::string> tags = {"", "", "공지", "seoul", "none"};
  static const std::vector<std::string> templates = {"", "", "lobby", "default", "none"};
  RoomListRequest wanted;
  wanted.match = dice.of(matches);
  wanted.tag = dice.of(tags);
  wanted.template_name = dice.of(templates);
  if (dice.one_in(4)) wanted.state = to_string(static_cast<RoomState>(dice.below(8)));
  wanted.sort = dice.of(sorts);
  wanted.limit = 1 + dice.below(40);
  return wanted;
}

// ---- tests

TEST(RoomListing, AgreesWithANaiveOneOnRandomRooms) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    Dice dice(seed);
    World world;
    for (std::size_t i = dice.below(300); i > 0; --i)
      world.rooms[random_id(dice)] = random_room(dice);
    for (int question = 0; question < 20; ++question) {
      const RoomListRequest wanted = random_request(dice);
      SCOPED_TRACE(std::to_string(seed) + ": match '" + wanted.match + "' sort " + wanted.sort);
      const std::vector<std::string> expected = model_list(wanted, world.rooms);
      std::vector<std::string> found;
      std::string cursor;
      do {
        const auto page = world.page(wanted, cursor);
        ASSERT_EQ(world.total, expected.size());
        ASSERT_LE(page.size(), wanted.limit);
        ASSERT_EQ(page.size() == wanted.limit || cursor.empty(), true);
        found.insert(found.end(), page.begin(), page.end());
      } while (!cursor.empty() && found.size() <= expected.size());
      ASSERT_EQ(found, expected);
    }
  }
}

TEST(RoomListing, RoomsThatComeAndGoNeitherRepeatNorLoseOneThatStays) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    Dice dice(seed);
    World world;
    while (world.rooms.size() < 200) world.rooms[random_id(dice)] = random_room(dice);
    RoomListRequest wanted;
    wanted.sort = sorts[seed % sorts.size()];
    wanted.limit = 1 + dice.below(30);
    SCOPED_TRACE(std::to_string(seed) + ": sort " + wanted.sort);
    std::set<std::string> stayed;
    for (const auto& one : world.rooms) stayed.insert(one.first);
    std::map<std::string, int> seen;
    std::string cursor;
    do {
      for (const std::string& name : world.page(wanted, cursor)) ++seen[name];
      for (int i = 0; i < 10; ++i) {
        // The room that the cursor names goes as well as any other one.
        auto gone = world.rooms.begin();
        std::advance(gone, static_cast<std::ptrdiff_t>(dice.below(world.rooms.size())));
        stayed.erase(gone->first);
        world.rooms.erase(gone);
        const std::string fresh = random_id(dice) + "-new" + std::to_string(dice.below(1000));
        world.rooms[fresh] = random_room(dice);
      }
    } while (!cursor.empty());
    for (const std::string& name : stayed) EXPECT_EQ(seen[name], 1) << name;
  }
}

TEST(RoomListing, ACursorOfARoomThatIsGoneGoesOnBehindIt) {
  World world;
  for (const char* name : {"a", "b", "c", "d"}) world.rooms[name] = {};
  RoomListRequest wanted;
  wanted.limit = 2;
  std::string cursor;
  EXPECT_EQ(world.page(wanted, cursor), (std::vector<std::string>{"a", "b"}));
  world.rooms.erase("b");
  EXPECT_EQ(world.page(wanted, cursor), (std::vector<std::string>{"c", "d"}));
  EXPECT_TRUE(cursor.empty());
}

TEST(RoomListing, KoreanTitlesAreFoundWhicheverWayTheyAreWritten) {
  World world;
  world.rooms["whole"].title = "우리 가나 모임";
  world.rooms["letters"].title = "우리 \u1100\u1161\u1102\u1161 모임";
  world.rooms["other"].title = "다라";
  RoomListRequest wanted;
  wanted.match = "가나";
  std::string cursor;
  EXPECT_EQ(world.page(wanted, cursor), (std::vector<std::string>{"letters", "whole"}));
  wanted.match = "\u1100\u1161\u1102\u1161";
  EXPECT_EQ(world.page(wanted, cursor), (std::vector<std::string>{"letters", "whole"}));
}

std::string refusal(const RoomListRequest& wanted) {
  World world;
  world.rooms["a"] = {};
  const auto page = world.list(wanted);
  return page ? "" : page.error().message;
}

TEST(RoomListing, WhatCannotBeIsRefused) {
  RoomListRequest wanted;
  wanted.limit = 0;
  EXPECT_EQ(refusal(wanted), "limit: 1 to 1000 expected");
  wanted.limit = 1001;
  EXPECT_EQ(refusal(wanted), "limit: 1 to 1000 expected");
  wanted = {};
  wanted.state = "good";
  EXPECT_EQ(refusal(wanted), "state: no such state 'good'");
  for (const char* sort : {"-", "size", "--id", "ID", "messages "}) {
    wanted = {};
    wanted.sort = sort;
    EXPECT_TRUE(refusal(wanted).starts_with("sort: id, title, messages")) << sort;
  }
}

TEST(RoomListing, ACursorThatNoListingMadeIsRefused) {
  for (const char* cursor :
       {"a", ":", "::", "id:", "id::", "id:x:a", "id::a b", "title:6:a", "title:zz:a",
        "messages::a", "messages:-1:a", "messages:99999999999999999999:a", "messages:7 :a",
        "messages:7:", "-id::a", "-messages:7:a"}) {
    for (const char* sort : {"", "title", "messages"}) {
      if (std::string(cursor) == "messages:7:a") continue;
      RoomListRequest wanted;
      wanted.sort = sort;
      wanted.cursor = cursor;
      EXPECT_TRUE(refusal(wanted).starts_with("cursor: next_cursor of a listing")) << cursor;
    }
  }
}

TEST(RoomListing, ACursorIsReadBackAsItWas) {
  const RoomPlace places[] = {{.missing = false, .number = 7, .text = {}, .id = "a"},
                              {.missing = true, .number = 0, .text = {}, .id = "b"}};
  for (const RoomPlace& place : places) {
    const RoomOrder order{.key = SortKey::last_message, .reversed = true};
    const auto cursor = parse_cursor(order, cursor_of(order, place));
    ASSERT_TRUE(cursor.has_value());
    EXPECT_EQ(std::tuple(cursor->missing, cursor->number, cursor->id),
              std::tuple(place.missing, place.number, std::string(place.id)));
  }
  const RoomOrder order{.key = SortKey::title};
  const std::string title = "자유: 대화 \xFF";
  const auto cursor = parse_cursor(order, cursor_of(order, {.text = title, .id = "a"}));
  ASSERT_TRUE(cursor.has_value());
  EXPECT_EQ(cursor->text, title);
}

TEST(StoredRooms, FindOneByOneWhatTheWalkFinds) {
  const policies::Names names;
  policies::ObservedStreams streams;
  for (const char* name : {"HOLD_a", "POOL_lobby", "ROOM_a", "ROOM_c", "ROOM_d", "ZZZ"}) {
    policies::ObservedStream stream;
    stream.name = name;
    stream.stored.messages = 3;
    stream.bytes = 30;
    stream.consumers = 2;
    streams.streams.push_back(stream);
  }
  policies::PoolsSeen pools;
  const auto lobby = std::make_shared<const std::string>("lobby");
  const auto unseen = std::make_shared<const std::string>("unseen");
  pools.roster.rooms = {{id("b"), lobby}, {id("d"), lobby}, {id("e"), unseen}};
  policies::PoolContents& contents = pools.contents["POOL_lobby"];
  contents.messages = 10;
  contents.bytes = 1000;
  contents.rooms = {{.room = "b", .messages = 4}, {.room = "stranger", .messages = 6}};
  const StoredRooms one_by_one(streams, &pools, names);
  StoredRooms walk(streams, &pools, names);
  const std::map<std::string, std::pair<std::string, std::uint64_t>> expected = {
      {"a", {"ROOM_a", 30}}, {"b", {"POOL_lobby", 400}},
      {"c", {"ROOM_c", 30}}, {"d", {"POOL_lobby", 0}},
      {"e", {"", 0}},        {"f", {"", 0}}};
  for (const auto& [name, stored] : expected) {
    for (const RoomStored& found : {one_by_one.of(id(name)), walk.next(id(name))}) {
      EXPECT_EQ(found.stream == nullptr ? "" : found.stream->name, stored.first) << name;
      EXPECT_EQ(found.bytes, stored.second) << name;
      EXPECT_EQ(found.consumers, stored.first.starts_with("ROOM_") ? 2U : 0U) << name;
      EXPECT_EQ(found.pool != nullptr, stored.first == "POOL_lobby") << name;
    }
  }
}

}  // namespace
}  // namespace roomkeeper::sidecar
