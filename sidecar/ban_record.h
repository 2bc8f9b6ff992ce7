// A ban as the state bucket keeps it: key `ban.<base32 of the user's name>`, value
// {"user","since","until","by","reason"}. Pure; JSON of our own, but read as if a stranger had
// written it.
#ifndef ROOMKEEPER_SIDECAR_BAN_RECORD_H_
#define ROOMKEEPER_SIDECAR_BAN_RECORD_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "api/limits.h"
#include "policies/result.h"

namespace roomkeeper::sidecar {

inline constexpr std::string_view ban_prefix = "ban.";
inline constexpr std::size_t ban_user_max = 256;  ///< bytes

std::string ban_key(std::string_view user);
/// `kicks` is not kept.
std::string encode_ban(const api::BanView& ban);
/// The user is what the key says, byte for byte: JSON can only hold UTF-8, so `user` in the value
/// is for people, and must stand for the same name. Errors: invalid, with what is wrong; also a ban
/// of nobody or of a name that is too long, one that ends before it begins or lasts longer than
/// ban_seconds_max, and texts that are too long.
policies::Result<api::BanView> decode_ban(std::string_view key, std::string_view value);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_BAN_RECORD_H_
