// Port: what has to be true before stored messages of a room are deleted.
//
// Whoever deletes messages (a midnight, a job, the removal of a stream) enters first, and leaves
// when the server has answered. A hold keeps the gate of its room closed until its copy has
// everything that would go. Implementation: HoldKeeper. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_PURGE_GATE_H_
#define ROOMKEEPER_SIDECAR_PURGE_GATE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "policies/reason.h"

namespace roomkeeper::sidecar {

class PurgeGate {
 public:
  /// ok: the messages may go, and leave() must be called once. Anything else (hold_copying,
  /// hold_behind): nothing may be deleted now; leave() must not be called.
  using Entered = std::function<void(policies::Reason)>;

  virtual ~PurgeGate() = default;
  /// Asks to delete messages of `stream` with sequences below `up_to`. Completes inside this call
  /// where nothing holds the room, else later, within a bounded time.
  virtual void enter(const std::string& stream, std::uint64_t up_to, Entered done) = 0;
  virtual void leave(const std::string& stream) = 0;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_PURGE_GATE_H_
