#include "metrics/top_rooms.h"

#include <algorithm>

namespace roomkeeper::metrics {

TopRooms::TopRooms(Measure measure, TopRoomsLimits limits) : measure_(measure), limits_(limits) {}

std::vector<const RoomRow*> TopRooms::select(const std::vector<RoomRow>& rooms) const {
  std::vector<const RoomRow*> found;
  found.reserve(rooms.size());
  for (const RoomRow& row : rooms) {
    if (measure_(row) > 0) found.push_back(&row);
  }
  if (found.size() <= limits_.top) return found;
  const auto more = [this](const RoomRow* a, const RoomRow* b) {
    const std::uint64_t of_a = measure_(*a);
    const std::uint64_t of_b = measure_(*b);
    return of_a != of_b ? of_a > of_b : a->room < b->room;
  };
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(limits_.top);
  std::nth_element(found.begin(), end, found.end(), more);
  found.erase(end, found.end());
  return found;
}

std::vector<std::pair<std::string, std::uint64_t>> TopRooms::update(
    const std::vector<RoomRow>& rooms, policies::WallTime now) {
  const auto find = [&rooms](const std::string& room) -> const RoomRow* {
    const auto at =
        std::lower_bound(rooms.begin(), rooms.end(), room,
                         [](const RoomRow& row, const std::string& id) { return row.room < id; });
    return at != rooms.end() && at->room == room ? &*at : nullptr;
  };
  for (const RoomRow* row : select(rooms)) last_in_top_[row->room] = now;
  std::erase_if(last_in_top_, [&](const auto& member) {
    return find(member.first) == nullptr || now - member.second >= limits_.stay;
  });
  while (last_in_top_.size() > limits_.held) {
    last_in_top_.erase(
        std::min_element(last_in_top_.begin(), last_in_top_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  std::vector<std::pair<std::string, std::uint64_t>> members;
  members.reserve(last_in_top_.size());
  for (const auto& member : last_in_top_)
    members.emplace_back(member.first, measure_(*find(member.first)));
  return members;
}

}  // namespace roomkeeper::metrics
