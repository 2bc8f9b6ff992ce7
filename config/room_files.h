// The files that `room_files` names: patterns, what they match now, and what they matched before.
//
// Does readdir(3) and stat(2), reads no file. Thread: any. Errors: as text in the result, never
// thrown.
#ifndef ROOMKEEPER_CONFIG_ROOM_FILES_H_
#define ROOMKEEPER_CONFIG_ROOM_FILES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roomkeeper::config {

inline constexpr std::size_t max_room_files = 10'000;

/// The text as a pattern that matches nothing but itself.
std::string escape_glob(std::string_view text);
/// False for a plain path.
bool is_glob(std::string_view pattern);
/// True when the pattern matches this path; `*` and `?` match neither `/` nor a leading dot.
bool path_matches(const std::string& pattern, const std::string& path);

struct GlobResult {
  std::vector<std::string> files;  ///< sorted; a plain path that exists is its own match
  std::string error;  ///< not empty: a directory could not be read, or there are too many files
};
GlobResult expand_glob(const std::string& pattern);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_ROOM_FILES_H_
