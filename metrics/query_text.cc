#include "metrics/query_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "metrics/label_text.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

std::string listed(std::initializer_list<std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace

policies::Result<std::map<std::string, std::string>> parse_query(
    std::string_view query, std::initializer_list<std::string_view> known, std::size_t value_max) {
  std::map<std::string, std::string> parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto key = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!key || !value)
      return fail(ErrorCode::invalid, "the query is not percent-encoded as it should be");
    if (std::find(known.begin(), known.end(), *key) == known.end()) {
      return fail(ErrorCode::invalid,
                  "unknown parameter \"" + clean_label(*key) + "\"; known: " + listed(known));
    }
    if (value->size() > value_max)
      return fail(ErrorCode::invalid,
                  *key + ": longer than " + std::to_string(value_max) + " bytes");
    if (!parameters.emplace(*key, std::move(*value)).second)
      return fail(ErrorCode::invalid, *key + ": given twice");
  }
  return parameters;
}

}  // namespace roomkeeper::metrics
