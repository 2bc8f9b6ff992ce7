#include "sidecar/nats/json_reply.h"

#include <array>
#include <limits>

#include <nlohmann/json.hpp>

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::ErrorCode;

std::optional<ErrorCode> by_err_code(int err_code) {
  switch (err_code) {
    case 10014:  // consumer not found
    case 10037:
    case 10043:
    case 10059:
      return ErrorCode::not_found;
    case 10013:
    case 10058:
    case 10065:
    case 10070:
    case 10071:
    case 10148:
    case 10164:
      return ErrorCode::conflict;
    case 10002:
    case 10023:
    case 10026:
    case 10027:
    case 10028:
    case 10047:
    case 10077:
    case 10167:
      return ErrorCode::limit;
    case 10004:
    case 10005:
    case 10008:
    case 10009:
    case 10118:  // all servers of the stream are down
    case 10194:
      return ErrorCode::unavailable;
    case 10074:
    case 10185:
      return ErrorCode::unsupported;  // replicas need a cluster; API level
    case 10109:
      return ErrorCode::denied;  // sealed
    case 10003:
    case 10025:
    case 10052:
      return ErrorCode::invalid;
    default:
      return std::nullopt;
  }
}

ErrorCode by_code(int code) {
  switch (code) {
    case 400:
      return ErrorCode::invalid;
    case 403:
      return ErrorCode::denied;
    case 404:
      return ErrorCode::not_found;
    case 408:
      return ErrorCode::timeout;
    case 409:
      return ErrorCode::conflict;
    case 412:
      return ErrorCode::unsupported;
    case 429:
      return ErrorCode::limit;
    case 503:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::internal;
  }
}

int small_int(const json& object, const char* key) {
  const auto value = read_int(object, key);
  return value && *value >= 0 && *value <= 1'000'000 ? static_cast<int>(*value) : 0;
}

constexpr std::array<std::int8_t, 256> make_base64_table() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    table[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

constexpr auto base64_table = make_base64_table();

}  // namespace

policies::Error make_server_error(int code, int err_code, std::string description) {
  if (description.empty()) description = "the server gave error " + std::to_string(code);
  return policies::Error{by_err_code(err_code).value_or(by_code(code)), std::move(description),
                         err_code};
}

std::string dump_json(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

policies::Result<json> parse_reply(std::string_view text) {
  json reply = json::parse(text.begin(), text.end(), nullptr, false);
  if (!reply.is_object())
    return policies::fail(ErrorCode::internal, "the server's reply is no JSON object");
  const json* error = read_child(reply, "error");
  if (error != nullptr && error->is_object()) {
    return policies::pass(make_server_error(small_int(*error, "code"),
                                            small_int(*error, "err_code"),
                                            read_string(*error, "description").value_or("")));
  }
  return reply;
}

std::optional<std::int64_t> read_int(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  if (const auto* unsigned_value = found->get_ptr<const json::number_unsigned_t*>()) {
    if (*unsigned_value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return std::nullopt;
    return static_cast<std::int64_t>(*unsigned_value);
  }
  return *found->get_ptr<const json::number_integer_t*>();
}

std::optional<std::uint64_t> read_uint(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  if (const auto* unsigned_value = found->get_ptr<const json::number_unsigned_t*>())
    return *unsigned_value;
  const auto signed_value = *found->get_ptr<const json::number_integer_t*>();
  if (signed_value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(signed_value);
}

std::optional<bool> read_bool(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_boolean()) return std::nullopt;
  return *found->get_ptr<const json::boolean_t*>();
}

std::optional<std::string> read_string(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return *found->get_ptr<const json::string_t*>();
}

const json* read_child(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || !found->is_structured() ? nullptr : &*found;
}

std::optional<std::string> decode_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_table[static_cast<unsigned char>(c)];
    if (digit < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU));
    }
  }
  return bytes;
}

}  // namespace roomkeeper::sidecar::nats
