// Holds: copies of rooms that nothing purges, and the gate that keeps a room's messages until its
// copy has them (design.md, "Retention"; docs/operations.md, "Holds").
//
// The truth about a hold is the stream HOLD_<room> itself; nothing else is recorded. Every deletion
// asks the gate first: where there is a copy, it is looked at again for each, and what it does not
// provably have is not deleted. Thread: the loop's.
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
#include "sidecar/purge_gate.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// A hold as it was last seen.
struct Hold {
  std::string room;
  std::string stream;                      ///< the room's
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
  std::optional<policies::WallTime> looked;  ///< server time
};

class HoldKeeper final : public PurgeGate {
 public:
  using Answer = std::function<void(api::ApiResult<Hold>)>;

  HoldKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory, AuditLog& audit);
  ~HoldKeeper() override;
  HoldKeeper(const HoldKeeper&) = delete;
  HoldKeeper& operator=(const HoldKeeper&) = delete;

  /// Connected and allowed to act.
  void start();
  void stop();
  /// A listing was read: copies that are not known yet are looked at.
  void look_again();

  // PurgeGate. Where there is no copy it completes inside the call.
  void enter(const std::string& stream, std::uint64_t up_to, Entered done) override;
  void leave(const std::string& stream) override;

  /// Makes a copy, or says how the one that is there is doing. Answers when the copy exists, or
  /// when making it takes longer than about a second (state `copying`): ask again.
  void hold(const policies::RoomId& room, const std::string& note, const api::Actor& actor,
            Answer answer);
  /// Says what would go; with `yes` removes the copy. Answers the hold as it was just before.
  void unhold(const policies::RoomId& room, bool yes, const api::Actor& actor, Answer answer);
  /// Looks at every copy, then completes; holds() is fresh then.
  void refresh(std::function<void()> done);

  /// By the room's stream.
  const std::map<std::string, Hold, std::less<>>& holds() const { return holds_; }
  /// Nullptr: the room is not held.
  const Hold* of_stream(std::string_view stream) const;
  /// Streams whose purge or removal waits for a copy.
  const std::set<std::string>& blocked() const { return blocked_; }

 private:
  struct Visit;
  struct Making;
  using SharedVisit = std::shared_ptr<Visit>;
  using SharedMaking = std::shared_ptr<Making>;

  // The gate.
  void try_enter(const SharedVisit& visit);
  void judge(const SharedVisit& visit, const policies::Result<HoldLook>& look);
  void let_in(const SharedVisit& visit);
  void wait(const SharedVisit& visit);
  bool may_be_held(const std::string& stream) const;

  // Making a copy.
  void note_look_for(const SharedMaking& making, const HoldLook& look);
  void begin_making(const SharedMaking& making);
  void check_origin(const SharedMaking& making, policies::Result<nats::StreamSight> origin);
  void create(const SharedMaking& making, const nats::StreamSight& origin);
  void created(const SharedMaking& making, const policies::Result<nats::StreamSight>& copy);
  void watch(const std::string& stream);
  void watch_after(const std::string& stream, policies::Nanoseconds delay);
  void fail(const SharedMaking& making, api::ApiCode code, std::string text);
  static void tell(const SharedMaking& making, const api::ApiResult<Hold>& result);

  // What is known.
  std::string copy_of(const std::string& stream) const;
  void note(const std::string& stream, const HoldLook& look);
  void acknowledge(Hold& hold);
  void forget(const std::string& stream);
  void look_at_next(std::shared_ptr<std::vector<std::string>> left, std::function<void()> done);
  std::vector<std::string> known_streams() const;
  void tick();
  void publish_metrics();
  void remove(const Hold& hold, const api::Actor& actor, Answer answer);

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  AuditLog& audit_;
  bool running_ = false;
  bool looking_ = false;
  TimerId timer_ = 0;
  std::map<std::string, Hold, std::less<>> holds_;
  std::map<std::string, std::uint32_t> inside_;  ///< deletions under way, by stream
  std::map<std::string, SharedMaking> making_;   ///< the gate is closed, by stream
  std::set<std::string> unfinished_;             ///< were seen not to be complete yet
  std::set<std::string> watched_;                ///< unfinished, and looked at often
  std::set<std::string> blocked_;
  std::set<std::string> declined_;  ///< their last visitor was sent away
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_HOLD_KEEPER_H_
