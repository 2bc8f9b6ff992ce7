// One kind of stream in a plan: the streams of dedicated rooms, or the pools.
//
// Both are made, changed, adopted, lost and removed by the same rules; only their names, their
// subjects and their marks differ. Pure; lives for one plan. Thread: one.
#ifndef ROOMKEEPER_POLICIES_STREAM_PLANNER_H_
#define ROOMKEEPER_POLICIES_STREAM_PLANNER_H_

#include <string>
#include <string_view>
#include <vector>

#include "policies/observed.h"
#include "policies/plan.h"
#include "policies/removal.h"
#include "policies/retention_judge.h"
#include "policies/room.h"
#include "policies/stream_diff.h"
#include "policies/subject_claims.h"
#include "policies/wanted.h"

namespace roomkeeper::policies {

/// What all parts of one plan look at. Everything must outlive them.
struct PlanScene {
  const DesiredRooms& desired;
  const ObservedStreams& observed;
  const SeenStreams& seen;
  const PlanLimits& limits;
  const Names& names;
  const PoolsSeen& pools;
  RetentionJudge& judge;
  WantedStreams& wanted;
  const SubjectClaims& claims;

  bool is_ours(const ObservedStream& stream) const;
  bool has_conflict(const RoomId& room) const;  ///< a file and the API define it
  bool is_removed_by_api(const RoomId& room) const;
  bool is_moving(const RoomId& room) const;
};

/// What the parts of a plan come to.
struct PlanParts {
  std::vector<Change> updates;  ///< adoptions too
  std::vector<Change> creates;
  std::vector<RemovalCandidate> removals;
};

class StreamPlanner {
 public:
  /// `target`: room_stream or pool_stream.
  StreamPlanner(const PlanScene& scene, ChangeTarget target, PlanParts& parts)
      : scene_(scene), target_(target), parts_(parts) {}

  /// `wanted`: sorted by id; of pools one for each, its id the pool's name. Returns one verdict for
  /// each, and for each stream of ours of this kind that nobody wants; sorted.
  std::vector<RoomVerdict> run(const std::vector<const RoomSpec*>& wanted);

 private:
  void without_stream(const RoomSpec& room);
  void with_stream(const RoomSpec& room, const ObservedStream& stream);
  void unmarked(const RoomSpec& room, const ObservedStream& stream);
  Adopt adoption_of(const RoomSpec& room) const;
  void adopt(const RoomSpec& room, const ObservedStream& stream);
  void ours(const RoomSpec& room, const ObservedStream& stream);
  RoomVerdict& apply(const RoomSpec& room, const ObservedStream& stream, const StreamConfig& wanted,
                     const std::vector<FieldChange>& differences, ChangeKind kind);
  void unwanted(const ObservedStream& stream);
  void unwanted_pool(const RoomId& pool, const ObservedStream& stream);

  RoomVerdict& say(const RoomId& room, RoomState state, Reason reason);
  void no_leader(const RoomId& room);
  void wrong_room(const RoomId& room, const ObservedStream& stream);
  void mention_conflict(const RoomId& room);

  bool is_pool() const { return target_ == ChangeTarget::pool_stream; }
  const std::string& prefix() const;
  const StreamConfig& config_of(const RoomSpec& room);
  std::string_view marked_room(const RoomId& room) const;
  bool has_consent(const RoomId& room) const;
  const ObservedStream* other_holder(const RoomId& room, std::string_view own) const;
  const ObservedStream* holder_in_the_way(const RoomSpec& room, const ObservedStream& stream,
                                          const std::vector<FieldChange>& differences) const;
  Change change_of(ChangeKind kind, const RoomId& room, std::string stream) const;

  const PlanScene& scene_;
  ChangeTarget target_;
  PlanParts& parts_;
  std::vector<RoomVerdict> verdicts_;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_STREAM_PLANNER_H_
