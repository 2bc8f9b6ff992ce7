#include "config/room_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

namespace roomkeeper::config {
namespace {

constexpr std::string_view special = "*?[]\\";

/// Frees what glob(3) allocated.
struct Matches {
  glob_t found{};
  Matches() = default;
  Matches(const Matches&) = delete;
  Matches& operator=(const Matches&) = delete;
  ~Matches() { globfree(&found); }
};

/// A directory that is not there matches nothing; one that cannot be read may hide rooms.
int stop_on(const char* /*path*/, int error) {
  return error == ENOENT || error == ENOTDIR ? 0 : 1;
}

bool is_directory(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

std::string escape_glob(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

bool is_glob(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (special.find(pattern[i]) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

bool path_matches(const std::string& pattern, const std::string& path) {
  return fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

GlobResult expand_glob(const std::string& pattern) {
  GlobResult result;
  Matches matches;
  const int status = glob(pattern.c_str(), GLOB_NOSORT, stop_on, &matches.found);
  if (status == GLOB_NOMATCH) return result;
  if (status == GLOB_ABORTED) {
    result.error = "a directory of it cannot be read";
    return result;
  }
  if (status != 0) {
    result.error = "not enough memory to look for it";
    return result;
  }
  for (std::size_t i = 0; i < matches.found.gl_pathc; ++i) {
    std::string path = matches.found.gl_pathv[i];
    // What a pattern sweeps up may be a directory; one that is named outright is an error when it
    // is read.
    if (is_glob(pattern) && is_directory(path)) continue;
    result.files.push_back(std::move(path));
  }
  if (result.files.size() > max_room_files) {
    result.error = "expected at most 10000 files, not " + std::to_string(result.files.size());
    result.files.clear();
  }
  std::sort(result.files.begin(), result.files.end());
  return result;
}

}  // namespace roomkeeper::config
