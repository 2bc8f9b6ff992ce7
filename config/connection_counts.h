// Numbers of connections as the configuration writes them. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_CONNECTION_COUNTS_H_
#define ROOMKEEPER_CONFIG_CONNECTION_COUNTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "config/reader.h"
#include "policies/result.h"

namespace roomkeeper::config {

inline constexpr int most_connections = 1'000'000;
inline constexpr int most_reserved = 10'000;

/// A whole number from 0 to most_connections; `unlimited` is -1. Errors: invalid, with one sentence
/// that says what was expected.
policies::Result<int> parse_connections(std::string_view text);
/// Absent and negative ones are `unlimited`.
std::string format_connections(std::optional<int> value);

/// What parse_connections() refuses may be a word misspelt: that word, or nothing.
std::string nearest_connections(std::string_view text);
/// The same of a node: nullopt after noting what is wrong.
std::optional<int> read_connections(Reader& reader, NodeId id, const Path& path);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_CONNECTION_COUNTS_H_
