// Holds: what `room.hold`, `room.unhold` and `room.holds` are asked and say (docs/operations.md,
// "Holds").
//
// Plain values; texts may hold bytes of strangers. Times are server times, RFC 3339 UTC on the
// wire. Thread: any.
#ifndef ROOMKEEPER_API_HOLDS_H_
#define ROOMKEEPER_API_HOLDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/time.h"

namespace roomkeeper::api {

struct HoldRequest {
  std::string room;
  std::string note;  ///< why; at most policies::hold_note_max bytes
};

struct UnholdRequest {
  std::string room;
  bool dry_run = true;
};

struct HoldListRequest {};

struct HoldView {
  std::string room;
  std::string stream;  ///< the copy, HOLD_<room>
  std::string state;   ///< copying, held, lagging, orphaned, broken
  /// The copy was seen to have everything: what the room had then is safe.
  bool acknowledged = false;
  std::uint64_t messages = 0;   ///< in the copy
  std::uint64_t bytes = 0;      ///< in the copy
  std::uint64_t missing = 0;    ///< messages of the room that the copy does not have
  std::uint64_t only_here = 0;  ///< messages of the copy that the room does not have
  std::optional<policies::WallTime> since;
  std::string by;                            ///< who says to have asked
  std::string note;                          ///< why
  std::string why;                           ///< what is the matter; empty when nothing is
  std::optional<policies::WallTime> looked;  ///< when it was seen so
};

struct UnholdReply {
  HoldView hold;  ///< as it was just before
  bool removed = false;
};

struct HoldListReply {
  std::vector<HoldView> holds;       ///< by room
  std::vector<std::string> blocked;  ///< rooms whose purge or removal waits for their copy
};

std::string encode(const HoldRequest& value);
std::string encode(const UnholdRequest& value);
std::string encode(const HoldListRequest& value);
std::string encode(const HoldView& value);
std::string encode(const UnholdReply& value);
std::string encode(const HoldListReply& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_HOLDS_H_
