#include "sidecar/room_stored.h"

#include <algorithm>

#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {

using policies::ObservedStream;
using policies::PoolContents;
using policies::PooledRoom;
using policies::PooledStored;
using policies::RoomId;

namespace {

RoomStored from_stream(const ObservedStream* stream) {
  RoomStored stored;
  stored.stream = stream;
  if (stream == nullptr) return stored;
  stored.messages = stream->stored.messages;
  stored.bytes = stream->bytes;
  stored.consumers = stream->consumers;
  if (stored.messages == 0) return stored;
  if (stream->stored.first_ts != policies::WallTime{}) stored.first = stream->stored.first_ts;
  stored.last = stream->stored.last_ts;
  return stored;
}

RoomStored from_pool(const ObservedStream* stream, const PoolContents* contents,
                     const PooledStored* room) {
  RoomStored stored;
  stored.stream = stream;
  stored.pool = contents;
  if (contents == nullptr || room == nullptr) return stored;
  stored.messages = room->messages;
  stored.bytes = contents->bytes_of(room->messages);
  if (room->messages > 0 && room->last_ts != policies::WallTime{}) stored.last = room->last_ts;
  return stored;
}

}  // namespace

StoredRooms::StoredRooms(const policies::ObservedStreams& streams, const policies::PoolsSeen* pools,
                         const policies::Names& names)
    : streams_(streams), pools_(pools), names_(names) {
  const auto first = std::lower_bound(
      streams_.streams.begin(), streams_.streams.end(), names_.stream_prefix,
      [](const ObservedStream& stream, const std::string& name) { return stream.name < name; });
  stream_at_ = static_cast<std::size_t>(first - streams_.streams.begin());
}

StoredRooms::Pool StoredRooms::look_up(const std::string& pool) const {
  const std::string stream = names_.pool_stream(pool);
  const auto contents = pools_->contents.find(stream);
  return {.stream = streams_.find(stream),
          .contents = contents == pools_->contents.end() ? nullptr : &contents->second};
}

RoomStored StoredRooms::of(const RoomId& room) const {
  const PooledRoom* pooled = pools_ == nullptr ? nullptr : pools_->roster.find(room);
  if (pooled == nullptr) return from_stream(streams_.find(names_.stream_of(room)));
  const Pool pool = look_up(*pooled->pool);
  return from_pool(pool.stream, pool.contents,
                   pool.contents == nullptr ? nullptr : pool.contents->find(room.text()));
}

RoomStored StoredRooms::next(const RoomId& room) {
  const PooledRoom* pooled = next_in_roster(room);
  if (pooled == nullptr) return from_stream(next_stream(room));
  Pool& pool = pool_of(*pooled->pool);
  if (pool.contents == nullptr) return from_pool(pool.stream, nullptr, nullptr);
  const auto& rooms = pool.contents->rooms;
  while (pool.at < rooms.size() && rooms[pool.at].room < room.text()) ++pool.at;
  const bool found = pool.at < rooms.size() && rooms[pool.at].room == room.text();
  return from_pool(pool.stream, pool.contents, found ? &rooms[pool.at] : nullptr);
}

const PooledRoom* StoredRooms::next_in_roster(const RoomId& room) {
  if (pools_ == nullptr) return nullptr;
  const auto& rooms = pools_->roster.rooms;
  while (roster_at_ < rooms.size() && rooms[roster_at_].id < room) ++roster_at_;
  return roster_at_ < rooms.size() && rooms[roster_at_].id == room ? &rooms[roster_at_] : nullptr;
}

/// Streams of rooms stand in the order of their rooms: they differ only after the prefix.
const ObservedStream* StoredRooms::next_stream(const RoomId& room) {
  const std::string& prefix = names_.stream_prefix;
  for (; stream_at_ < streams_.streams.size(); ++stream_at_) {
    const ObservedStream& stream = streams_.streams[stream_at_];
    const std::string_view name = stream.name;
    if (!name.starts_with(prefix)) return nullptr;
    const int order = name.substr(prefix.size()).compare(room.text());
    if (order >= 0) return order == 0 ? &stream : nullptr;
  }
  return nullptr;
}

StoredRooms::Pool& StoredRooms::pool_of(const std::string& pool) {
  // Rooms of a pool share its name, and mostly come one after the other.
  if (&pool == last_name_ || (last_name_ != nullptr && pool == *last_name_)) return *last_pool_;
  auto found = walked_.find(pool);
  if (found == walked_.end()) found = walked_.emplace(pool, look_up(pool)).first;
  last_name_ = &found->first;
  last_pool_ = &found->second;
  return *last_pool_;
}

StoredRooms stored_rooms(const AdminContext& context) {
  return {context.inventory.streams(), &context.pools.seen(), context.runtime.names()};
}

RoomStored stored_of(const AdminContext& context, const RoomId& room) {
  return stored_rooms(context).of(room);
}

}  // namespace roomkeeper::sidecar
