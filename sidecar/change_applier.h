// Does one change of a plan on the server, after looking once more.
//
// Updates and removals are planned from a listing that may be seconds old: each is preceded by
// STREAM.INFO, and what would now be lossy, foreign, recreated or not empty is not done. Thread:
// the loop's.
#ifndef ROOMKEEPER_SIDECAR_CHANGE_APPLIER_H_
#define ROOMKEEPER_SIDECAR_CHANGE_APPLIER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "policies/plan.h"
#include "sidecar/applied.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/pooled_removal.h"
#include "sidecar/purge_gate.h"
#include "sidecar/removal_guard.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class ChangeApplier {
 public:
  using Done = std::function<void(Applied)>;

  ChangeApplier(Runtime& runtime, nats::JetStream& js, Inventory& inventory, PurgeGate& gate,
                RemovalGuard& guard, StreamPurger& purger, const RoomDirectory& rooms);

  /// `lossy_allowed`: there is consent for this room. `only_if_empty`: a removal that
  /// `delete_if_empty` asked for.
  void apply(const policies::Change& change, bool lossy_allowed, bool only_if_empty, Done done);

 private:
  void create(const policies::Change& change, Done done);
  void update(const policies::Change& change, bool lossy_allowed, Done done);
  void send_update(const policies::Change& change, const nats::StreamInfo& now, bool lossy_allowed,
                   Done done);
  void remove(const policies::Change& change, bool only_if_empty, Done done);
  /// Why the stream as it is now is not removed; none: it may be.
  std::optional<Applied> forbids_removal(const policies::Change& change,
                                         const nats::StreamInfo& now, bool only_if_empty);
  void enter_gate(const policies::Change& change, const nats::StreamInfo& now, bool only_if_empty,
                  Done done);
  void count_removal(const policies::Change& change, std::uint64_t last_seq, bool only_if_empty,
                     Done done);
  void look_once_more(const policies::Change& change, std::uint64_t last_seq, bool only_if_empty,
                      Done done);
  void send_removal(const policies::Change& change, Done done);
  Applied refused(const policies::Change& change, const policies::Error& error);
  Applied seen(const policies::Change& change, nats::StreamInfo info,
               const policies::StreamConfig& wanted);

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  PurgeGate& gate_;
  RemovalGuard& guard_;
  PooledRemoval pooled_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CHANGE_APPLIER_H_
