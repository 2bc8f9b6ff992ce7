// The gate of the holds: who asks, which copies are looked at, and who waits for what (HoldKeeper's
// port PurgeGate).
#include <algorithm>
#include <utility>

#include "sidecar/hold_keeper.h"
#include "sidecar/hold_making.h"

namespace roomkeeper::sidecar {

using policies::Coverage;
using policies::HoldState;
using policies::Reason;
using policies::Result;
using policies::RoomId;
using namespace std::chrono_literals;

namespace {

/// How long a deletion waits at the gate before it is declined; it is tried again later.
constexpr policies::Nanoseconds gate_longest = 5s;
constexpr policies::Nanoseconds gate_first_pause = 50ms;
constexpr policies::Nanoseconds gate_longest_pause = 1s;

}  // namespace

/// Somebody at the gate.
struct HoldKeeper::Visit {
  GateKey key;
  std::uint64_t up_to = 0;
  Entered done;
  policies::MonoTime deadline{};
  policies::Nanoseconds pause = gate_first_pause;
  std::vector<RoomId> left{};                    ///< rooms whose copies are looked at next
  std::set<std::string> passed{};                ///< rooms whose copies have what would go
  std::map<std::string, HoldLook> seen{};        ///< rooms whose copies have not come so far yet
  std::optional<std::set<std::string>> names{};  ///< of copies; where no listing tells them
};

HoldKeeper::GateKey HoldKeeper::key_of(const Deletion& deletion) const {
  GateKey key{.stream = deletion.stream, .room = {}};
  const auto pool = runtime_.names().pool_of_stream(deletion.stream);
  if (!pool || deletion.filter.empty()) return key;
  const auto room = RoomId::parse(runtime_.names().room_in_pool(deletion.filter, *pool));
  if (room) key.room = room->text();
  return key;
}

void HoldKeeper::enter(const Deletion& deletion, Entered done) {
  GateKey key = key_of(deletion);
  // Who comes again after having waited in vain gets one look: a copy that stands still must not
  // hold up the rooms that are purged beside it.
  const policies::Nanoseconds patience = declined_.contains(key) ? 0s : gate_longest;
  try_enter(std::make_shared<Visit>(Visit{.key = std::move(key),
                                          .up_to = deletion.up_to,
                                          .done = std::move(done),
                                          .deadline = runtime_.clock.mono() + patience}));
}

void HoldKeeper::leave(const Deletion& deletion) {
  const auto found = inside_.find(key_of(deletion));
  if (found == inside_.end()) return;
  if (--found->second > 0) return;
  inside_.erase(found);
  std::vector<SharedMaking> waiting;
  for (const auto& [room, making] : making_) {
    if (!is_inside({making->place.stream, room})) waiting.push_back(making);
  }
  for (const SharedMaking& making : waiting) begin_making(making);
}

const HoldKeeper::Making* HoldKeeper::making_in(const GateKey& key) const {
  for (const auto& [room, making] : making_) {
    if (key.overlaps({making->place.stream, room})) return making.get();
  }
  return nullptr;
}

bool HoldKeeper::is_inside(const GateKey& key) const {
  return std::any_of(inside_.begin(), inside_.end(),
                     [&key](const auto& deletion) { return key.overlaps(deletion.first); });
}

/// True unless a complete listing says that there is no copy.
bool HoldKeeper::may_be_held(const RoomId& room) const {
  if (holds_.contains(room.text()) || !inventory_.knows_all_copies()) return true;
  return inventory_.copies().contains(policies::hold_stream_name(room.text()));
}

/// The copy is one of the stream, or should be: the room lives there.
bool HoldKeeper::concerns(const RoomId& room, const std::string& stream) const {
  return place_of(room).stream == stream || lives_in(room) == stream;
}

void HoldKeeper::try_enter(const SharedVisit& visit) {
  visit->left.clear();
  if (const Making* making = making_in(visit->key)) return wait(visit, making->room.text());
  const bool whole_pool =
      visit->key.room.empty() && runtime_.names().pool_of_stream(visit->key.stream).has_value();
  if (whole_pool && !inventory_.knows_all_copies()) return ask_names(visit);
  visit->names.reset();
  look_at_rooms(visit);
}

/// The last listing was not complete: a copy that it does not show may be there all the same.
void HoldKeeper::ask_names(const SharedVisit& visit) {
  js_.names_all(nats::Priority::purge,
                lifetime_.guard([this, visit](const Result<nats::JetStream::AllNames>& names) {
                  if (!names || !names->complete) return wait(visit, {});
                  visit->names.emplace();
                  for (const std::string& name : names->names) {
                    if (name.starts_with(policies::hold_prefix)) visit->names->insert(name);
                  }
                  look_at_rooms(visit);
                }));
}

/// The rooms whose copies have to be asked, and were not yet.
std::vector<RoomId> HoldKeeper::rooms_to_ask(const Visit& visit) const {
  const policies::Names& names = runtime_.names();
  std::vector<RoomId> rooms;
  const auto add = [&](const RoomId& room) {
    if (!visit.passed.contains(room.text())) rooms.push_back(room);
  };
  if (!visit.key.room.empty() || !names.pool_of_stream(visit.key.stream)) {
    const auto room = visit.key.room.empty()
                          ? names.room_of_stream(visit.key.stream)
                          : std::optional<RoomId>(*RoomId::parse(visit.key.room));
    if (room && may_be_held(*room)) add(*room);
    return rooms;
  }
  for (const RoomId& room : known_rooms()) {
    if (concerns(room, visit.key.stream)) add(room);
  }
  if (!visit.names) return rooms;
  for (const std::string& name : *visit.names) {
    const auto room = RoomId::parse(name.substr(policies::hold_prefix.size()));
    const bool is_known = inventory_.copies().contains(name);
    if (room && !is_known && !holds_.contains(room->text())) add(*room);
  }
  return rooms;
}

void HoldKeeper::look_at_rooms(const SharedVisit& visit) {
  // Another copy may have been made while these were looked at.
  if (visit->left.empty()) visit->left = rooms_to_ask(*visit);
  if (visit->left.empty()) return let_in(visit);
  const RoomId room = std::move(visit->left.back());
  visit->left.pop_back();
  const auto seen = visit->seen.find(room.text());
  look_at_hold(js_, nats::Priority::purge, place_in(room, visit->key.stream),
               seen == visit->seen.end() ? nullptr : &seen->second,
               lifetime_.guard([this, visit, room](const Result<HoldLook>& look) {
                 judge(visit, room, look);
               }));
}

void HoldKeeper::judge(const SharedVisit& visit, const RoomId& room, const Result<HoldLook>& look) {
  if (!look || making_in(visit->key) != nullptr) return wait(visit, room.text());
  const std::string& stream = visit->key.stream;
  const auto pass = [&] {
    visit->passed.insert(room.text());
    look_at_rooms(visit);
  };
  // Found by its name only: it may be the copy of a room that is somewhere else.
  if (look->copy && look->copy->copy.origin != stream && lives_in(room) != stream &&
      place_of(room).stream != stream)
    return pass();
  note(room, place_in(room, stream), *look);
  if (!look->copy) return pass();
  const Hold* hold = of_room(room);
  if (hold == nullptr) return pass();  // another's stream of that name: no copy of the room
  if (hold->state == HoldState::broken) return wait(visit, room.text());
  const std::uint64_t needed = hold->acknowledged ? visit->up_to : everything_stored;
  if (look->cover(needed).coverage == Coverage::complete) return pass();
  visit->seen.erase(room.text());
  // What the room had then includes all that would go: only the copy has to come so far.
  if (look->waits_for_copy()) visit->seen.emplace(room.text(), *look);
  wait(visit, room.text());
}

void HoldKeeper::let_in(const SharedVisit& visit) {
  if (const Making* making = making_in(visit->key)) return wait(visit, making->room.text());
  blocked_.erase(visit->key);
  declined_.erase(visit->key);
  ++inside_[visit->key];
  visit->done(Reason::ok);
}

/// `room`: whose copy is waited for; empty: it is not known which copies there are.
void HoldKeeper::wait(const SharedVisit& visit, const std::string& room) {
  blocked_[visit->key] = room;
  publish_metrics();
  if (runtime_.clock.mono() >= visit->deadline) {
    const auto hold = holds_.find(room);
    const bool copying = hold == holds_.end() || !hold->second.acknowledged;
    const Reason reason = copying ? Reason::hold_copying : Reason::hold_behind;
    runtime_.log.warn("hold.deletion_waits",
                      {{"stream", visit->key.stream},
                       {"room", room},
                       {"reason", reason},
                       {"detail", hold != holds_.end() ? hold->second.why : ""}});
    declined_.insert(visit->key);
    visit->done(reason);
    return;
  }
  runtime_.loop.run_after(visit->pause, lifetime_.guard([this, visit] { try_enter(visit); }));
  visit->pause = std::min(visit->pause * 2, gate_longest_pause);
}

/// The hold is gone: nobody waits for it any more.
void HoldKeeper::unblock(const std::string& room) {
  for (auto it = blocked_.begin(); it != blocked_.end();) {
    if (it->second != room) {
      ++it;
      continue;
    }
    declined_.erase(it->first);
    it = blocked_.erase(it);
  }
}

std::set<std::string> HoldKeeper::blocking() const {
  std::set<std::string> rooms;
  for (const auto& [key, room] : blocked_) {
    if (!room.empty()) rooms.insert(room);
  }
  return rooms;
}

bool HoldKeeper::is_blocked(std::string_view stream) const {
  return std::any_of(blocked_.begin(), blocked_.end(),
                     [stream](const auto& waiting) { return waiting.first.stream == stream; });
}

}  // namespace roomkeeper::sidecar
