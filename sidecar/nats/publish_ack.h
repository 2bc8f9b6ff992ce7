// JetStream's acknowledgement of a stored message (ADR-22 describes the headers it answers to).
// Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_PUBLISH_ACK_H_
#define ROOMKEEPER_SIDECAR_NATS_PUBLISH_ACK_H_

#include <cstdint>

#include "policies/result.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::sidecar::nats {

/// The sequence, never 0. Errors: the server's own (conflict for a sequence that was not as
/// expected), internal (no acknowledgement).
policies::Result<std::uint64_t> parse_publish_ack(const Message& message);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_PUBLISH_ACK_H_
