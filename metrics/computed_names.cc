// The families that are computed when a page is read: the process, and each room on /metrics/rooms.
#include <array>

#include "metrics/names.h"

namespace roomkeeper::metrics {
namespace {

constexpr std::array<std::string_view, 1> room_label{"room"};
constexpr std::array<std::string_view, 5> by_room_details{"room", "stream", "template", "storage",
                                                          "replicas"};

constexpr std::array<ComputedInfo, computed_count> computed_table{{
    {"process_cpu_seconds_total",
     Kind::counter,
     {},
     "User and system CPU time spent.",
     Page::metrics},
    {"process_resident_memory_bytes", Kind::gauge, {}, "Resident memory.", Page::metrics},
    {"process_open_fds", Kind::gauge, {}, "Open file descriptors.", Page::metrics},
    {"process_max_fds", Kind::gauge, {}, "File descriptors that may be open.", Page::metrics},
    {"process_start_time_seconds",
     Kind::gauge,
     {},
     "When the process started, Unix time.",
     Page::metrics},
    {"roomkeeper_room_info", Kind::gauge, by_room_details, "Always 1; what the room is, for joins.",
     Page::rooms},
    {"roomkeeper_room_messages", Kind::gauge, room_label, "Stored messages of the room.",
     Page::rooms},
    {"roomkeeper_room_stored_bytes", Kind::gauge, room_label,
     "Bytes of the room's stored messages; in a pool an estimate from the mean size.", Page::rooms},
    {"roomkeeper_room_consumers", Kind::gauge, room_label,
     "Consumers of the room's stream; 0 in a pool.", Page::rooms},
    {"roomkeeper_room_connections", Kind::gauge, room_label,
     "Connections that name the room in a subscription, as seen before the last pass; absent while "
     "they are not counted.",
     Page::rooms},
    {"roomkeeper_room_connections_limit", Kind::gauge, room_label,
     "How many may, by room_connections.max; absent where there is no limit.", Page::rooms},
    {"roomkeeper_room_first_message_timestamp_seconds", Kind::gauge, room_label,
     "Server time of the oldest stored message, Unix time; absent while the room is empty, and in "
     "a pool.",
     Page::rooms},
    {"roomkeeper_room_last_message_timestamp_seconds", Kind::gauge, room_label,
     "Server time of the newest stored message, Unix time; absent while the room is empty, and in "
     "a pool until it was asked for.",
     Page::rooms},
    {"roomkeeper_room_max_age_seconds", Kind::gauge, room_label,
     "The stream's max_age; 0 means that no message ends by its age.", Page::rooms},
}};

}  // namespace

std::span<const ComputedInfo> computed_catalogue() {
  return computed_table;
}

const ComputedInfo& info(ComputedId id) {
  return computed_table.at(static_cast<std::size_t>(id));
}

}  // namespace roomkeeper::metrics
