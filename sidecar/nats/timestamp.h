// Times as nats-server writes them: RFC 3339, where Go's zero time means "none". Thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_TIMESTAMP_H_
#define ROOMKEEPER_SIDECAR_NATS_TIMESTAMP_H_

#include <optional>
#include <string_view>

#include "policies/time.h"

namespace roomkeeper::sidecar::nats {

/// `0001-01-01T00:00:00Z` gives the epoch; nullopt for what is no time or outside of WallTime's
/// range.
std::optional<policies::WallTime> parse_timestamp(std::string_view text);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_TIMESTAMP_H_
