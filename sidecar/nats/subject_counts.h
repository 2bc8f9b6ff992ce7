// How many stored messages a limit on messages per subject would take: asked of the server.
#ifndef ROOMKEEPER_SIDECAR_NATS_SUBJECT_COUNTS_H_
#define ROOMKEEPER_SIDECAR_NATS_SUBJECT_COUNTS_H_

#include <cstdint>
#include <string>

#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

/// Sums what each subject holds above `limit` (1 or more), page by page. Errors: those of
/// STREAM.INFO; limit when there are more subjects than are read. Thread: the loop's.
void count_above_per_subject(JetStream& js, Priority priority, const std::string& stream,
                             std::uint64_t limit, Done<std::uint64_t> done);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SUBJECT_COUNTS_H_
