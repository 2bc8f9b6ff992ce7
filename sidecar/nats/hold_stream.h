// The stream of a hold, made and looked at through JetStream's API: a mirror of the room's stream
// that nothing can purge.
//
// A mirror and not a source: it keeps sequences and times, and newer servers do not look at the
// Nats-Msg-Id of what they mirror. A sourcing stream gives every message a new time and header, and
// drops a message whose Nats-Msg-Id it has seen within its own duplicate window (2.15), or stops at
// it (2.10). Measured; tests/contract/hold_contract_test.cc. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_HOLD_STREAM_H_
#define ROOMKEEPER_SIDECAR_NATS_HOLD_STREAM_H_

#include <cstdint>
#include <optional>
#include <string>

#include "policies/hold.h"
#include "policies/observed.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

struct CopyPlan {
  std::string name;    ///< HOLD_<room>
  std::string origin;  ///< the room's stream, or its pool
  std::string filter;  ///< the room's subject in its pool; empty: the whole stream is copied
  int replicas = 1;
  policies::Compression compression = policies::Compression::none;
  policies::Placement placement;
  policies::HoldMark mark;
};

/// STREAM.INFO, of a room's stream, of a pool or of a copy.
struct StreamSight {
  policies::ObservedStream stream;
  policies::WallTime server_time{};
  policies::SequenceSet stored;
  bool allow_direct = false;
  policies::CopyTraits copy;
  std::optional<policies::HoldMark> mark;  ///< of a hold; none: not a copy of Roomkeeper's
  std::string mirror_error;  ///< what the server says about its mirror; empty: nothing
};

/// Errors: conflict (the name is in use by another stream), limit, denied, ...
void create_copy(JetStream& js, Priority priority, const CopyPlan& plan, Done<StreamSight> done);

/// Whether the deleted sequences are asked for too. The copy of a pooled room has one for each
/// message of all other rooms.
enum class Holes : bool { only_counted, listed };

/// Errors: not_found (10059), timeout, ...
void look_at_stream(JetStream& js, Priority priority, const std::string& stream, Holes holes,
                    Done<StreamSight> done);
void look_at_stream(JetStream& js, Priority priority, const std::string& stream,
                    Done<StreamSight> done);

/// Exposed for its test. Errors: what the server said, internal.
policies::Result<StreamSight> parse_stream_sight(std::string_view json);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_HOLD_STREAM_H_
