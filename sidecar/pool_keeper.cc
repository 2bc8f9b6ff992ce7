#include "sidecar/pool_keeper.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {

using policies::RoomId;

PoolKeeper::PoolKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                       StateKeeper& state)
    : runtime_(runtime),
      roster_(runtime, state, seen_.roster),
      watch_(runtime, js, inventory, seen_.contents) {}

std::string_view PoolKeeper::pool_of(const RoomId& room) const {
  const policies::PooledRoom* lives = seen_.roster.find(room);
  return lives == nullptr ? std::string_view() : std::string_view(*lives->pool);
}

const policies::PooledStored* PoolKeeper::stored_of(const RoomId& room) const {
  const std::string_view pool = pool_of(room);
  if (pool.empty()) return nullptr;
  const auto contents = seen_.contents.find(runtime_.names().pool_stream(pool));
  return contents == seen_.contents.end() ? nullptr : contents->second.find(room.text());
}

std::map<std::string, std::uint64_t, std::less<>> PoolKeeper::rooms_by_pool() const {
  std::map<std::string, std::uint64_t, std::less<>> rooms;
  const std::string* last = nullptr;
  std::uint64_t* count = nullptr;
  for (const policies::PooledRoom& room : seen_.roster.rooms) {
    if (room.pool.get() != std::exchange(last, room.pool.get())) count = &rooms[*room.pool];
    ++*count;
  }
  return rooms;
}

void PoolKeeper::look(std::function<void()> done) {
  roster_.look();
  watch_.look(std::move(done));
}

void PoolKeeper::set_moving(std::vector<RoomId> rooms) {
  std::sort(rooms.begin(), rooms.end());
  seen_.moving = std::move(rooms);
}

Home home_of(const policies::Names& names, const PoolKeeper& pools, const Inventory& inventory,
             const RoomId& room, const policies::RoomSpec* wanted) {
  Home home;
  home.pool = pools.pool_of(room);
  const bool wants_pool = wanted != nullptr && wanted->settings->layout == policies::Layout::pooled;
  if (home.pool.empty() && wants_pool &&
      inventory.streams().find(names.stream_of(room)) == nullptr) {
    home.pool = wanted->settings->template_name;
  }
  home.stream = names.stream_of(room, home.pool);
  if (home.is_pooled()) home.filter = names.subscribe_subject(room, home.pool);
  return home;
}

}  // namespace roomkeeper::sidecar
