#include "sidecar/move_keeper.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "api/codec.h"
#include "policies/subjects.h"
#include "sidecar/admin_context.h"
#include "sidecar/move_record.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using metrics::MetricId;
using policies::MoveState;
using policies::Reason;
using policies::Result;
using policies::RoomId;

using namespace std::chrono_literals;

constexpr policies::Nanoseconds tick_interval = 1s;

constexpr std::array shown_states{MoveState::asked,   MoveState::copying,  MoveState::switching,
                                  MoveState::tail,    MoveState::removing, MoveState::left,
                                  MoveState::keeping, MoveState::aborting, MoveState::failed};

/// States in which nobody else may touch the room.
bool is_on_its_way(MoveState state) {
  return !policies::has_ended(state) && state != MoveState::keeping && state != MoveState::left;
}

bool is_readable(const ApiResult<api::MoveRecord>& record, const std::string& room) {
  return record && record->move.room == room && policies::parse_move_state(record->move.state) &&
         !record->move.from.stream.empty() && !record->move.to.stream.empty();
}

/// Whether an order may reach messages of `filter` in a stream; an empty filter is all of them.
bool reaches(const PurgeOrder& order, const std::string& stream, const std::string& filter) {
  if (order.stream.name != stream) return false;
  return order.filter.empty() || filter.empty() || policies::subjects_overlap(order.filter, filter);
}

}  // namespace

MoveKeeper::MoveKeeper(Runtime& runtime, MessageBus& bus, nats::JetStream& js, Inventory& inventory,
                       RoomDirectory& rooms, StateKeeper& state, PoolKeeper& pools,
                       Reconciler& reconciler, RuleBook& rules, StreamPurger& purger,
                       PurgeGate& gate, AuditLog& audit)
    : runtime_(runtime),
      pace_(moved_messages_per_second),
      parts_{.runtime = runtime,
             .bus = bus,
             .js = js,
             .inventory = inventory,
             .rooms = rooms,
             .state = state,
             .pools = pools,
             .reconciler = reconciler,
             .rules = rules,
             .purger = purger,
             .gate = gate,
             .audit = audit,
             .pace = pace_} {}

void MoveKeeper::start() {
  running_ = true;
  take_records();
  settle();
  tick();
}

void MoveKeeper::stop() {
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
  for (auto& [room, move] : moves_) move->suspend();
}

void MoveKeeper::forget() {
  moves_.clear();
  ended_.clear();
}

// --- records

void MoveKeeper::take_records() {
  unreadable_.clear();
  for (const auto& [key, value] : parts_.state.others()) {
    if (key.starts_with(move_key_prefix)) take_record(key.substr(move_key_prefix.size()), value);
  }
}

/// What this process knows of a move is newer than its record.
void MoveKeeper::take_record(const std::string& room, const std::string& value) {
  if (moves_.contains(room)) return;
  ApiResult<api::MoveRecord> record = api::decode<api::MoveRecord>(value);
  const Result<RoomId> id = RoomId::parse(room);
  if (!id || !is_readable(record, room)) {
    unreadable_[room] = record ? "the record contradicts itself" : record.error().message;
    runtime_.log.error("move.unreadable", {{"room", room}, {"error", unreadable_[room]}});
    return;
  }
  if (policies::has_ended(*policies::parse_move_state(record->move.state))) return;
  ++record->move.resumed;
  runtime_.log.info("move.resumed",
                    {{"room", room}, {"state", record->move.state}, {"cursor", record->cursor}});
  add(*id, std::move(*record));
}

void MoveKeeper::add(const RoomId& room, api::MoveRecord record) {
  moves_[room.text()] =
      std::make_unique<RoomMove>(parts_, room, std::move(record), [this] { changed(); });
}

// --- asking

void MoveKeeper::ask(const RoomId& room, api::MoveRecord record, const Asked& done) {
  if (!running_) return done(refuse(ApiCode::not_ready, "Roomkeeper does not act at the moment"));
  if (unreadable_.contains(room.text())) {
    return done(refuse(ApiCode::conflict, "state key " + std::string(move_key_prefix) +
                                              room.text() +
                                              " is not understood: " + unreadable_[room.text()]));
  }
  const auto known = moves_.find(room.text());
  if (known != moves_.end() && known->second->state() == MoveState::failed) {
    const api::MoveView& failed = known->second->record().move;
    if (failed.to.stream != record.move.to.stream || failed.copy != record.move.copy) {
      return done(refuse(ApiCode::conflict, "its move to " + failed.to.stream +
                                                " has failed: ask for the same again to go on, or "
                                                "abort it first"));
    }
    known->second->retry();
    settle();
    return done(known->second->view());
  }
  const auto unfinished = std::count_if(moves_.begin(), moves_.end(), [](const auto& move) {
    return move.second->state() != MoveState::keeping;
  });
  if (static_cast<std::size_t>(unfinished) >= moves_unfinished_max) {
    return done(refuse(ApiCode::busy, std::to_string(moves_unfinished_max) +
                                          " moves have not ended: see roomctl room moves"));
  }
  if (!being_asked_.insert(room.text()).second)
    return done(refuse(ApiCode::conflict, "room '" + room.text() + "' is being moved"));
  record.move.asked = parts_.inventory.server_now();
  const std::string text = api::encode(record);
  parts_.state.put_entry(std::string(move_key_prefix) + room.text(), text,
                         lifetime_.guard([this, room, record, done](const Result<>& written) {
                           being_asked_.erase(room.text());
                           if (!written) return done(tl::unexpected(to_api_error(written.error())));
                           add(room, record);
                           runtime_.log.info("move.asked", {{"room", room.text()},
                                                            {"from", record.move.from.stream},
                                                            {"to", record.move.to.stream},
                                                            {"who", record.move.who}});
                           const api::MoveView view = moves_[room.text()]->view();
                           settle();
                           done(view);
                         }));
}

void MoveKeeper::look_at(const Home& home, const RoomId& room, std::function<void()> then) {
  parts_.js.info(
      nats::Priority::admin, home.stream,
      lifetime_.guard([this, room, home, then = std::move(then)](Result<nats::StreamInfo> info) {
        if (info) parts_.inventory.put(std::move(info->stream), info->server_time);
        if (!info || !home.is_pooled()) return then();
        parts_.pools.watch().look_at(
            home.pool, room,
            lifetime_.guard([then](const Result<policies::PooledStored>&) { then(); }));
      }));
}

ApiResult<api::MoveView> MoveKeeper::abort(const RoomId& room) {
  const auto known = moves_.find(room.text());
  if (known == moves_.end())
    return refuse(ApiCode::room_not_found, "room '" + room.text() + "' is not being moved");
  if (!running_) return refuse(ApiCode::not_ready, "Roomkeeper does not act at the moment");
  if (const ApiResult<void> aborted = known->second->abort(); !aborted)
    return tl::unexpected(aborted.error());
  settle();
  return known->second->view();
}

api::MoveListReply MoveKeeper::list(const api::MoveListRequest& request) const {
  std::vector<api::MoveView> all;
  const auto take = [&](const api::MoveView& view) {
    if (request.room.empty() || request.room == view.room) all.push_back(view);
  };
  for (const auto& [room, move] : moves_) {
    if (!policies::has_ended(move->state())) take(move->view());
  }
  for (const api::MoveView& view : ended_) take(view);
  std::stable_sort(all.begin(), all.end(), [](const api::MoveView& a, const api::MoveView& b) {
    return a.asked > b.asked;
  });
  api::MoveListReply reply;
  reply.total = all.size();
  const std::uint64_t from = std::min<std::uint64_t>(request.offset, all.size());
  const std::uint64_t end = std::min<std::uint64_t>(from + request.limit, all.size());
  reply.moves.assign(all.begin() + static_cast<std::ptrdiff_t>(from),
                     all.begin() + static_cast<std::ptrdiff_t>(end));
  return reply;
}

// --- who moves

const RoomMove* MoveKeeper::find(const RoomId& room) const {
  const auto known = moves_.find(room.text());
  return known == moves_.end() || policies::has_ended(known->second->state()) ? nullptr
                                                                              : known->second.get();
}

bool MoveKeeper::is_moving(const RoomId& room) const {
  if (being_asked_.contains(room.text())) return true;
  const RoomMove* move = find(room);
  return move != nullptr && is_on_its_way(move->state());
}

/// A job would delete messages in one home, and their copies would stay, or come back.
Reason MoveKeeper::objection(const PurgeOrder& order) const {
  if (order.reason != Reason::manual) return Reason::ok;
  for (const auto& [room, move] : moves_) {
    if (!is_on_its_way(move->state())) continue;
    const api::MoveView& view = move->record().move;
    if (reaches(order, view.from.stream, view.from.subscribe_subject) ||
        reaches(order, view.to.stream, view.to.subscribe_subject))
      return Reason::moving;
  }
  return Reason::ok;
}

// --- at work

/// A move tells a change in the middle of its own work: what follows is done after it.
void MoveKeeper::changed() {
  if (change_posted_) return;
  change_posted_ = true;
  runtime_.loop.run_after(policies::Nanoseconds::zero(), lifetime_.guard([this] {
    change_posted_ = false;
    settle();
  }));
}

void MoveKeeper::settle() {
  for (auto it = moves_.begin(); it != moves_.end();) {
    if (!policies::has_ended(it->second->state())) {
      ++it;
      continue;
    }
    ended_.push_back(it->second->view());
    if (ended_.size() > moves_ended_max) ended_.pop_front();
    it = moves_.erase(it);
  }
  std::vector<RoomId> moving;
  for (const auto& [room, move] : moves_) {
    if (is_on_its_way(move->state())) moving.push_back(move->room());
  }
  parts_.pools.set_moving(std::move(moving));
  if (running_) schedule();
  publish_metrics();
}

/// Those that copy wait for each other; what comes behind the switch does not.
void MoveKeeper::schedule() {
  std::size_t at_work = 0;
  for (const auto& [room, move] : moves_) at_work += move->is_copying() ? 1U : 0U;
  for (auto& [room, move] : moves_) {
    if (move->at_work()) continue;
    const bool copies = policies::is_before_switch(move->state());
    if (copies && at_work >= moves_at_work_max) continue;
    if (copies) ++at_work;
    move->run();
  }
}

void MoveKeeper::tick() {
  timer_ = 0;
  if (!running_) return;
  for (auto& [room, move] : moves_) move->tick();
  schedule();
  timer_ = runtime_.loop.run_after(tick_interval, lifetime_.guard([this] { tick(); }));
}

void MoveKeeper::publish_metrics() {
  for (const MoveState state : shown_states) {
    const auto count = std::count_if(moves_.begin(), moves_.end(), [state](const auto& move) {
      return move.second->state() == state;
    });
    runtime_.metrics.set(MetricId::moves, {std::string(to_string(state))},
                         static_cast<double>(count));
  }
}

}  // namespace roomkeeper::sidecar
