// One page of a listing of rooms, from what is in memory. Pure.
#ifndef ROOMKEEPER_SIDECAR_ROOM_LISTING_H_
#define ROOMKEEPER_SIDECAR_ROOM_LISTING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "api/types.h"
#include "policies/plan.h"
#include "policies/room.h"
#include "sidecar/room_order.h"
#include "sidecar/room_stored.h"

namespace roomkeeper::sidecar {

struct RoomPage {
  std::vector<FirstRooms::Entry> rooms;  ///< in the order that was asked for
  RoomOrder order;
  std::uint64_t total = 0;  ///< that match, on all pages
  bool more = false;        ///< there are rooms behind the last one
  /// The cursor of the page that begins behind `rooms[index]`.
  std::string cursor_behind(std::size_t index) const;
};

/// Both lists sorted by id; `stored` fresh. Cost: one walk over the rooms. Errors: bad_request.
api::ApiResult<RoomPage> list_rooms(const api::RoomListRequest& wanted,
                                    const std::vector<policies::RoomVerdict>& verdicts,
                                    const std::vector<policies::RoomSpec>& desired,
                                    StoredRooms stored);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_LISTING_H_
