#include "sidecar/room_directory.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {

using policies::DesiredRooms;
using policies::RoomId;
using policies::RoomSpec;
using policies::RoomVerdict;

DesiredRooms merge_rooms(const DesiredRooms& files, const std::vector<RoomSpec>& api,
                         const std::vector<RoomId>& removed_by_api,
                         const std::vector<std::string>& doubts) {
  DesiredRooms merged = files;
  for (const RoomSpec& room : api) {
    if (files.find(room.id) != nullptr) {
      merged.conflicts.push_back(room.id);
    } else {
      merged.rooms.push_back(room);
    }
  }
  std::sort(merged.rooms.begin(), merged.rooms.end(),
            [](const RoomSpec& a, const RoomSpec& b) { return a.id < b.id; });
  std::sort(merged.conflicts.begin(), merged.conflicts.end());
  merged.removed_by_api = removed_by_api;
  std::sort(merged.removed_by_api.begin(), merged.removed_by_api.end());
  if (!doubts.empty()) merged.complete = false;
  merged.doubts.insert(merged.doubts.end(), doubts.begin(), doubts.end());
  return merged;
}

void RoomDirectory::set_verdicts(std::vector<RoomVerdict> verdicts) {
  verdicts_ = std::move(verdicts);
}

namespace {

RoomVerdict* find(std::vector<RoomVerdict>& verdicts, const RoomId& room) {
  const auto at =
      std::lower_bound(verdicts.begin(), verdicts.end(), room,
                       [](const RoomVerdict& a, const RoomId& b) { return a.room < b; });
  return at == verdicts.end() || at->room != room ? nullptr : &*at;
}

/// A room that is still pending because its change failed keeps saying so.
void replace_keeping_failures(std::vector<RoomVerdict>& verdicts, std::vector<RoomVerdict> fresh) {
  for (RoomVerdict& verdict : fresh) {
    if (verdict.state != policies::RoomState::pending || verdict.reason == policies::Reason::moving)
      continue;
    RoomVerdict* before = find(verdicts, verdict.room);
    if (before != nullptr && !before->as_pool &&
        (before->state == policies::RoomState::failed ||
         before->state == policies::RoomState::blocked)) {
      verdict = std::move(*before);
    }
  }
  verdicts = std::move(fresh);
}

}  // namespace

void RoomDirectory::set_verdicts_keeping_failures(std::vector<RoomVerdict> verdicts) {
  replace_keeping_failures(verdicts_, std::move(verdicts));
}

void RoomDirectory::set_pools_keeping_failures(std::vector<RoomVerdict> verdicts) {
  replace_keeping_failures(pools_, std::move(verdicts));
}

void RoomDirectory::set_verdict(RoomVerdict verdict) {
  if (RoomVerdict* at = find(verdicts_, verdict.room)) *at = std::move(verdict);
}

void RoomDirectory::set_pool(RoomVerdict verdict) {
  if (RoomVerdict* at = find(pools_, verdict.room)) *at = std::move(verdict);
}

const RoomVerdict* RoomDirectory::verdict(const RoomId& room) const {
  const auto at =
      std::lower_bound(verdicts_.begin(), verdicts_.end(), room,
                       [](const RoomVerdict& a, const RoomId& b) { return a.room < b; });
  return at == verdicts_.end() || at->room != room ? nullptr : &*at;
}

}  // namespace roomkeeper::sidecar
