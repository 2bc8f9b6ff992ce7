// How many stored messages a lossy change would delete, asked of the server.
#ifndef ROOMKEEPER_SIDECAR_LOSS_COUNT_H_
#define ROOMKEEPER_SIDECAR_LOSS_COUNT_H_

#include <functional>
#include <memory>

#include "api/types.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {

/// Fills `would_go` of the lossy entries of a page (at most 100 of them are asked for; the rest
/// stay unknown), then calls `done`, possibly inside this call. Limits of count and size are
/// arithmetic; times need the sequence at the new end. Thread: the loop's.
void count_losses(AdminContext& context, const std::shared_ptr<api::PlanReply>& page,
                  std::function<void()> done);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LOSS_COUNT_H_
