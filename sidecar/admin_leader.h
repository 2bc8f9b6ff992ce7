// Who leads, as the admin API says it. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ADMIN_LEADER_H_
#define ROOMKEEPER_SIDECAR_ADMIN_LEADER_H_

#include <string>

#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {

/// Why this replica does not lead, for a person; empty when it does.
std::string leader_note(const AdminContext& context);
/// Refuses what only the leader does.
tl::unexpected<api::ApiError> not_leading(const AdminContext& context);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ADMIN_LEADER_H_
