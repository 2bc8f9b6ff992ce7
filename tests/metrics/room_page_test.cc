#include "metrics/room_page.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/metrics/filled_metrics.h"

namespace roomkeeper::testing {
namespace {

using metrics::glob_match;
using metrics::Metrics;
using metrics::RoomRow;
using metrics::select_rooms;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr policies::WallTime now{std::chrono::seconds(1'700'000'000)};

std::set<std::string> chosen(const std::vector<RoomRow>& rooms, std::size_t limit) {
  std::set<std::string> ids;
  for (const RoomRow* row : select_rooms(rooms, "", "", limit).rooms) ids.insert(row->room);
  return ids;
}

TEST(Glob, Matches) {
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("game-*", "game-1"));
  EXPECT_TRUE(glob_match("*-1", "game-1"));
  EXPECT_TRUE(glob_match("g*e-?", "game-1"));
  EXPECT_TRUE(glob_match("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(glob_match("game-?", "game-10"));
  EXPECT_FALSE(glob_match("game", "game-1"));
  EXPECT_FALSE(glob_match("*a*b*", "xxbxxaxx"));
  EXPECT_FALSE(glob_match("", "a"));
}

TEST(Glob, AHostilePatternTakesNoLongTime) {
  std::string pattern;
  for (int i = 0; i < 120; ++i) pattern += "*a";
  EXPECT_FALSE(glob_match(pattern + "b", std::string(64, 'a')));
}

TEST(RoomPage, CountsWhatItLeavesOut) {
  const auto snapshot = make_rooms(100);
  const auto selection = select_rooms(snapshot->rooms, "room-0000?", "", 4);
  EXPECT_EQ(selection.rooms.size(), 4U);
  EXPECT_EQ(selection.filtered, 90U);
  EXPECT_EQ(selection.above_limit, 6U);
}

TEST(RoomPage, FiltersByTemplate) {
  const auto selection = select_rooms(make_rooms(100)->rooms, "", "archive", 1000);
  EXPECT_EQ(selection.rooms.size(), 50U);
  EXPECT_EQ(selection.filtered, 50U);
  EXPECT_EQ(select_rooms(make_rooms(100)->rooms, "", "nothing", 1000).rooms.size(), 0U);
}

TEST(RoomPage, TheChoiceHardlyChangesWhenRoomsComeAndGo) {
  auto rooms = make_rooms(1000)->rooms;
  const auto before = chosen(rooms, 100);
  rooms.erase(rooms.begin(), rooms.begin() + 10);  // 1 % of the rooms
  const auto after = chosen(rooms, 100);
  std::size_t kept = 0;
  for (const std::string& room : before) kept += after.count(room);
  EXPECT_EQ(before.size(), 100U);
  EXPECT_EQ(after.size(), 100U);
  // "The first 100" would have changed ten of them.
  EXPECT_GE(kept, 95U);
}

TEST(RoomPage, ALargerLimitShowsTheSameRoomsAndMore) {
  const auto rooms = make_rooms(1000)->rooms;
  const auto few = chosen(rooms, 50);
  const auto many = chosen(rooms, 200);
  for (const std::string& room : few) EXPECT_TRUE(many.contains(room)) << room;
}

TEST(RoomPage, ShowsEveryFamilyOfARoom) {
  Metrics metrics;
  metrics.publish_rooms(make_rooms(4), now);
  const std::string text = metrics.rooms_text("room-00003", "", 10);
  for (const char* line : {
           "roomkeeper_room_info{room=\"room-00003\",stream=\"ROOM_room-00003\",template="
           "\"archive\",storage=\"file\","
           "replicas=\"1\"} 1",
           "roomkeeper_room_messages{room=\"room-00003\"} 3",
           "roomkeeper_room_stored_bytes{room=\"room-00003\"} 100",
           "roomkeeper_room_consumers{room=\"room-00003\"} 2",
           "roomkeeper_room_first_message_timestamp_seconds{room=\"room-00003\"} 1700000000",
           "roomkeeper_room_last_message_timestamp_seconds{room=\"room-00003\"} 1700000002.5",
           "roomkeeper_room_connections{room=\"room-00003\"} 3",
           "roomkeeper_room_connections_limit{room=\"room-00003\"} 100",
           "roomkeeper_room_max_age_seconds{room=\"room-00003\"} 3600",
           "roomkeeper_detail_rooms_exported 1",
           "roomkeeper_detail_rooms_suppressed{reason=\"filter\"} 3",
           "roomkeeper_detail_rooms_suppressed{reason=\"limit\"} 0",
       }) {
    EXPECT_TRUE(has_line(text, line)) << line << "\nin\n" << text;
  }
}

TEST(RoomPage, AnEmptyRoomHasNoMessageTimes) {
  Metrics metrics;
  metrics.publish_rooms(make_rooms(1), now);
  const std::string text = metrics.rooms_text("", "", 10);
  EXPECT_TRUE(has_line(text, "roomkeeper_room_messages{room=\"room-00000\"} 0"));
  EXPECT_EQ(count_series(text, "roomkeeper_room_connections"), 0U) << "not known";
  EXPECT_TRUE(has_line(text, "roomkeeper_room_connections_limit{room=\"room-00000\"} 100"));
  EXPECT_THAT(text, Not(HasSubstr("message_timestamp_seconds{")));
}

TEST(RoomPage, ARoomOfAPoolHasItsPoolsStreamAndMayLackAFirstMessage) {
  auto snapshot = std::make_shared<metrics::RoomsSnapshot>();
  RoomRow row;
  row.room = "seoul";
  row.home = std::make_shared<const metrics::RoomHome>(metrics::RoomHome{
      .template_name = "lobby", .stream = "POOL_lobby", .stream_per_room = false, .replicas = 3});
  row.messages = 7;
  row.last_ts = now;
  snapshot->rooms.push_back(row);
  Metrics metrics;
  metrics.publish_rooms(snapshot, now);
  const std::string text = metrics.rooms_text("", "lobby", 10);
  EXPECT_TRUE(has_line(text,
                       "roomkeeper_room_info{room=\"seoul\",stream=\"POOL_lobby\",template="
                       "\"lobby\",storage=\"file\",replicas=\"3\"} 1"))
      << text;
  EXPECT_EQ(count_series(text, "roomkeeper_room_last_message_timestamp_seconds"), 1U);
  EXPECT_EQ(count_series(text, "roomkeeper_room_first_message_timestamp_seconds"), 0U);
  EXPECT_EQ(count_series(text, "roomkeeper_room_connections_limit"), 0U) << "unlimited";
}

TEST(RoomPage, NothingPublishedIsAPageWithoutRooms) {
  Metrics metrics;
  EXPECT_TRUE(has_line(metrics.rooms_text("", "", 10), "roomkeeper_detail_rooms_exported 0"));
  metrics.publish_rooms(nullptr, now);
  EXPECT_TRUE(has_line(metrics.rooms_text("", "", 10), "roomkeeper_detail_rooms_exported 0"));
}

TEST(RoomPage, NeverShowsMoreThanTheMost) {
  Metrics metrics;
  metrics.publish_rooms(make_rooms(6000), now);
  const std::string text = metrics.rooms_text("", "", 1'000'000);
  EXPECT_EQ(count_series(text, "roomkeeper_room_messages"), metrics::detail_rooms_max);
  EXPECT_TRUE(has_line(text, "roomkeeper_detail_rooms_suppressed{reason=\"limit\"} 1000"));
}

TEST(RoomPage, SharesNoFamilyWithTheFirstPage) {
  // One name on two pages of one target would be the same series twice, and sums would count rooms
  // twice.
  Metrics metrics;
  fill_beyond_caps(metrics);
  std::set<std::string> names;
  for (const std::string& line : sample_lines(metrics.text()))
    names.insert(line.substr(0, line.find_first_of("{ ")));
  for (const std::string& line : sample_lines(metrics.rooms_text("", "", 50))) {
    EXPECT_FALSE(names.contains(line.substr(0, line.find_first_of("{ ")))) << line;
  }
}

TEST(RoomPage, StrangersStreamsBreakNoLine) {
  auto snapshot = std::make_shared<metrics::RoomsSnapshot>();
  for (const std::string& value : hostile_values()) {
    RoomRow row;
    row.room = "room";
    row.home = std::make_shared<const metrics::RoomHome>(
        metrics::RoomHome{.template_name = value, .stream = value, .stream_per_room = false});
    snapshot->rooms.push_back(std::move(row));
  }
  Metrics metrics;
  metrics.publish_rooms(snapshot, now);
  const std::string text = metrics.rooms_text("", "", 100);
  EXPECT_EQ(count_series(text, "roomkeeper_room_info"), hostile_values().size());
  EXPECT_FALSE(has_line(text, "roomkeeper_up 7"));
}

}  // namespace
}  // namespace roomkeeper::testing
