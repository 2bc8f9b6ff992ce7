#include "sidecar/lowered_record.h"

#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::fail;
using policies::LoweredLimits;
using policies::Result;

constexpr std::size_t rule_max = 300;  ///< bytes of a rule's name

std::optional<LoweredLimits::Entry> decode_entry(const json& value) {
  if (!value.is_object()) return std::nullopt;
  LoweredLimits::Entry entry;
  if (value.contains("max")) {
    const auto* max = value["max"].get_ptr<const json::number_unsigned_t*>();
    if (max == nullptr || *max > std::uint64_t{std::numeric_limits<int>::max()})
      return std::nullopt;
    entry.max = static_cast<int>(*max);
  }
  if (!value.contains("inside")) return entry;
  const auto* text = value["inside"].get_ptr<const json::string_t*>();
  if (text == nullptr) return std::nullopt;
  const auto inside = policies::parse_rfc3339(*text);
  if (!inside) return std::nullopt;
  entry.inside = *inside;
  return entry;
}

}  // namespace

std::string encode_lowered(const LoweredLimits::Entries& entries) {
  json rules = json::object();
  for (const auto& [rule, entry] : entries) {
    json& value = rules[rule] = json::object();
    if (entry.max) value["max"] = static_cast<std::uint64_t>(*entry.max);
    if (entry.inside) value["inside"] = policies::format_rfc3339(*entry.inside);
  }
  return json{{"lowered", std::move(rules)}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<LoweredLimits::Entries> decode_lowered(std::string_view value) {
  const json record = json::parse(value, nullptr, false);
  if (!record.is_object() || !record.contains("lowered") || !record["lowered"].is_object())
    return fail(ErrorCode::invalid, "expected {\"lowered\":{...}}");
  LoweredLimits::Entries entries;
  for (const auto& [rule, text] : record["lowered"].items()) {
    const auto entry = decode_entry(text);
    if (!entry || rule.size() > rule_max || entries.size() >= LoweredLimits::rules_max)
      return fail(ErrorCode::invalid, "an entry that is none of a lowered limit");
    entries.emplace(rule, *entry);
  }
  return entries;
}

}  // namespace roomkeeper::sidecar
