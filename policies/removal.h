// What happens to a stream of ours whose room nobody wants any more.
//
// Removing needs positive evidence (design.md, "Provisioning"): absence is never evidence. Pure.
#ifndef ROOMKEEPER_POLICIES_REMOVAL_H_
#define ROOMKEEPER_POLICIES_REMOVAL_H_

#include <vector>

#include "policies/observed.h"
#include "policies/plan.h"
#include "policies/room.h"

namespace roomkeeper::policies {

/// What is known besides the stream itself.
struct RemovalEvidence {
  bool desired_complete = false;
  bool observed_complete = false;
  bool asked_through_api = false;  ///< the room's removal is recorded
};

/// The verdict before the guard. State `removing` with reason `not_wanted` or `removed_by_api`:
/// there is evidence, and the stream may go if the guard lets it. Anything else: it stays.
/// REQUIRES: the stream is marked as ours for `room`, and the desired rooms do not name it.
RoomVerdict judge_unwanted(const RoomId& room, const ObservedStream& stream,
                           const RemovalEvidence& evidence, OnRemoval on_removal);

/// A stream that judge_unwanted lets go, and where its verdict stands in the plan.
struct RemovalCandidate {
  const ObservedStream* stream = nullptr;
  std::size_t verdict = 0;
};

/// Plans as many removals as the guard allows, in order; the verdicts of the rest become
/// `removal_guard`.
void plan_removals(const std::vector<RemovalCandidate>& candidates, const PlanLimits& limits,
                   Plan& plan);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_REMOVAL_H_
