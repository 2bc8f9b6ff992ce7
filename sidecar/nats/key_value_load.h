// Reads a whole KV bucket as it was at one moment. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_KEY_VALUE_LOAD_H_
#define ROOMKEEPER_SIDECAR_NATS_KEY_VALUE_LOAD_H_

#include <string>

#include "sidecar/nats/key_value.h"

namespace roomkeeper::sidecar::nats {

/// Never a part of it: what was lost on the way or written meanwhile is noticed and read again, a
/// few times. Errors: not_found (no bucket), conflict (it kept changing), timeout (it could not be
/// read whole), unavailable, ... Queue and JetStream must outlive the reading.
void load_bucket(RequestQueue& queue, JetStream& js, Priority priority, const std::string& bucket,
                 Done<KeyValueSnapshot> done);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_KEY_VALUE_LOAD_H_
