#include "policies/pool.h"

#include <algorithm>

namespace roomkeeper::policies {

const PooledRoom* PoolRoster::find(const RoomId& id) const {
  const auto found = std::lower_bound(
      rooms.begin(), rooms.end(), id,
      [](const PooledRoom& room, const RoomId& wanted) { return room.id < wanted; });
  return found != rooms.end() && found->id == id ? &*found : nullptr;
}

const PooledStored* PoolContents::find(std::string_view room) const {
  const auto found = std::lower_bound(
      rooms.begin(), rooms.end(), room,
      [](const PooledStored& stored, std::string_view wanted) { return stored.room < wanted; });
  return found != rooms.end() && found->room == room ? &*found : nullptr;
}

std::uint64_t PoolContents::bytes_of(std::uint64_t room_messages) const {
  if (messages == 0) return 0;
  const double mean = static_cast<double>(bytes) / static_cast<double>(messages);
  return static_cast<std::uint64_t>(mean * static_cast<double>(room_messages));
}

}  // namespace roomkeeper::policies
