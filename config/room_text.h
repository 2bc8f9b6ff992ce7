// A room as an entry of `rooms:`, written so that reading it gives the same room: for
// `room export`, `room import`, and to see whether two definitions say the same. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_ROOM_TEXT_H_
#define ROOMKEEPER_CONFIG_ROOM_TEXT_H_

#include <cstdint>
#include <string>

#include "policies/room.h"

namespace roomkeeper::config {

enum class EntryFormat : std::uint8_t {
  json,  ///< one line without a newline
  yaml,  ///< lines that belong under `rooms:`, each with its newline, indented by two
};

/// `base`: the effective settings of the room's template. Says what the room itself says, and what
/// differs from `base`; a duplicate window that follows from the retention is left to follow.
/// Placement that `base` has and the room has not cannot be said: read the entry back where that
/// may be.
std::string room_entry_text(const policies::RoomSpec& room, const policies::RoomSettings& base,
                            EntryFormat format);

/// True when both say the same of themselves: id, title, topic, tags, template, and settings of
/// their own, whoever owns them and wherever they are written.
bool same_definition(const policies::RoomSpec& a, const policies::RoomSpec& b);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_ROOM_TEXT_H_
