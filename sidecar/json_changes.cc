#include "sidecar/json_changes.h"

#include <map>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using Values = std::map<std::string, std::string>;

std::string text_of(const json& value) {
  if (const auto* text = value.get_ptr<const json::string_t*>()) return *text;
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The requests that this is for are at most 16 deep.
void flatten(const json& object, const std::string& prefix, Values& values) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object() && !value.empty()) {
      flatten(value, prefix + key + ".", values);
    } else {
      values.emplace(prefix + key, text_of(value));
    }
  }
}

Values values_of(std::string_view text) {
  Values values;
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (object.is_object()) flatten(object, "", values);
  values.erase("id");
  return values;
}

}  // namespace

std::vector<api::AuditChange> json_changes(std::string_view before, std::string_view after) {
  std::map<std::string, std::pair<std::string, std::string>> all;
  for (auto& [key, value] : values_of(before)) all[key].first = value;
  for (auto& [key, value] : values_of(after)) all[key].second = value;
  std::vector<api::AuditChange> changes;
  for (auto& [key, values] : all) {
    if (values.first == values.second) continue;
    changes.push_back(
        {.field = key, .from = std::move(values.first), .to = std::move(values.second)});
  }
  return changes;
}

}  // namespace roomkeeper::sidecar
