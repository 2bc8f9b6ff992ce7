#include "sidecar/job_rooms.h"

#include <algorithm>
#include <map>
#include <utility>

namespace roomkeeper::sidecar {

namespace {

using policies::ObservedStream;

bool before(const JobRoom& a, const JobRoom& b) {
  return a.room < b.room;
}

/// What of a selection is about a room's name and template.
class Wanted {
 public:
  Wanted(const api::PurgeSelection& selection, const std::string& cursor)
      : selection_(selection), cursor_(cursor) {}

  bool fits(const std::string& room, const std::string& template_name) const {
    if (!cursor_.empty() && room <= cursor_) return false;
    if (!selection_.match.empty() && !policies::glob_matches(selection_.match, room)) return false;
    return selection_.template_name.empty() || selection_.template_name == template_name;
  }

 private:
  const api::PurgeSelection& selection_;
  const std::string& cursor_;
};

}  // namespace

bool is_room_of_ours(const ObservedStream& stream, const policies::Names& names,
                     const std::string& instance) {
  const auto& mark = stream.config.mark;
  if (!mark || mark->instance != instance) return false;
  const auto room = policies::RoomId::parse(mark->room);
  return room && names.stream_of(*room) == stream.name;
}

bool is_pool_of_ours(const ObservedStream& stream, const policies::Names& names,
                     const std::string& instance) {
  const auto& mark = stream.config.mark;
  return mark && mark->instance == instance && mark->is_pool() &&
         names.pool_of_stream(stream.name).has_value();
}

std::vector<JobRoom> named_rooms(const api::PurgeSelection& selection, const std::string& cursor) {
  std::vector<std::string> names = selection.rooms;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<JobRoom> rooms;
  for (std::string& name : names) {
    if (cursor.empty() || name > cursor) rooms.push_back({.room = std::move(name)});
  }
  return rooms;
}

std::vector<JobRoom> matching_rooms(policies::ObservedStreams listing,
                                    const policies::PoolRoster& roster,
                                    const api::PurgeSelection& selection,
                                    const policies::Names& names, const std::string& instance,
                                    const std::string& cursor) {
  const Wanted wanted(selection, cursor);
  std::vector<JobRoom> chosen;
  std::map<std::string, std::shared_ptr<const ObservedStream>, std::less<>> pools;
  for (ObservedStream& stream : listing.streams) {
    if (is_pool_of_ours(stream, names, instance)) {
      std::string pool = *names.pool_of_stream(stream.name);
      pools.emplace(std::move(pool), std::make_shared<const ObservedStream>(std::move(stream)));
    } else if (is_room_of_ours(stream, names, instance)) {
      const policies::Mark& mark = *stream.config.mark;
      const auto room = policies::RoomId::parse(mark.room);
      // What the roster has lives in its pool; a stream beside that is on its way in or out.
      if (!wanted.fits(mark.room, mark.template_name) || roster.find(*room) != nullptr) continue;
      JobRoom found{.room = mark.room, .counted = true, .stored = stream.stored.messages};
      found.chosen = found.stored;
      found.stream = std::make_shared<const ObservedStream>(std::move(stream));
      chosen.push_back(std::move(found));
    }
  }
  std::sort(chosen.begin(), chosen.end(), before);
  const auto dedicated = static_cast<std::ptrdiff_t>(chosen.size());
  for (const policies::PooledRoom& room : roster.rooms) {
    const auto pool = pools.find(*room.pool);
    if (pool == pools.end() || !wanted.fits(room.id.text(), *room.pool)) continue;
    chosen.push_back({.room = room.id.text(), .stream = pool->second, .pooled = true});
  }
  std::inplace_merge(chosen.begin(), chosen.begin() + dedicated, chosen.end(), before);
  return chosen;
}

void PoolCount::add(std::string_view subject, std::uint64_t messages) {
  const std::string_view room = names_.room_in_pool(subject, pool_);
  if (room.empty()) return;
  Stored& stored = rooms_[std::string(room)];
  stored.all += messages;
  const std::string_view user = subject.substr(subject.rfind('.') + 1);
  if (user_.empty() || user == user_) stored.of_user += messages;
}

void PoolCount::put(JobRoom& room) const {
  const auto found = rooms_.find(room.room);
  room.counted = true;
  room.stored = found == rooms_.end() ? 0 : found->second.all;
  room.chosen = found == rooms_.end() ? 0 : found->second.of_user;
}

}  // namespace roomkeeper::sidecar
