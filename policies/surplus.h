// Which connections are too many, limit after limit, without a thought for how fast they may go:
// the first half of plan_kicks. Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_SURPLUS_H_
#define ROOMKEEPER_POLICIES_SURPLUS_H_

#include <vector>

#include "policies/kick_plan.h"

namespace roomkeeper::policies {

/// The kicks that would leave exactly the limits. Whoever goes because of one limit is not counted
/// by the next. Fills in the plan's figures, rooms and wildcard listeners; updates the arrivals and
/// ceilings of `history`. `first`: nothing is known yet of how many were let be.
std::vector<Kick> find_surplus(const std::vector<Connection>& connections,
                               const ConnectionLimits& limits, const LimitSources& sources,
                               MonoTime now, bool first, KickHistory& history, KickPlan& plan);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_SURPLUS_H_
