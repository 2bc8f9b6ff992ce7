#include "policies/room.h"

#include <algorithm>

namespace roomkeeper::policies {

std::string_view to_string(Layout value) {
  return value == Layout::dedicated ? "dedicated" : "pooled";
}

std::string_view to_string(Storage value) {
  return value == Storage::file ? "file" : "memory";
}

std::string_view to_string(OnFull value) {
  return value == OnFull::drop_old ? "drop_old" : "reject_new";
}

std::string_view to_string(StreamRetention value) {
  switch (value) {
    case StreamRetention::limits:
      return "limits";
    case StreamRetention::interest:
      return "interest";
    case StreamRetention::workqueue:
      return "workqueue";
  }
  return "limits";
}

std::string_view to_string(Compression value) {
  return value == Compression::none ? "none" : "s2";
}

std::string_view to_string(RoomOwner value) {
  return value == RoomOwner::file ? "file" : "api";
}

const RoomSpec* DesiredRooms::find(const RoomId& id) const {
  const auto found =
      std::lower_bound(rooms.begin(), rooms.end(), id,
                       [](const RoomSpec& room, const RoomId& wanted) { return room.id < wanted; });
  return found != rooms.end() && found->id == id ? &*found : nullptr;
}

}  // namespace roomkeeper::policies
