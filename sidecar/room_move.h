// One room on its way to another home (docs/operations.md, "Moving a room").
//
// Every step is recorded in the state bucket (`move.<room>`) before it is done, so that a daemon
// that is killed goes on where it was: copies that were made and not recorded are found by their
// header. Nothing is removed before the copy was verified; what does not verify stops the move.
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ROOM_MOVE_H_
#define ROOMKEEPER_SIDECAR_ROOM_MOVE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/moves.h"
#include "api/types.h"
#include "policies/ids.h"
#include "policies/move.h"
#include "sidecar/ledger_purger.h"
#include "sidecar/lifetime.h"
#include "sidecar/move_copier.h"
#include "sidecar/move_parts.h"
#include "sidecar/old_home.h"

namespace roomkeeper::sidecar {

class RoomMove {
 public:
  /// REQUIRES: `record` is of a readable state and of that room. `changed`: its state is another.
  RoomMove(MoveParts& parts, policies::RoomId room, api::MoveRecord record,
           std::function<void()> changed);
  RoomMove(const RoomMove&) = delete;
  RoomMove& operator=(const RoomMove&) = delete;

  /// Goes on from its record. REQUIRES: connected, and the bucket was read.
  void run();
  /// The connection was lost: what is under way ends without effect here.
  void suspend();
  bool at_work() const { return at_work_; }
  /// About once a second: the ledger, and what is to be recorded.
  void tick();

  /// Takes what was copied away again, and leaves the room where it was. Errors: conflict, after
  /// the switch.
  api::ApiResult<void> abort();
  /// A failed one goes on where it failed.
  void retry();

  const policies::RoomId& room() const { return room_; }
  policies::MoveState state() const { return state_; }
  bool is_copying() const;  ///< takes its share of the pace
  api::MoveView view() const;
  const api::MoveRecord& record() const { return record_; }
  /// Up to date with the ledger.
  api::MoveRecord fresh_record() const;
  bool is_recorded() const { return written_once_; }

 private:
  using Step = std::function<void()>;

  // room_move.cc
  template <class Function>
  auto later(Function function) {
    return lifetime_.guard(
        [this, epoch = epoch_, function = std::move(function)](auto&&... values) {
          if (epoch == epoch_) function(std::forward<decltype(values)>(values)...);
        });
  }
  void step();
  void advance(policies::MoveState to);
  void save(Step then);
  void save_if_changed();
  void wait(policies::Nanoseconds delay, std::string why, Step then);
  void fail(policies::Reason reason, std::string text);
  bool is_ready_to_work();
  const policies::RoomSpec* wanted() const;
  bool names_target() const;
  std::string key() const;
  std::string from_filter() const;
  std::string to_filter() const;
  std::string to_prefix() const;
  bool is_pooled_from() const;
  bool is_pooled_to() const;
  void begin_asked();
  void define();
  void ensure_home();
  void ensure_pool();
  void ensure_stream();
  void create_stream();
  void home_is_there(const policies::ObservedStream& stream);
  void look_at_origin();
  void look_whether_empty();
  void switch_over();
  void switched(const policies::Result<>& written);
  void remove_old();
  void removed(const Applied& applied);
  void watch_left();
  void finish();
  void end(policies::MoveState as);
  void tell_audit(policies::Reason reason, std::string text, bool ok);

  // room_move_copy.cc
  using Found = std::shared_ptr<std::deque<Copied>>;
  void scan();
  void count_all_of_origin(std::function<void(std::uint64_t)> then);
  void scan_from(std::uint64_t seq, Found found, std::function<void()> then);
  void settle_expired(std::uint64_t found, Step then);
  void copy_on(std::deque<Copied> known);
  policies::WallTime original_of(const nats::WholeMessage& message) const;
  void note_copied(const Copied& copied);
  void caught_up();
  void trouble(const policies::Error& error, bool gap);
  void begin_again(const std::string& why);
  void check_copies();
  void check_origin();
  void poll_tail();
  void drain();
  void verify();
  void compare_last();
  void compare_messages();
  void clear_copies();
  void purge_copies(std::uint64_t up_to);
  void give_back_home();
  void stay();
  std::uint64_t copies_expected() const;
  void count(const std::string& stream, const std::string& filter, bool pooled,
             std::function<void(std::uint64_t messages, std::uint64_t last_seq)> then);

  MoveParts& parts_;
  policies::RoomId room_;
  api::MoveRecord record_;
  std::function<void()> changed_;
  policies::MoveState state_{};
  std::uint64_t found_last_ = 0;  ///< the last copy that a scan has found, recorded or not
  policies::MoveLedger ledger_;
  policies::MoveLedger kept_;  ///< of the old home, by a move before this one
  LedgerPurger purger_;
  LedgerPurger kept_purger_;
  OldHomeRemoval removal_;
  std::unique_ptr<MoveCopier> copier_;
  bool at_work_ = false;
  bool saving_ = false;
  bool draining_ = false;
  bool written_once_ = false;
  std::uint64_t drain_messages_ = 0;  ///< in the old home, before the last round of copying
  std::uint64_t drain_last_ = 0;      ///< the newest of them
  std::uint32_t troubles_ = 0;        ///< in a row, without a copy between them
  std::uint32_t rounds_ = 0;          ///< caught up, and something had come in
  policies::MonoTime scanned_{};
  std::string written_;
  TimerId timer_ = 0;
  std::uint64_t epoch_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_MOVE_H_
