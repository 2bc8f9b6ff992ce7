#include "sidecar/room_search.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "policies/subjects.h"

namespace roomkeeper::sidecar {
namespace {

constexpr std::size_t longest_id = 64;

bool glob_matches_id(std::string_view pattern, std::string_view id) {
  std::array<char, longest_id> lower{};
  if (id.size() > lower.size()) return false;
  std::transform(id.begin(), id.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return policies::glob_matches(pattern, std::string_view(lower.data(), id.size()));
}

}  // namespace

RoomFilter::RoomFilter(const api::RoomListRequest& wanted)
    : wanted_(wanted),
      state_(policies::parse_room_state(wanted.state)),
      pattern_(wanted.match),
      is_glob_(pattern_.text().find_first_of("*?") != std::string::npos),
      fits_id_(pattern_.text().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-*?") ==
               std::string::npos) {}

bool RoomFilter::lets_all() const {
  return wanted_.state.empty() && wanted_.template_name.empty() && wanted_.tag.empty() &&
         pattern_.text().empty();
}

bool RoomFilter::lets(const policies::RoomVerdict& verdict, const policies::RoomSpec* room) const {
  if (!wanted_.state.empty() && verdict.state != state_) return false;
  if (!wanted_.template_name.empty() &&
      (room == nullptr || room->settings->template_name != wanted_.template_name)) {
    return false;
  }
  if (!wanted_.tag.empty() && (room == nullptr || std::find(room->tags.begin(), room->tags.end(),
                                                            wanted_.tag) == room->tags.end())) {
    return false;
  }
  return pattern_.text().empty() || matches_text(verdict, room);
}

bool RoomFilter::matches_text(const policies::RoomVerdict& verdict,
                              const policies::RoomSpec* room) const {
  const std::string& id = verdict.room.text();
  const bool in_id =
      fits_id_ && (is_glob_ ? glob_matches_id(pattern_.text(), id) : pattern_.is_in(id));
  return in_id || (room != nullptr && pattern_.is_in(room->title));
}

}  // namespace roomkeeper::sidecar
