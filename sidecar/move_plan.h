// What moving a room would come to: from where, to where, and why not. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_MOVE_PLAN_H_
#define ROOMKEEPER_SIDECAR_MOVE_PLAN_H_

#include <string>

#include "api/moves.h"
#include "api/types.h"
#include "policies/ids.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {

struct MovePlan {
  policies::RoomId room;
  api::MoveRecord record;
  bool in_place = false;    ///< one home: a change of the template, and no move
  std::string room_json{};  ///< of a room of the API: its definition then; empty: as it is
};

/// Errors: bad_request, room_not_found, owned_by_file (with the place to change first), conflict
/// (held, moving, left behind), refused (it cannot be moved so), not_ready.
api::ApiResult<MovePlan> plan_move(AdminContext& context, const api::MoveRequest& request);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_MOVE_PLAN_H_
