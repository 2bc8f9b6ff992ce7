// What the verbs state.export and state.import share. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ADMIN_STATE_H_
#define ROOMKEEPER_SIDECAR_ADMIN_STATE_H_

#include "sidecar/admin_context.h"
#include "sidecar/provenance.h"

namespace roomkeeper::sidecar {

/// When every room of the API was recorded in this state, as a file written now may claim: up to a
/// little before now, because the clocks of servers differ.
KnownSpans known_until(const AdminContext& context, policies::WallTime now);

void admin_state_export(AdminContext& context, const AdminRequest& request,
                        const AdminReply& reply);
void admin_state_import(AdminContext& context, const AdminRequest& request,
                        const AdminReply& reply);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ADMIN_STATE_H_
