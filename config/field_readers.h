// Readers of single values of room settings.
#ifndef ROOMKEEPER_CONFIG_FIELD_READERS_H_
#define ROOMKEEPER_CONFIG_FIELD_READERS_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "config/nearest.h"
#include "config/room_fields.h"
#include "config/units.h"

namespace roomkeeper::config {

/// What the field's reader has read. REQUIRES: a whole number, or an enumerator.
inline std::int64_t number(const FieldValue& value) {
  return std::get<std::int64_t>(value);
}

/// One of the enum's values, by the name that to_string gives it.
template <class Enum, std::size_t N>
std::optional<FieldValue> read_choice(Reader& reader, NodeId id, const Path& path,
                                      const std::array<Enum, N>& values) {
  std::vector<std::string_view> names;
  for (const Enum value : values) names.push_back(to_string(value));
  const auto text = reader.scalar(id, path, listed(names));
  if (!text) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), *text);
  if (found == names.end()) {
    reader.problem(id, path, "expected " + listed(names) + ", not " + quote(*text),
                   nearest(*text, names));
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(found - names.begin());
  return FieldValue(static_cast<std::int64_t>(values[index]));
}

/// `unlimited`, or a count or size in [1, highest].
template <class Parse>
std::optional<FieldValue> read_bound(Reader& reader, NodeId id, const Path& path,
                                     std::string_view expected, std::int64_t highest, Parse parse) {
  const auto text = reader.scalar(id, path, expected);
  if (!text) return std::nullopt;
  const auto value = parse(*text);
  if (!value) {
    reader.problem(id, path, value.error().text);
    return std::nullopt;
  }
  if (*value == 0 || *value > highest) {
    reader.problem(
        id, path,
        "expected unlimited or 1 to " + std::to_string(highest) + ", not " + quote(*text));
    return std::nullopt;
  }
  return FieldValue(*value);
}

/// A duration in [low, high].
std::optional<FieldValue> read_duration(Reader& reader, NodeId id, const Path& path,
                                        policies::Nanoseconds low, policies::Nanoseconds high);
/// 1 to 128 bytes without spaces and control characters.
std::optional<std::string> read_word(Reader& reader, NodeId id, const Path& path);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_FIELD_READERS_H_
