// What the rooms of a plan want of their streams, sharing the work between rooms that share
// settings.
//
// Thread: one; lives for one plan.
#ifndef ROOMKEEPER_POLICIES_WANTED_H_
#define ROOMKEEPER_POLICIES_WANTED_H_

#include <string>
#include <string_view>
#include <unordered_map>

#include "policies/observed.h"
#include "policies/retention_judge.h"
#include "policies/room.h"
#include "policies/subjects.h"

namespace roomkeeper::policies {

class WantedStreams {
 public:
  /// `names` and `judge` must outlive this.
  WantedStreams(const Names& names, std::string_view instance, RetentionJudge& judge)
      : names_(names), instance_(instance), judge_(judge) {}

  /// The stream that `room` wants. The reference is good until the next call.
  const StreamConfig& of(const RoomSpec& room);
  /// The same of a pool; `pool.id` is its name.
  const StreamConfig& of_pool(const RoomSpec& pool);

 private:
  StreamConfig& shared_by(const RoomSettings* settings);
  StreamConfig shared_part(const RoomSettings& settings);

  const Names& names_;
  std::string instance_;
  RetentionJudge& judge_;
  std::unordered_map<const RoomSettings*, StreamConfig> by_settings_;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_WANTED_H_
