// The reply to `$JS.API.INFO`. Thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_ACCOUNT_JSON_H_
#define ROOMKEEPER_SIDECAR_NATS_ACCOUNT_JSON_H_

#include <string_view>

#include "policies/result.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

/// Errors: what the server said, internal (no JSON object).
policies::Result<AccountInfo> parse_account_info(std::string_view json);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_ACCOUNT_JSON_H_
