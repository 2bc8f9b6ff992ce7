#include "config/connection_counts.h"

#include "config/nearest.h"
#include "config/units.h"

namespace roomkeeper::config {
namespace {

constexpr std::string_view no_maximum = "unlimited";

}  // namespace

policies::Result<int> parse_connections(std::string_view text) {
  if (text == no_maximum) return -1;
  const auto value = parse_integer(text, 0, most_connections);
  if (value) return static_cast<int>(*value);
  return policies::fail(policies::ErrorCode::invalid, "expected a whole number from 0 to " +
                                                          std::to_string(most_connections) +
                                                          " or unlimited, not " + quote(text));
}

std::string format_connections(std::optional<int> value) {
  return value && *value >= 0 ? std::to_string(*value) : std::string(no_maximum);
}

std::string nearest_connections(std::string_view text) {
  return nearest(text, {no_maximum});
}

std::optional<int> read_connections(Reader& reader, NodeId id, const Path& path) {
  const auto text = reader.scalar(id, path, "a whole number or unlimited");
  if (!text) return std::nullopt;
  const auto value = parse_connections(*text);
  if (value) return *value;
  reader.problem(id, path, value.error().text, nearest_connections(*text));
  return std::nullopt;
}

}  // namespace roomkeeper::config
