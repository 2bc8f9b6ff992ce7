// Pools: which rooms live in which pool, and what each of them stores there.
//
// A dedicated room is known by its stream's mark. The rooms of a pool have no stream of their own:
// the roster, kept in the state bucket, is what proves that a room was once defined, and where its
// messages are. Values; thread: any.
#ifndef ROOMKEEPER_POLICIES_POOL_H_
#define ROOMKEEPER_POLICIES_POOL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/ids.h"
#include "policies/room.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// A room that was taken into a pool, and not let go since.
struct PooledRoom {
  RoomId id;
  std::shared_ptr<const std::string> pool;  ///< never null; the name of a template
  RoomOwner owner = RoomOwner::file;        ///< who defined it last
};

/// Sorted by id; a room lives in one pool.
struct PoolRoster {
  std::vector<PooledRoom> rooms;
  /// False: it could not be read, or is not understood. Then no pooled room is taken in or removed.
  bool known = false;
  const PooledRoom* find(const RoomId& id) const;
};

/// What one room stores in its pool.
struct PooledStored {
  std::string room;            ///< the token of the subject; any bytes that a subject may have
  std::uint64_t messages = 0;  ///< when the pool was looked at
  WallTime last_ts{};          ///< of its newest message; the epoch: not known yet
  std::uint64_t last_seq = 0;  ///< 0: not known yet
};

/// One look at a pool.
struct PoolContents {
  std::vector<PooledStored> rooms;  ///< sorted by room; those that store something
  WallTime looked{};                ///< server time
  WallTime created{};               ///< of the stream that was looked at
  std::uint64_t messages = 0;       ///< of the pool then
  std::uint64_t bytes = 0;          ///< of the pool then
  bool complete = false;            ///< false: there are more rooms than were read
  const PooledStored* find(std::string_view room) const;
  /// Bytes of so many messages, by the pool's mean: the server counts no bytes of a subject.
  std::uint64_t bytes_of(std::uint64_t room_messages) const;
};

/// By the pool's stream.
using PoolContentsByStream = std::map<std::string, PoolContents, std::less<>>;

/// What is known of the pools besides their streams.
struct PoolsSeen {
  PoolRoster roster;
  PoolContentsByStream contents;
  /// Rooms whose messages are on their way to another place, sorted: nothing of them is planned.
  std::vector<RoomId> moving;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_POOL_H_
