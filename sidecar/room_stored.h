// What a room stores, wherever its messages are: in a stream of its own or in a pool.
//
// The roster of the pools says which rooms live in one; a room that is not in it has a stream of
// its own. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ROOM_STORED_H_
#define ROOMKEEPER_SIDECAR_ROOM_STORED_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "policies/ids.h"
#include "policies/observed.h"
#include "policies/pool.h"
#include "policies/subjects.h"
#include "policies/time.h"

namespace roomkeeper::sidecar {

struct AdminContext;

struct RoomStored {
  /// The room's own or its pool's, as last seen; null: there is none.
  const policies::ObservedStream* stream = nullptr;
  /// The look at the pool that the figures are from; null for a stream of its own, and for a pool
  /// that was not looked at yet.
  const policies::PoolContents* pool = nullptr;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;                  ///< of a room in a pool by the pool's mean
  std::uint32_t consumers = 0;              ///< 0 in a pool, whose consumers belong to no room
  std::optional<policies::WallTime> first;  ///< of a room in a pool unknown
  std::optional<policies::WallTime> last;   ///< empty: no message, or not known yet
};

/// Refers to what it was made from, which must not change meanwhile: lives for one request.
class StoredRooms {
 public:
  /// `pools` may be null: then no room is in a pool.
  StoredRooms(const policies::ObservedStreams& streams, const policies::PoolsSeen* pools,
              const policies::Names& names);

  /// Any room.
  RoomStored of(const policies::RoomId& room) const;
  /// The same for rooms that are asked for in ascending order of ids: all of them cost one walk.
  RoomStored next(const policies::RoomId& room);

 private:
  struct Pool {
    const policies::ObservedStream* stream = nullptr;
    const policies::PoolContents* contents = nullptr;
    std::size_t at = 0;  ///< of contents->rooms
  };
  Pool look_up(const std::string& pool) const;
  const policies::PooledRoom* next_in_roster(const policies::RoomId& room);
  const policies::ObservedStream* next_stream(const policies::RoomId& room);
  Pool& pool_of(const std::string& pool);

  const policies::ObservedStreams& streams_;
  const policies::PoolsSeen* pools_;
  const policies::Names& names_;
  std::size_t stream_at_ = 0;
  std::size_t roster_at_ = 0;
  std::map<std::string, Pool, std::less<>> walked_;
  const std::string* last_name_ = nullptr;
  Pool* last_pool_ = nullptr;
};

/// All of what was last seen.
StoredRooms stored_rooms(const AdminContext& context);
RoomStored stored_of(const AdminContext& context, const policies::RoomId& room);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_STORED_H_
