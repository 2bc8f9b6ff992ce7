// Until when a credential is good, read from itself: for errors, because nats-server says nothing
// of it. Nothing is verified here, and nobody is let in by it. Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_VALID_UNTIL_H_
#define ROOMKEEPER_SIDECAR_NATS_VALID_UNTIL_H_

#include <optional>
#include <string>
#include <string_view>

#include "policies/time.h"

namespace roomkeeper::sidecar::nats {

/// Of the user's JWT in a creds file. nullopt: it has no end, or there is none that can be read.
std::optional<policies::WallTime> creds_valid_until(std::string_view creds);

/// Of the first certificate in a PEM file. nullopt: there is none that can be read.
std::optional<policies::WallTime> certificate_valid_until(std::string_view pem);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_VALID_UNTIL_H_
