// All moves of rooms: takes them in, lets a few copy at a time, remembers them.
//
// A move is recorded in the state bucket (`move.<room>`) before anything is done. A record that
// cannot be read is logged and left alone, and its room is not moved. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_MOVE_KEEPER_H_
#define ROOMKEEPER_SIDECAR_MOVE_KEEPER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "api/moves.h"
#include "api/types.h"
#include "policies/ids.h"
#include "sidecar/lifetime.h"
#include "sidecar/move_parts.h"
#include "sidecar/room_move.h"

namespace roomkeeper::sidecar {

inline constexpr std::size_t moves_at_work_max = 4;        ///< that copy
inline constexpr std::size_t moves_unfinished_max = 1000;  ///< not counting ledgers
inline constexpr std::size_t moves_ended_max = 100;        ///< older ones are forgotten

class MoveKeeper {
 public:
  using Asked = std::function<void(api::ApiResult<api::MoveView>)>;

  MoveKeeper(Runtime& runtime, MessageBus& bus, nats::JetStream& js, Inventory& inventory,
             RoomDirectory& rooms, StateKeeper& state, PoolKeeper& pools, Reconciler& reconciler,
             RuleBook& rules, StreamPurger& purger, PurgeGate& gate, AuditLog& audit);
  MoveKeeper(const MoveKeeper&) = delete;
  MoveKeeper& operator=(const MoveKeeper&) = delete;

  /// Connected, allowed to act, and the state was read: moves begin, or go on.
  void start();
  void stop();
  /// Another replica has led since: its records count, not what is remembered here. REQUIRES:
  /// stopped.
  void forget();

  /// REQUIRES: a record that was checked (move_plan.h). Completes when it is recorded; a move that
  /// has failed goes on where it was. Errors: busy, not_ready, the bucket's.
  void ask(const policies::RoomId& room, api::MoveRecord record, const Asked& done);
  /// Takes in what the room stores now, and not what the last pass has seen; then completes. What
  /// cannot be seen stays as it was.
  void look_at(const Home& home, const policies::RoomId& room, std::function<void()> then);
  /// Errors: room_not_found (no move of it), conflict (it has switched).
  api::ApiResult<api::MoveView> abort(const policies::RoomId& room);
  api::MoveListReply list(const api::MoveListRequest& request) const;

  /// Null: none that has not ended.
  const RoomMove* find(const policies::RoomId& room) const;
  /// True while its messages may be on their way: nothing else may be done to it.
  bool is_moving(const policies::RoomId& room) const;
  /// Somebody's purge would reach into a room that is being moved.
  policies::Reason objection(const PurgeOrder& order) const;

 private:
  void take_records();
  void take_record(const std::string& room, const std::string& value);
  void add(const policies::RoomId& room, api::MoveRecord record);
  void changed();
  void settle();
  void schedule();
  void tick();
  void publish_metrics();

  Runtime& runtime_;
  Pace pace_;
  MoveParts parts_;
  bool running_ = false;
  std::map<std::string, std::unique_ptr<RoomMove>, std::less<>> moves_;  ///< by room
  std::map<std::string, std::string, std::less<>> unreadable_;
  std::set<std::string, std::less<>> being_asked_;  ///< rooms whose record is being written
  std::deque<api::MoveView> ended_;                 ///< the newest last
  bool change_posted_ = false;
  TimerId timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_MOVE_KEEPER_H_
