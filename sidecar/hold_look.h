// One look at where a held room's messages are and at their copy, in the order that makes it
// evidence: the room first, then the copy, then the messages that tell whether both number the
// same.
//
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_HOLD_LOOK_H_
#define ROOMKEEPER_SIDECAR_HOLD_LOOK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "policies/hold.h"
#include "sidecar/deleted_search.h"
#include "sidecar/nats/hold_stream.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar {

/// What is copied, and where to.
struct HeldPlace {
  std::string stream;  ///< the room's own or its pool's
  std::string filter;  ///< the room's subject in the pool; empty: the whole stream is its own
  std::string copy;    ///< HOLD_<room>
  std::shared_ptr<KnownSequences> known{};  ///< of the copy; null: nothing
};

struct HoldLook {
  std::optional<nats::StreamSight> origin;  ///< none: the room's stream, or its pool, is gone
  std::optional<nats::StreamSight> copy;    ///< none: there is no copy
  // Of a room with a stream of its own.
  /// Time of the copy's message with the sequence of the room's first one; none: it has no such.
  std::optional<policies::WallTime> same_first;
  /// Time of the room's message with the sequence of the copy's last one; none: it has no such.
  std::optional<policies::WallTime> same_last;
  // Of a room in a pool.
  std::optional<policies::RoomInPool> room;  ///< none: not a room in a pool, or the pool is gone
  policies::CopyOfRoom in_copy;

  /// Whether the copy has everything that the room stores below `up_to`. A room that is gone has
  /// nothing to lose; without a copy nothing is proven.
  policies::CoverVerdict cover(std::uint64_t up_to) const;
  /// What the room stores.
  std::uint64_t messages() const;
  /// The copy has not reached the last message that the room had: only the copy needs to be looked
  /// at again.
  bool waits_for_copy() const;
};

/// `room`: an earlier look at the same place whose room is not looked at again; null: none. Errors:
/// what a request ended in, other than that a stream is not there.
void look_at_hold(nats::JetStream& js, nats::Priority priority, const HeldPlace& place,
                  const HoldLook* room, nats::Done<HoldLook> done);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_HOLD_LOOK_H_
