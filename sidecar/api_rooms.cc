#include "sidecar/api_rooms.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "config/load.h"
#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {

using policies::Result;
using policies::RoomId;
using policies::RoomSpec;

void ApiRooms::assign(Entries entries) {
  entries_ = std::move(entries);
  reparse();
}

void ApiRooms::set(const std::string& room, std::string value, std::optional<RoomSpec> parsed,
                   const std::shared_ptr<const config::Config>& config) {
  entries_[room] = std::move(value);
  if (config != runtime_.config) parsed.reset();
  fresh_[room] = std::move(parsed);
}

void ApiRooms::erase(const std::string& room) {
  entries_.erase(room);
  fresh_[room].reset();
}

void ApiRooms::reparse() {
  fresh_.clear();
  all_fresh_ = true;
}

const std::vector<RoomSpec>& ApiRooms::rooms() const {
  settle();
  return rooms_;
}

const std::vector<RoomId>& ApiRooms::removed() const {
  settle();
  return removed_;
}

const std::vector<std::string>& ApiRooms::doubts() const {
  settle();
  return doubts_;
}

const RoomSpec* ApiRooms::find(const RoomId& id) const {
  settle();
  const auto at =
      std::lower_bound(rooms_.begin(), rooms_.end(), id,
                       [](const RoomSpec& room, const RoomId& wanted) { return room.id < wanted; });
  return at == rooms_.end() || at->id != id ? nullptr : &*at;
}

std::optional<std::string> ApiRooms::room_json(const RoomId& id) const {
  const auto found = entries_.find(id.text());
  if (found == entries_.end()) return std::nullopt;
  const Result<RoomRecord> record = decode_room(found->second);
  if (!record || record->removed) return std::nullopt;
  return record->room_json;
}

/// One entry goes where it belongs: rooms, removals or doubts.
void ApiRooms::read_entry(const std::string& room, const std::string& value,
                          std::optional<RoomSpec> parsed, std::vector<RoomSpec>& rooms) const {
  if (parsed) {
    rooms.push_back(*std::move(parsed));
    return;
  }
  const Result<RoomId> id = RoomId::parse(room);
  const Result<RoomRecord> record = decode_room(value);
  if (!id || !record) {
    doubt_of_[room] =
        "state key room." + room + ": " + (id ? record.error().text : id.error().text);
    return;
  }
  if (record->removed) {
    removed_.push_back(*id);
    return;
  }
  config::Loaded<RoomSpec> spec = config::parse_api_room(record->room_json, *runtime_.config);
  if (spec) {
    rooms.push_back(std::move(*spec));
  } else {
    doubt_of_[room] = "room " + room + " of the API: " + config::to_string(spec.error().front());
  }
}

void ApiRooms::settle() const {
  if (!all_fresh_ && fresh_.empty()) return;
  std::vector<RoomSpec> read;
  if (all_fresh_) {
    rooms_.clear();
    removed_.clear();
    doubt_of_.clear();
    for (const auto& [room, value] : entries_) read_entry(room, value, std::nullopt, read);
  } else {
    const auto is_fresh = [this](const RoomId& id) { return fresh_.contains(id.text()); };
    std::erase_if(rooms_, [&](const RoomSpec& room) { return is_fresh(room.id); });
    std::erase_if(removed_, is_fresh);
    for (auto& [room, parsed] : fresh_) {
      doubt_of_.erase(room);
      const auto entry = entries_.find(room);
      if (entry != entries_.end()) read_entry(room, entry->second, std::move(parsed), read);
    }
  }
  all_fresh_ = false;
  fresh_.clear();
  const auto by_id = [](const RoomSpec& a, const RoomSpec& b) { return a.id < b.id; };
  std::vector<RoomSpec> merged;
  merged.reserve(rooms_.size() + read.size());
  std::merge(std::make_move_iterator(rooms_.begin()), std::make_move_iterator(rooms_.end()),
             std::make_move_iterator(read.begin()), std::make_move_iterator(read.end()),
             std::back_inserter(merged), by_id);
  rooms_ = std::move(merged);
  std::sort(removed_.begin(), removed_.end());
  doubts_.clear();
  for (const auto& [room, doubt] : doubt_of_) doubts_.push_back(doubt);
}

}  // namespace roomkeeper::sidecar
