// How many stored messages the lossy entries of a plan would delete, asked of the server.
#ifndef ROOMKEEPER_SIDECAR_LOSS_COUNT_H_
#define ROOMKEEPER_SIDECAR_LOSS_COUNT_H_

#include <functional>
#include <memory>

#include "api/types.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {

/// Fills `would_go`, `would_go_is` and `loss_note` of the lossy entries of a page and the page's
/// sums, then calls `done`, possibly inside this call. All of them, 32 at a time. Limits of count
/// are exact, of bytes an estimate by the mean size; times need the sequence at the new end, limits
/// per subject the count of each. Thread: the loop's.
void count_losses(AdminContext& context, const std::shared_ptr<api::PlanReply>& page,
                  std::function<void()> done);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LOSS_COUNT_H_
