#include "sidecar/roster_store.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include <nlohmann/json.hpp>

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using policies::PooledRoom;
using policies::PoolRoster;
using policies::Result;
using policies::RoomId;
using policies::RoomOwner;
using policies::RosterChange;

constexpr std::string_view pool_key_prefix = "pool.";
constexpr std::uint32_t pieces = 256;
constexpr std::size_t writes_in_flight = 8;
constexpr std::size_t rooms_max = 1'000'000;  ///< of one piece; ours have a few thousand

/// FNV-1a; part of the format, so it never changes.
std::uint32_t piece_of(std::string_view room) {
  std::uint32_t hash = 2166136261U;
  for (const char c : room) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619U;
  }
  return hash % pieces;
}

std::string piece_key(std::string_view pool, std::uint32_t piece) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string key(pool_key_prefix);
  key.append(pool).append(1, '.');
  key.append(1, digits[piece / 16]).append(1, digits[piece % 16]);
  return key;
}

/// `pool.<pool>.<xx>`; nullopt: another shape.
std::optional<std::string> pool_of_key(std::string_view key) {
  key.remove_prefix(pool_key_prefix.size());
  const std::size_t dot = key.rfind('.');
  if (dot == std::string_view::npos || !policies::is_name_token(key.substr(0, dot)))
    return std::nullopt;
  return std::string(key.substr(0, dot));
}

struct Piece {
  json file = json::array();
  json api = json::array();
  bool empty() const { return file.empty() && api.empty(); }
};

std::string encode(const Piece& piece) {
  return json{{"file", piece.file}, {"api", piece.api}}.dump(-1, ' ', false,
                                                             json::error_handler_t::replace);
}

bool decode_list(const json& record, const char* key, RoomOwner owner,
                 const std::shared_ptr<const std::string>& pool, std::vector<PooledRoom>& rooms) {
  const auto list = record.find(key);
  if (list == record.end() || !list->is_array() || list->size() > rooms_max) return false;
  for (const json& entry : *list) {
    const auto* text = entry.get_ptr<const json::string_t*>();
    if (text == nullptr) return false;
    Result<RoomId> id = RoomId::parse(*text);
    if (!id) return false;
    rooms.push_back({.id = *std::move(id), .pool = pool, .owner = owner});
  }
  return true;
}

bool decode(const std::string& value, const std::shared_ptr<const std::string>& pool,
            std::vector<PooledRoom>& rooms) {
  const json record = json::parse(value, nullptr, false);
  return record.is_object() && decode_list(record, "file", RoomOwner::file, pool, rooms) &&
         decode_list(record, "api", RoomOwner::api, pool, rooms);
}

bool by_id(const PooledRoom& a, const PooledRoom& b) {
  return a.id < b.id;
}

/// The roster after the changes; both sorted by room.
std::vector<PooledRoom> changed(const std::vector<PooledRoom>& before,
                                const std::vector<RosterChange>& changes) {
  std::vector<PooledRoom> after;
  after.reserve(before.size() + changes.size());
  auto old = before.begin();
  for (const RosterChange& change : changes) {
    for (; old != before.end() && old->id < change.room; ++old) after.push_back(*old);
    if (old != before.end() && old->id == change.room) ++old;
    if (change.pool != nullptr)
      after.push_back({.id = change.room, .pool = change.pool, .owner = change.owner});
  }
  after.insert(after.end(), old, before.end());
  return after;
}

using Pieces = std::map<std::string, Piece>;

/// What the pieces that `keys` names have to be for `rooms`.
Pieces pieces_for(const std::set<std::string>& keys, const std::vector<PooledRoom>& rooms) {
  Pieces found;
  for (const std::string& key : keys) found.emplace(key, Piece{});
  // One look-up by pool and piece, not one by a key that had to be spelt for each room.
  std::map<std::string, std::vector<Piece*>, std::less<>> by_pool;
  for (auto& [key, piece] : found) {
    const std::size_t dot = key.rfind('.');
    std::vector<Piece*>& row =
        by_pool[key.substr(pool_key_prefix.size(), dot - pool_key_prefix.size())];
    row.resize(pieces);
    row[std::stoul(key.substr(dot + 1), nullptr, 16)] = &piece;
  }
  for (const PooledRoom& room : rooms) {
    const auto row = by_pool.find(*room.pool);
    if (row == by_pool.end()) continue;
    Piece* piece = row->second[piece_of(room.id.text())];
    if (piece == nullptr) continue;
    (room.owner == RoomOwner::file ? piece->file : piece->api).push_back(room.id.text());
  }
  return found;
}

}  // namespace

struct RosterStore::Writing {
  std::vector<PooledRoom> after;
  std::vector<std::pair<std::string, Piece>> pieces;
  std::size_t next = 0;
  std::size_t open = 0;
  Result<> outcome;
  Done done;
};

RosterStore::RosterStore(Runtime& runtime, StateKeeper& state, PoolRoster& roster)
    : runtime_(runtime), state_(state), roster_(roster) {}

// ---- reading

void RosterStore::look() {
  if (!state_.loaded()) {
    roster_.known = false;
    return;
  }
  if (taken_ != state_.loads() && !busy_) take();
  roster_.known = doubt_.empty() && taken_ == state_.loads();
}

void RosterStore::take() {
  taken_ = state_.loads();
  doubt_.clear();
  twice_.clear();
  std::vector<PooledRoom> rooms;
  std::map<std::string, std::shared_ptr<const std::string>> pools;
  const StateKeeper::Entries& entries = state_.others();
  for (auto entry = entries.lower_bound(pool_key_prefix);
       entry != entries.end() && entry->first.starts_with(pool_key_prefix); ++entry) {
    const std::optional<std::string> name = pool_of_key(entry->first);
    std::shared_ptr<const std::string> pool;
    if (name) {
      std::shared_ptr<const std::string>& shared = pools[*name];
      if (shared == nullptr) shared = std::make_shared<const std::string>(*name);
      pool = shared;
    }
    if (pool == nullptr || !decode(entry->second, pool, rooms)) {
      doubt_ = "state key " + entry->first + " is not understood: nothing of pools is changed";
      runtime_.log.error("roster.unreadable", {{"key", entry->first}});
      return;
    }
  }
  std::stable_sort(rooms.begin(), rooms.end(), by_id);
  const auto last = std::unique(rooms.begin(), rooms.end(), [this](const auto& a, const auto& b) {
    if (a.id != b.id) return false;
    if (*a.pool != *b.pool) twice_.emplace_back(b.id, *b.pool);
    return true;
  });
  rooms.erase(last, rooms.end());
  rooms.shrink_to_fit();
  roster_.rooms = std::move(rooms);
}

// ---- writing

void RosterStore::write(std::vector<RosterChange> changes, Done done) {
  std::sort(changes.begin(), changes.end(),
            [](const RosterChange& a, const RosterChange& b) { return a.room < b.room; });
  waiting_.push_back({std::move(changes), std::move(done)});
  begin();
}

void RosterStore::begin() {
  if (busy_ || waiting_.empty()) return;
  Batch batch = std::move(waiting_.front());
  waiting_.pop_front();
  look();
  if (!roster_.known) {
    const Done done = std::move(batch.done);
    done(policies::fail(policies::ErrorCode::unavailable,
                        doubt_.empty() ? "the state bucket is being read" : doubt_));
    return begin();
  }
  const auto writing = std::make_shared<Writing>();
  writing->done = std::move(batch.done);
  writing->after = changed(roster_.rooms, batch.changes);
  // The new place is written before the old one is: a room is never in none.
  std::set<std::string> joins;
  std::set<std::string> leaves;
  for (const RosterChange& change : batch.changes) {
    const std::uint32_t piece = piece_of(change.room.text());
    if (change.pool != nullptr) joins.insert(piece_key(*change.pool, piece));
    if (const PooledRoom* room = roster_.find(change.room))
      leaves.insert(piece_key(*room->pool, piece));
    for (const auto& [room, pool] : twice_) {
      if (room == change.room) leaves.insert(piece_key(pool, piece));
    }
  }
  for (const std::string& key : joins) leaves.erase(key);
  for (const std::set<std::string>* keys : {&joins, &leaves}) {
    for (auto& [key, piece] : pieces_for(*keys, writing->after))
      writing->pieces.emplace_back(key, std::move(piece));
  }
  busy_ = true;
  feed(writing);
}

void RosterStore::feed(const std::shared_ptr<Writing>& writing) {
  while (writing->outcome && writing->open < writes_in_flight &&
         writing->next < writing->pieces.size()) {
    auto& [key, piece] = writing->pieces[writing->next++];
    ++writing->open;
    auto done =
        lifetime_.guard([this, writing](const Result<>& outcome) { written(writing, outcome); });
    if (piece.empty()) {
      state_.erase_entry(key, std::move(done));
    } else {
      state_.put_entry(key, encode(piece), std::move(done));
    }
    piece = {};
  }
  if (writing->open > 0) return;
  busy_ = false;
  if (writing->outcome) roster_.rooms = std::move(writing->after);
  const Done done = std::move(writing->done);
  done(writing->outcome);
  begin();
}

void RosterStore::written(const std::shared_ptr<Writing>& writing, const Result<>& outcome) {
  --writing->open;
  if (!outcome && writing->outcome) writing->outcome = outcome;
  feed(writing);
}

}  // namespace roomkeeper::sidecar
