#include "sidecar/room_search.h"

#include <algorithm>

#include "policies/subjects.h"

namespace roomkeeper::sidecar {

std::string fold(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

bool matches(const api::RoomListRequest& wanted, const policies::RoomVerdict& verdict,
             const policies::RoomSpec* room) {
  if (!wanted.state.empty() && to_string(verdict.state) != wanted.state) return false;
  if (!wanted.template_name.empty() &&
      (room == nullptr || room->settings->template_name != wanted.template_name)) {
    return false;
  }
  if (!wanted.tag.empty()) {
    if (room == nullptr) return false;
    if (std::find(room->tags.begin(), room->tags.end(), wanted.tag) == room->tags.end())
      return false;
  }
  if (wanted.match.empty()) return true;
  const std::string pattern = fold(wanted.match);
  const std::string id = fold(verdict.room.text());
  if (policies::glob_matches(pattern, id) || id.find(pattern) != std::string::npos) return true;
  return room != nullptr && fold(room->title).find(pattern) != std::string::npos;
}

}  // namespace roomkeeper::sidecar
