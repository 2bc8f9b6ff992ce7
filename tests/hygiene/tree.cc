#include "tests/hygiene/tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace roomkeeper::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t text_bytes_max = 1024 * 1024;

bool is_foreign_folder(const std::string& path) {
  if (path == "build" || path.starts_with("build-") || path == "shared") return true;
  return path.starts_with(".") && path != ".ci";
}

}  // namespace

SourceFiles read_tree(const std::string& root) {
  SourceFiles files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    const auto path = fs::relative(it->path(), root).generic_string();
    if (it->is_directory() && is_foreign_folder(path)) it.disable_recursion_pending();
    if (it->is_symlink() || !it->is_regular_file() || it->file_size() > text_bytes_max) continue;
    std::ifstream in(it->path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.find('\0') == std::string::npos) files.push_back({path, std::move(text)});
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

}  // namespace roomkeeper::testing
