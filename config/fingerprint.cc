// Whether anything has changed since, without reading anything.
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"
#include "config/room_files.h"

namespace roomkeeper::config {
namespace {

/// FNV-1a: the files are the operator's own, who gains nothing by a collision.
class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      value_ = (value_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    value_ = (value_ ^ 0xFFU) * 1099511628211ULL;  // parts do not run into each other
  }
  std::string text() const {
    char buffer[20];
    std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(value_));
    return buffer;
  }

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

void add_status(const std::string& path, Hash& hash) {
  hash.add(path);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    hash.add("absent");
    return;
  }
  hash.add(std::to_string(status.st_dev) + "/" + std::to_string(status.st_ino) + "/" +
           std::to_string(status.st_size) + "/" + std::to_string(status.st_mtim.tv_sec) + "." +
           std::to_string(status.st_mtim.tv_nsec));
  // Where links lead: a ConfigMap's new version may land on the inode that an old one has freed.
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) != nullptr) hash.add(resolved);
}

}  // namespace

std::string fingerprint(const Config& config) {
  std::set<std::string> files(config.files.begin(), config.files.end());
  Hash hash;
  for (const std::string& pattern : config.globs) {
    const GlobResult found = expand_glob(pattern);
    hash.add(pattern);
    hash.add(found.error);
    files.insert(found.files.begin(), found.files.end());
  }
  for (const std::string& file : files) add_status(file, hash);
  return hash.text();
}

}  // namespace roomkeeper::config
