// Holds: copies of rooms that nothing purges, and the gate that keeps a room's messages until its
// copy has them (design.md, "Retention"; docs/operations.md, "Holds").
//
// The truth about a hold is the stream HOLD_<room> itself; nothing else is recorded. Every deletion
// asks the gate first: where there is a copy, it is looked at again for each, and what it does not
// provably have is not deleted. A deletion in a whole pool asks the copies of all its rooms.
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_HOLD_KEEPER_H_
#define ROOMKEEPER_SIDECAR_HOLD_KEEPER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/audit.h"
#include "api/types.h"
#include "policies/hold.h"
#include "policies/ids.h"
#include "sidecar/audit_log.h"
#include "sidecar/hold_look.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/purge_gate.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// A hold as it was last seen.
struct Hold {
  std::string room;
  std::string stream;                      ///< the room's own, or its pool
  std::string copy;                        ///< HOLD_<room>
  std::optional<policies::HoldMark> mark;  ///< none: somebody took it away
  policies::HoldState state = policies::HoldState::copying;
  /// The copy was seen to have everything at a moment after it was asked for.
  bool acknowledged = false;
  std::uint64_t messages = 0;   ///< in the copy
  std::uint64_t bytes = 0;      ///< in the copy
  std::uint64_t missing = 0;    ///< messages of the room that the copy does not have
  std::uint64_t only_here = 0;  ///< messages of the copy that the room does not have (any more)
  std::string why;              ///< what is the matter; empty when nothing is
  std::optional<policies::WallTime> looked;                                    ///< server time
  std::shared_ptr<KnownSequences> known = std::make_shared<KnownSequences>();  ///< never null
};

class HoldKeeper final : public PurgeGate {
 public:
  using Answer = std::function<void(api::ApiResult<Hold>)>;

  HoldKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory, const PoolKeeper& pools,
             AuditLog& audit);
  ~HoldKeeper() override;
  HoldKeeper(const HoldKeeper&) = delete;
  HoldKeeper& operator=(const HoldKeeper&) = delete;

  /// Connected and allowed to act.
  void start();
  void stop();
  /// A listing was read: copies that are not known yet are looked at.
  void look_again();

  // PurgeGate. Where there is no copy it completes inside the call.
  void enter(const Deletion& deletion, Entered done) override;
  void leave(const Deletion& deletion) override;

  /// Makes a copy, or says how the one that is there is doing. Answers when the copy exists, or
  /// when making it takes longer than about a second (state `copying`): ask again.
  void hold(const policies::RoomId& room, const std::string& note, const api::Actor& actor,
            Answer answer);
  /// Says what would go; with `yes` removes the copy. Answers the hold as it was just before.
  void unhold(const policies::RoomId& room, bool yes, const api::Actor& actor, Answer answer);
  /// Looks at every copy, then completes; holds() is fresh then.
  void refresh(std::function<void()> done);

  /// By room.
  const std::map<std::string, Hold, std::less<>>& holds() const { return holds_; }
  /// Nullptr: the room is not held.
  const Hold* of_room(const policies::RoomId& room) const;
  /// Held rooms whose copies keep a deletion waiting, of themselves or of their pool.
  std::set<std::string> blocking() const;
  /// A deletion in the stream waits for a copy.
  bool is_blocked(std::string_view stream) const;

 private:
  struct Visit;
  struct Making;
  using SharedVisit = std::shared_ptr<Visit>;
  using SharedMaking = std::shared_ptr<Making>;
  /// What a deletion is of: a stream, or one room of a pool.
  struct GateKey {
    std::string stream;
    std::string room;  ///< empty: all of the stream
    auto operator<=>(const GateKey&) const = default;
    bool overlaps(const GateKey& other) const {
      return stream == other.stream && (room.empty() || other.room.empty() || room == other.room);
    }
  };

  // The gate (hold_gate.cc).
  GateKey key_of(const Deletion& deletion) const;
  void try_enter(const SharedVisit& visit);
  void ask_names(const SharedVisit& visit);
  void look_at_rooms(const SharedVisit& visit);
  std::vector<policies::RoomId> rooms_to_ask(const Visit& visit) const;
  void judge(const SharedVisit& visit, const policies::RoomId& room,
             const policies::Result<HoldLook>& look);
  void let_in(const SharedVisit& visit);
  void wait(const SharedVisit& visit, const std::string& room);
  bool may_be_held(const policies::RoomId& room) const;
  bool concerns(const policies::RoomId& room, const std::string& stream) const;
  const Making* making_in(const GateKey& key) const;
  bool is_inside(const GateKey& key) const;
  void unblock(const std::string& room);

  // Making a copy (hold_requests.cc).
  void note_look_for(const SharedMaking& making, const HoldLook& look);
  bool is_moving(const policies::RoomId& room) const;
  void begin_making(const SharedMaking& making);
  void check_origin(const SharedMaking& making, policies::Result<nats::StreamSight> origin);
  void create(const SharedMaking& making, const nats::StreamSight& origin);
  void created(const SharedMaking& making, const policies::Result<nats::StreamSight>& copy);
  void watch(const policies::RoomId& room);
  void watch_after(const policies::RoomId& room, policies::Nanoseconds delay);
  void fail(const SharedMaking& making, api::ApiCode code, std::string text);
  static void tell(const SharedMaking& making, const api::ApiResult<Hold>& result);

  // What is known.
  HeldPlace place_in(const policies::RoomId& room, const std::string& stream) const;
  HeldPlace place_of(const policies::RoomId& room) const;
  std::string lives_in(const policies::RoomId& room) const;
  void note(const policies::RoomId& room, const HeldPlace& place, const HoldLook& look);
  void judge_state(const policies::RoomId& room, const HeldPlace& place, const HoldLook& look,
                   Hold& hold);
  void acknowledge(Hold& hold);
  void forget(const std::string& room);
  void look_at_next(std::shared_ptr<std::vector<policies::RoomId>> left,
                    std::function<void()> done);
  std::vector<policies::RoomId> known_rooms() const;
  void tick();
  void publish_metrics();
  void remove(const Hold& hold, const api::Actor& actor, Answer answer);

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  const PoolKeeper& pools_;
  AuditLog& audit_;
  bool running_ = false;
  bool looking_ = false;
  TimerId timer_ = 0;
  std::map<std::string, Hold, std::less<>> holds_;  ///< by room
  std::map<GateKey, std::uint32_t> inside_;         ///< deletions under way
  std::map<std::string, SharedMaking> making_;      ///< the gate is closed, by room
  std::set<std::string> unfinished_;                ///< rooms: were seen not to be complete yet
  std::set<std::string> watched_;                   ///< rooms: unfinished, and looked at often
  std::map<GateKey, std::string> blocked_;          ///< who waits, for the copy of which room
  std::set<GateKey> declined_;                      ///< their last visitor was sent away
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_HOLD_KEEPER_H_
