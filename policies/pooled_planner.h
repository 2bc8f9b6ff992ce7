// The rooms of pools in a plan: which the roster takes in, which go, and how each of them is.
//
// Adding or removing a pooled room changes no stream. Pure; lives for one plan. Thread: one.
#ifndef ROOMKEEPER_POLICIES_POOLED_PLANNER_H_
#define ROOMKEEPER_POLICIES_POOLED_PLANNER_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/plan.h"
#include "policies/stream_planner.h"

namespace roomkeeper::policies {

/// Rooms that nothing ever defined are listed up to this many a pool: anybody who may publish into
/// a pool can make them.
inline constexpr std::size_t strays_listed_max = 1000;

class PooledPlanner {
 public:
  /// `pools`: the verdicts on the pools' streams.
  PooledPlanner(const PlanScene& scene, const std::vector<RoomVerdict>& pools, PlanParts& parts,
                std::vector<RosterChange>& roster)
      : scene_(scene), pools_(pools), parts_(parts), roster_(roster) {}

  /// `wanted`: sorted; those that live in a pool or shall. Returns a verdict for each, for each
  /// room of the roster that nobody wants, and for strays; sorted.
  std::vector<RoomVerdict> run(const std::vector<const RoomSpec*>& wanted);

 private:
  void wanted_room(const RoomSpec& room, const PooledRoom* lives);
  void at_home(const RoomSpec& room, const PooledRoom& lives);
  void elsewhere(const RoomSpec& room, const PooledRoom& lives);
  void enters(const RoomSpec& room);
  void unwanted(const PooledRoom& room);
  void strays();
  void as_pool(const RoomId& room, std::string_view pool);
  const RoomVerdict* pool_verdict(std::string_view pool) const;
  std::shared_ptr<const std::string> shared_name(std::string_view pool);
  std::uint64_t messages_of(const PooledRoom& room) const;
  RoomVerdict& say(const RoomId& room, RoomState state, Reason reason);

  const PlanScene& scene_;
  const std::vector<RoomVerdict>& pools_;
  PlanParts& parts_;
  std::vector<RosterChange>& roster_;
  std::vector<RoomVerdict> verdicts_;
  std::map<std::string, std::shared_ptr<const std::string>, std::less<>> names_;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_POOLED_PLANNER_H_
