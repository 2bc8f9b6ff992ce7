// What every verb that writes definitions of rooms asks first. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ROOM_DEFINITIONS_H_
#define ROOMKEEPER_SIDECAR_ROOM_DEFINITIONS_H_

#include <string>

#include "api/types.h"
#include "policies/room.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {

/// Writes need the state bucket and no second instance. Errors: not_ready.
api::ApiResult<bool> may_write(const AdminContext& context);
/// Errors: bad_request, with every problem among its details.
api::ApiResult<policies::RoomSpec> parse_room(const AdminContext& context, const std::string& json);
/// Errors: owned_by_file, with the place; conflict, while the room is being moved.
api::ApiResult<bool> is_api_owned(const AdminContext& context, const policies::RoomId& id);
/// `rooms.yaml:12`, `the API` or, where nothing defines the room, empty.
std::string defined_where(const AdminContext& context, const policies::RoomId& id);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_DEFINITIONS_H_
