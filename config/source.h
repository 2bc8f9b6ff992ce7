// Reading a file whole, bounded; and paths of the configuration's files.
#ifndef ROOMKEEPER_CONFIG_SOURCE_H_
#define ROOMKEEPER_CONFIG_SOURCE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::config {

inline constexpr std::size_t max_file_bytes = std::size_t{64} * 1024 * 1024;

/// Errors: not_found, denied, limit, invalid (not a regular file), with one sentence without the
/// path.
policies::Result<std::string> read_source(const std::string& path, std::size_t most);

/// `path` as an absolute one, from `base`; not normalised, because `..` after a link is the
/// kernel's to resolve.
std::string absolute_path(std::string_view path, std::string_view base);
/// The same from the current directory.
std::string absolute_from_here(const std::string& path);
/// Everything before the last slash: `.` when there is none, `/` for a file at the root.
std::string directory_of(const std::string& path);
/// True when both name the same file, links followed.
bool same_file(const std::string& a, const std::string& b);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_SOURCE_H_
