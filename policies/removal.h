// What happens to a room that nobody wants any more: its own stream, its messages in a pool, or a
// pool that is left empty.
//
// Removing needs positive evidence (design.md, "Provisioning"): absence is never evidence. Pure.
#ifndef ROOMKEEPER_POLICIES_REMOVAL_H_
#define ROOMKEEPER_POLICIES_REMOVAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policies/observed.h"
#include "policies/plan.h"
#include "policies/room.h"

namespace roomkeeper::policies {

/// What is known of it. REQUIRES: it is proven to be ours, by the mark of its stream or by the
/// roster of its pool, and the desired rooms do not name it.
struct UnwantedRoom {
  RoomId room;
  std::string owner;  ///< "file" or "api", as it was defined last
  std::uint64_t messages = 0;
  bool has_leader = true;
  bool desired_complete = false;
  bool observed_complete = false;
  bool asked_through_api = false;  ///< the room's removal is recorded
};

/// The verdict before the guard. State `removing` with reason `not_wanted` or `removed_by_api`:
/// there is evidence, and it may go if the guard lets it. Anything else: it stays.
RoomVerdict judge_unwanted(const UnwantedRoom& unwanted, OnRemoval on_removal);

/// True when the verdict says that there is evidence.
bool may_go(const RoomVerdict& verdict);

/// Something that judge_unwanted lets go.
struct RemovalCandidate {
  ChangeTarget target{};
  RoomId room;
  const ObservedStream* stream = nullptr;  ///< its own, or its pool's
  std::uint64_t messages = 0;
};

/// Plans as many removals as the guard allows, by room; the verdicts of the rest become
/// `removal_guard`.
void plan_removals(std::vector<RemovalCandidate> candidates, const PlanLimits& limits, Plan& plan);

/// Adds to a verdict that the API defines the room too.
void note_conflict(RoomVerdict& verdict);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_REMOVAL_H_
