#include "tests/support/fake_json.h"

#include <limits>

#include <nlohmann/json.hpp>

namespace roomkeeper::testing {

std::optional<Json> parse_json(std::string_view text) {
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::optional<Json> parse_json_object(std::string_view text) {
  if (text.empty()) return Json::object();
  auto value = parse_json(text);
  if (!value || !value->is_object()) return std::nullopt;
  return value;
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string quote_json(std::string_view text) {
  return dump_json(Json(std::string(text)));
}

const Json* JsonFields::member(std::string_view key) const {
  const auto found = object_.find(std::string(key));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::int64_t JsonFields::integer(std::string_view key, std::int64_t fallback) {
  const Json* value = member(key);
  if (value == nullptr) return fallback;
  if (const auto* number = value->get_ptr<const Json::number_unsigned_t*>()) {
    if (*number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(*number);
    }
  } else if (const auto* negative = value->get_ptr<const Json::number_integer_t*>()) {
    return *negative;
  }
  ok_ = false;
  return fallback;
}

std::uint64_t JsonFields::counter(std::string_view key, std::uint64_t fallback) {
  const Json* value = member(key);
  if (value == nullptr) return fallback;
  if (const auto* number = value->get_ptr<const Json::number_unsigned_t*>()) return *number;
  ok_ = false;
  return fallback;
}

bool JsonFields::boolean(std::string_view key, bool fallback) {
  const Json* value = member(key);
  if (value == nullptr) return fallback;
  if (const auto* flag = value->get_ptr<const Json::boolean_t*>()) return *flag;
  ok_ = false;
  return fallback;
}

std::string JsonFields::text(std::string_view key, std::string_view fallback) {
  const Json* value = member(key);
  if (value == nullptr) return std::string(fallback);
  if (const auto* string = value->get_ptr<const Json::string_t*>()) return *string;
  ok_ = false;
  return std::string(fallback);
}

std::vector<std::string> JsonFields::texts(std::string_view key) {
  std::vector<std::string> result;
  const Json* value = member(key);
  if (value == nullptr) return result;
  if (!value->is_array()) ok_ = false;
  for (const Json& item : *value) {
    if (const auto* string = item.get_ptr<const Json::string_t*>()) {
      result.push_back(*string);
    } else {
      ok_ = false;
    }
  }
  return result;
}

std::string base64_encode(std::string_view bytes) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      word <<= 8;
      if (at + i < bytes.size()) word |= static_cast<unsigned char>(bytes[at + i]);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const bool padded = at + i > bytes.size();
      result += padded ? '=' : digits[(word >> (18 - 6 * i)) & 63U];
    }
  }
  return result;
}

}  // namespace roomkeeper::testing
