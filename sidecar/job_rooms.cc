#include "sidecar/job_rooms.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {

bool is_room_of_ours(const policies::ObservedStream& stream, const policies::Names& names,
                     const std::string& instance) {
  const auto& mark = stream.config.mark;
  if (!mark || mark->instance != instance) return false;
  const auto room = policies::RoomId::parse(mark->room);
  return room && names.stream_of(*room) == stream.name;
}

std::vector<std::string> named_rooms(const api::PurgeSelection& selection,
                                     const std::string& cursor) {
  std::vector<std::string> rooms = selection.rooms;
  std::sort(rooms.begin(), rooms.end());
  rooms.erase(std::unique(rooms.begin(), rooms.end()), rooms.end());
  if (!cursor.empty())
    std::erase_if(rooms, [&](const std::string& room) { return room <= cursor; });
  return rooms;
}

std::vector<policies::ObservedStream> matching_rooms(policies::ObservedStreams listing,
                                                     const api::PurgeSelection& selection,
                                                     const policies::Names& names,
                                                     const std::string& instance,
                                                     const std::string& cursor) {
  std::vector<policies::ObservedStream> chosen = std::move(listing.streams);
  std::erase_if(chosen, [&](const policies::ObservedStream& stream) {
    if (!is_room_of_ours(stream, names, instance)) return true;
    const policies::Mark& mark = *stream.config.mark;
    if (!cursor.empty() && mark.room <= cursor) return true;
    if (!selection.match.empty() && !policies::glob_matches(selection.match, mark.room))
      return true;
    return !selection.template_name.empty() && selection.template_name != mark.template_name;
  });
  std::sort(chosen.begin(), chosen.end(),
            [](const policies::ObservedStream& a, const policies::ObservedStream& b) {
              return a.config.mark->room < b.config.mark->room;
            });
  return chosen;
}

}  // namespace roomkeeper::sidecar
