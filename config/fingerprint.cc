// Whether anything has changed since, without reading anything.
#include <climits>
#include <cstdlib>
#include <set>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "config/content_hash.h"
#include "config/load.h"
#include "config/room_files.h"

namespace roomkeeper::config {
namespace {

void add_status(const std::string& path, ContentHash& hash) {
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
  ContentHash hash;
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
