#include "metrics/top_rooms.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/metrics/filled_metrics.h"

namespace roomkeeper::testing {
namespace {

using metrics::RoomRow;
using metrics::TopRooms;
using policies::WallTime;

constexpr WallTime start{std::chrono::seconds(1'700'000'000)};

std::vector<RoomRow> rooms(std::initializer_list<std::pair<const char*, std::uint64_t>> wanted) {
  std::vector<RoomRow> rows;
  for (const auto& [room, messages] : wanted) {
    RoomRow row;
    row.room = room;
    row.messages = messages;
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(),
            [](const RoomRow& a, const RoomRow& b) { return a.room < b.room; });
  return rows;
}

std::uint64_t messages(const RoomRow& row) {
  return row.messages;
}

using Members = std::vector<std::pair<std::string, std::uint64_t>>;

TEST(TopRooms, AreThoseWithMost) {
  TopRooms top(messages, {.top = 2, .held = 4});
  EXPECT_EQ(top.update(rooms({{"a", 1}, {"b", 9}, {"c", 5}, {"d", 0}}), start),
            (Members{{"b", 9}, {"c", 5}}));
}

TEST(TopRooms, AnEmptyRoomIsNoTopRoom) {
  TopRooms top(messages, {.top = 20, .held = 40});
  EXPECT_EQ(top.update(rooms({{"a", 0}, {"b", 1}}), start), (Members{{"b", 1}}));
}

TEST(TopRooms, EqualOnesGoByName) {
  TopRooms top(messages, {.top = 2, .held = 4});
  EXPECT_EQ(top.update(rooms({{"c", 3}, {"b", 3}, {"a", 3}}), start),
            (Members{{"a", 3}, {"b", 3}}));
}

TEST(TopRooms, ARoomStaysTenMinutesAfterItLeft) {
  TopRooms top(messages, {.top = 1, .held = 4});
  top.update(rooms({{"a", 9}, {"b", 1}}), start);
  const auto later = rooms({{"a", 0}, {"b", 1}});
  EXPECT_EQ(top.update(later, start + std::chrono::seconds(599)), (Members{{"a", 0}, {"b", 1}}));
  EXPECT_EQ(top.update(later, start + std::chrono::seconds(600)), (Members{{"b", 1}}));
}

TEST(TopRooms, ARoomThatCameBackStartsAnew) {
  TopRooms top(messages, {.top = 1, .held = 4});
  top.update(rooms({{"a", 9}, {"b", 1}}), start);
  top.update(rooms({{"a", 9}, {"b", 1}}), start + std::chrono::minutes(9));
  EXPECT_EQ(top.update(rooms({{"a", 1}, {"b", 9}}), start + std::chrono::minutes(18)).size(), 2U);
}

TEST(TopRooms, ARoomThatIsGoneDoesNotStay) {
  TopRooms top(messages, {.top = 1, .held = 4});
  top.update(rooms({{"a", 9}, {"b", 1}}), start);
  EXPECT_EQ(top.update(rooms({{"b", 1}}), start), (Members{{"b", 1}}));
}

TEST(TopRooms, WhenTooManyWouldStayThoseThatLeftFirstGo) {
  TopRooms top(messages, {.top = 1, .held = 2});
  top.update(rooms({{"a", 9}, {"b", 1}, {"c", 1}}), start);
  top.update(rooms({{"a", 1}, {"b", 9}, {"c", 1}}), start + std::chrono::seconds(1));
  EXPECT_EQ(top.update(rooms({{"a", 1}, {"b", 1}, {"c", 9}}), start + std::chrono::seconds(2)),
            (Members{{"b", 1}, {"c", 9}}));
}

TEST(TopRooms, NeverHoldsMoreThanFitsInItsFamily) {
  TopRooms top(messages);
  auto rows = make_rooms(1000)->rooms;
  for (std::size_t round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i].messages = (i * 7919 + round * 131) % 1000;
    EXPECT_LE(top.update(rows, start + std::chrono::seconds(round)).size(),
              metrics::info(metrics::MetricId::room_top_messages).series_max);
  }
}

}  // namespace
}  // namespace roomkeeper::testing
