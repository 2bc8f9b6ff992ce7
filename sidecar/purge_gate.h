// Port: what has to be true before stored messages of a room are deleted.
//
// Whoever deletes messages (a midnight, a job, the removal of a room) enters first, and leaves
// when the server has answered. A hold keeps the gate of its room closed until its copy has
// everything that would go. Implementation: HoldKeeper. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_PURGE_GATE_H_
#define ROOMKEEPER_SIDECAR_PURGE_GATE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "policies/reason.h"

namespace roomkeeper::sidecar {

/// Messages of `stream` with sequences below `up_to`.
struct Deletion {
  std::string stream;
  std::string filter;  ///< only of this subject, which may have wildcards; empty: all of them
  std::uint64_t up_to = 0;
};

class PurgeGate {
 public:
  /// ok: the messages may go, and leave() must be called once. Anything else (hold_copying,
  /// hold_behind): nothing may be deleted now; leave() must not be called.
  using Entered = std::function<void(policies::Reason)>;

  virtual ~PurgeGate() = default;
  /// Asks to delete messages. Completes inside this call where nothing holds a room that they are
  /// of, else later, within a bounded time.
  virtual void enter(const Deletion& deletion, Entered done) = 0;
  virtual void leave(const Deletion& deletion) = 0;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_PURGE_GATE_H_
