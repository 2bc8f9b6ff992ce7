// How many stored messages a purge would take: exact, also where messages were deleted in between.
#ifndef ROOMKEEPER_SIDECAR_NATS_MESSAGE_COUNT_H_
#define ROOMKEEPER_SIDECAR_NATS_MESSAGE_COUNT_H_

#include <cstdint>
#include <string>

#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

/// Messages of `filter` (empty: all) with sequence >= `from` (0: all): the pending count of an
/// ephemeral consumer. Errors: invalid (a workqueue refuses it, 10101), limit (max_consumers), ...
/// Thread: the loop's.
void count_messages(JetStream& js, Priority priority, const std::string& stream,
                    const std::string& filter, std::uint64_t from, Done<std::uint64_t> done);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_MESSAGE_COUNT_H_
