// What doctor says about holds: copies that are not complete, orphaned or changed by somebody.
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_HOLD_FINDINGS_H_
#define ROOMKEEPER_SIDECAR_HOLD_FINDINGS_H_

#include <vector>

#include "api/types.h"
#include "sidecar/hold_keeper.h"

namespace roomkeeper::sidecar {

std::vector<api::Finding> hold_findings(const HoldKeeper& holds);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_HOLD_FINDINGS_H_
