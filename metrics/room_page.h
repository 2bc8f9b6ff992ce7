// What /metrics/rooms shows: which rooms, and their families.
//
// Thread: any; pure. Which rooms are chosen when there are too many goes by a hash of the id, so
// that the same rooms are shown scrape after scrape while others come and go.
#ifndef ROOMKEEPER_METRICS_ROOM_PAGE_H_
#define ROOMKEEPER_METRICS_ROOM_PAGE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/metrics.h"

namespace roomkeeper::metrics {

struct RoomSelection {
  std::vector<const RoomRow*> rooms;  ///< by room
  std::size_t filtered = 0;           ///< did not match
  std::size_t above_limit = 0;        ///< matched and are left out
};

/// `*` stands for any number of bytes, `?` for one; everything else for itself.
bool glob_match(std::string_view pattern, std::string_view text);

/// An empty `match` or `template_name` lets everything through.
RoomSelection select_rooms(const std::vector<RoomRow>& rooms, std::string_view match,
                           std::string_view template_name, std::size_t limit);

/// The roomkeeper_room_* families of the rooms, as text.
std::string room_families_text(const std::vector<const RoomRow*>& rooms);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_ROOM_PAGE_H_
