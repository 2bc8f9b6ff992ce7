// Gives a stream of our own the copies that it lacks (its `num_replicas`), and nothing else.
//
// A cluster that starts is not whole at once: what was made while one of its servers was still
// missing has fewer copies than there is room for. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_STREAM_COPIES_H_
#define ROOMKEEPER_SIDECAR_NATS_STREAM_COPIES_H_

#include <string>

#include "policies/result.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

/// What is wanted where the operator says nothing: nats-server's own advice for what must survive
/// the loss of a server.
inline constexpr int automatic_copies = 3;

struct CopiesOutcome {
  int before = 0;
  int now = 0;
  /// Why there are not as many as wanted, in the server's words; empty: there are.
  std::string refusal;
};

/// `wanted` 0: the cluster's size, at most `automatic_copies`, and never fewer than there are;
/// else 1 to 5, exactly so many. Everything else of ours goes first (Priority::list). Queue and
/// JetStream must outlive the answer. A refusal of the server is an outcome. Errors: not_found,
/// timeout, unavailable; nothing was changed then, or nobody knows whether it was.
void ensure_copies(RequestQueue& queue, JetStream& js, const std::string& stream, int wanted,
                   Done<CopiesOutcome> done);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_STREAM_COPIES_H_
