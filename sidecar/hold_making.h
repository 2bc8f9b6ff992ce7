// A copy that is being asked for: the gate of its room is closed until it exists.
//
// Of HoldKeeper, for its own files. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_HOLD_MAKING_H_
#define ROOMKEEPER_SIDECAR_HOLD_MAKING_H_

#include <limits>
#include <string>
#include <vector>

#include "sidecar/hold_keeper.h"

namespace roomkeeper::sidecar {

inline constexpr std::uint64_t everything_stored = std::numeric_limits<std::uint64_t>::max();

struct HoldKeeper::Making {
  policies::RoomId room;
  HeldPlace place;
  std::string note;
  api::Actor actor;
  std::vector<Answer> answers;
  bool begun = false;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_HOLD_MAKING_H_
