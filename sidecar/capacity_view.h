// What the admin API says of capacity: the block of `plan`, and what doctor finds. Thread: the
// loop's.
#ifndef ROOMKEEPER_SIDECAR_CAPACITY_VIEW_H_
#define ROOMKEEPER_SIDECAR_CAPACITY_VIEW_H_

#include <vector>

#include "api/capacity.h"
#include "api/types.h"
#include "sidecar/capacity_keeper.h"

namespace roomkeeper::sidecar {

/// Of the last plan.
api::CapacityView capacity_view(const CapacityKeeper& capacity);

/// One finding a resource: ok; a warning from 90 % of a limit on; an error where something wanted
/// does not fit; info where the limit is not known.
std::vector<api::Finding> capacity_findings(const CapacityKeeper& capacity);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CAPACITY_VIEW_H_
