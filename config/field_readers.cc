#include "config/field_readers.h"

namespace roomkeeper::config {

std::optional<FieldValue> read_duration(Reader& reader, NodeId id, const Path& path,
                                        policies::Nanoseconds low, policies::Nanoseconds high) {
  const auto text = reader.scalar(id, path, "a duration");
  if (!text) return std::nullopt;
  const auto value = parse_duration(*text);
  if (!value) {
    reader.problem(id, path, value.error().text);
    return std::nullopt;
  }
  if (*value < low || *value > high) {
    reader.problem(id, path,
                   "expected a duration from " + format_duration(low) + " to " +
                       format_duration(high) + ", not " + quote(*text));
    return std::nullopt;
  }
  return FieldValue(value->count());
}

std::optional<std::string> read_word(Reader& reader, NodeId id, const Path& path) {
  constexpr std::size_t longest = 128;
  constexpr std::string_view expected = "1 to 128 bytes without spaces";
  const auto text = reader.scalar(id, path, expected);
  if (!text) return std::nullopt;
  if (text->empty() || text->size() > longest || text->find(' ') != std::string_view::npos) {
    reader.problem(id, path, "expected " + std::string(expected) + ", not " + quote(*text));
    return std::nullopt;
  }
  return std::string(*text);
}

}  // namespace roomkeeper::config
