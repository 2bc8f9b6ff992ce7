// The public half of an nkey seed: nats.c signs with a seed but must be told the public key.
// Thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_NKEY_H_
#define ROOMKEEPER_SIDECAR_NATS_NKEY_H_

#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::sidecar::nats {

/// `SU...` to `U...`. Errors: invalid (no user seed). The seed never stands in the error.
policies::Result<std::string> public_key_of_seed(std::string_view seed);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_NKEY_H_
