// One look at a room's stream and at its copy, in the order that makes it evidence: the room first,
// then the copy, then the one message that tells whether both number the same messages.
//
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_HOLD_LOOK_H_
#define ROOMKEEPER_SIDECAR_HOLD_LOOK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "policies/hold.h"
#include "sidecar/nats/hold_stream.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar {

struct HoldLook {
  std::optional<nats::StreamSight> origin;  ///< none: the room's stream is gone
  std::optional<nats::StreamSight> copy;    ///< none: there is no copy
  /// Time of the copy's message with the sequence of the room's first one; none: it has no such.
  std::optional<policies::WallTime> same_first;

  /// Whether the copy has everything that the room stores below `up_to`. A room that is gone has
  /// nothing to lose; without a copy nothing is proven.
  policies::CoverVerdict cover(std::uint64_t up_to) const;
};

/// Errors: what a request ended in, other than that a stream is not there.
void look_at_hold(nats::JetStream& js, nats::Priority priority, const std::string& stream,
                  const std::string& copy, nats::Done<HoldLook> done);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_HOLD_LOOK_H_
