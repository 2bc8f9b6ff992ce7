// The state bucket's key `limits`: which limits were lowered without `enforce_now`, and when. Pure;
// JSON of our own, but read as if a stranger had written it.
#ifndef ROOMKEEPER_SIDECAR_LOWERED_RECORD_H_
#define ROOMKEEPER_SIDECAR_LOWERED_RECORD_H_

#include <string>
#include <string_view>

#include "policies/lowered_limits.h"
#include "policies/result.h"

namespace roomkeeper::sidecar {

inline constexpr std::string_view lowered_key = "limits";

/// {"lowered":{"account_connections":{"max":500,"inside":"2026-11-22T10:00:00Z"}}}
std::string encode_lowered(const policies::LoweredLimits::Entries& entries);
/// Errors: invalid.
policies::Result<policies::LoweredLimits::Entries> decode_lowered(std::string_view value);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LOWERED_RECORD_H_
