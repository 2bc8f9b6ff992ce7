// Which rooms a listing asks for. Pure.
#ifndef ROOMKEEPER_SIDECAR_ROOM_SEARCH_H_
#define ROOMKEEPER_SIDECAR_ROOM_SEARCH_H_

#include <string>
#include <string_view>

#include "api/types.h"
#include "policies/plan.h"
#include "policies/room.h"

namespace roomkeeper::sidecar {

/// `room` is null for a stream that is no longer wanted.
bool matches(const api::RoomListRequest& wanted, const policies::RoomVerdict& verdict,
             const policies::RoomSpec* room);

/// Lower case for ASCII letters only; other bytes (Hangul has no case) stay.
std::string fold(std::string_view text);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_SEARCH_H_
