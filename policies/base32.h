// Base32 (RFC 4648) without padding: bytes of strangers as one token of a subject. Pure; thread:
// any.
#ifndef ROOMKEEPER_POLICIES_BASE32_H_
#define ROOMKEEPER_POLICIES_BASE32_H_

#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::policies {

std::string encode_base32(std::string_view bytes);
/// Only what encode_base32() writes: capitals, no padding, no bits left over. Errors: invalid.
Result<std::string> decode_base32(std::string_view text);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_BASE32_H_
