#include "policies/arrivals.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::policies {

std::vector<std::uint64_t> Arrivals::see(const std::vector<const Connection*>& sorted,
                                         MonoTime now) {
  ++look_;
  now_ = now;
  return merge(all_, sorted);
}

std::vector<std::uint64_t> Arrivals::see_in_room(const RoomId& room,
                                                 const std::vector<const Connection*>& sorted) {
  Room& known = rooms_[room];
  known.last = now_;
  return merge(known.places, sorted);
}

void Arrivals::end_look() {
  std::erase_if(rooms_, [this](const auto& entry) { return now_ - entry.second.last >= keep; });
}

/// Both sides are sorted: one walk along them. Who is not there any more keeps the place for a
/// while.
std::vector<std::uint64_t> Arrivals::merge(Places& places,
                                           const std::vector<const Connection*>& sorted) {
  std::vector<std::uint64_t> first;
  first.reserve(sorted.size());
  Places merged;
  auto next = sorted.begin();
  auto old = places.begin();
  while (next != sorted.end() || old != places.end()) {
    const bool server_seen =
        next != sorted.end() && (old == places.end() || (*next)->key.server_id <= old->first);
    const std::string& server = server_seen ? (*next)->key.server_id : old->first;
    const bool known = old != places.end() && old->first == server;
    std::vector<Place> before;
    if (known) before = std::move(old->second);
    const auto end = std::find_if(
        next, sorted.end(), [&](const Connection* one) { return one->key.server_id != server; });
    std::vector<Place> after = merge_server(before, next, end, first);
    next = end;
    if (!after.empty()) merged.emplace_hint(merged.end(), server, std::move(after));
    if (known) ++old;
  }
  places = std::move(merged);
  return first;
}

std::vector<Arrivals::Place> Arrivals::merge_server(const std::vector<Place>& before, Seen next,
                                                    Seen end,
                                                    std::vector<std::uint64_t>& first) const {
  std::vector<Place> after;
  after.reserve(before.size() + static_cast<std::size_t>(end - next));
  auto old = before.begin();
  while (next != end || old != before.end()) {
    if (next == end || (old != before.end() && old->cid < (*next)->key.cid)) {
      if (now_ - old->last < keep) after.push_back(*old);
      ++old;
      continue;
    }
    const bool known = old != before.end() && old->cid == (*next)->key.cid;
    after.push_back({(*next)->key.cid, known ? old->first : look_, now_});
    first.push_back(after.back().first);
    if (known) ++old;
    ++next;
  }
  return after;
}

std::size_t Arrivals::size() const {
  const auto of = [](const Places& places) {
    std::size_t sum = 0;
    for (const auto& [server, list] : places) sum += list.size();
    return sum;
  };
  std::size_t sum = of(all_);
  for (const auto& [id, room] : rooms_) sum += of(room.places);
  return sum;
}

}  // namespace roomkeeper::policies
