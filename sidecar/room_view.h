// A room as the admin API shows it: what is wanted, what was seen, and the verdict.
#ifndef ROOMKEEPER_SIDECAR_ROOM_VIEW_H_
#define ROOMKEEPER_SIDECAR_ROOM_VIEW_H_

#include "api/types.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {

/// REQUIRES: `verdict` is one of the directory's.
api::RoomView view_room(AdminContext& context, const policies::RoomVerdict& verdict);
/// Errors: bad_request (no room id), room_not_found.
api::ApiResult<const policies::RoomVerdict*> find_room(const AdminContext& context,
                                                       const std::string& id);
/// Where the room's messages are.
Home home_of(const AdminContext& context, const policies::RoomId& room);
/// The stream that has the room's messages, its own or its pool, as last seen; null when there is
/// none.
const policies::ObservedStream* stream_of(const AdminContext& context,
                                          const policies::RoomId& room);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_VIEW_H_
