// Small JSON replies as a tree, read through range-checked accessors. Callers include json.hpp
// themselves.
//
// nats-server's errors become ours here: by meaning of its err_code, else by its HTTP-like code.
// Thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_JSON_REPLY_H_
#define ROOMKEEPER_SIDECAR_NATS_JSON_REPLY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "policies/result.h"

namespace roomkeeper::sidecar::nats {

/// Our error for what the server said. `err_code` 0: it said none.
policies::Error make_server_error(int code, int err_code, std::string description);

/// Text that is valid UTF-8 whatever the strings in it are.
std::string dump_json(const nlohmann::json& value);

/// The reply's object; the server's `error` as an Error. Errors also: internal (not a JSON object).
policies::Result<nlohmann::json> parse_reply(std::string_view text);

/// Accessors for objects; nullopt when it is absent, of another type or out of range.
std::optional<std::int64_t> read_int(const nlohmann::json& object, const char* key);
std::optional<std::uint64_t> read_uint(const nlohmann::json& object, const char* key);
std::optional<bool> read_bool(const nlohmann::json& object, const char* key);
std::optional<std::string> read_string(const nlohmann::json& object, const char* key);
/// The object or array at `key`; nullptr when there is none.
const nlohmann::json* read_child(const nlohmann::json& object, const char* key);

/// Standard base64 with padding; nullopt when it is none.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_JSON_REPLY_H_
