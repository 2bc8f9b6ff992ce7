#include "cli/output_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

#include <unistd.h>

#include "cli/command.h"

namespace roomkeeper::cli {

OutputFile::OutputFile(Output& output, std::string path) : output_(output), path_(std::move(path)) {
  if (path_ == "-") path_.clear();
}

bool OutputFile::write(std::string_view text) {
  if (!is_file()) return output_.print(text);
  text_ += text;
  return true;
}

api::ApiResult<void> OutputFile::finish() {
  if (!is_file()) return {};
  const std::string fresh = path_ + "." + std::to_string(::getpid()) + ".tmp";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << text_;
  file.close();
  const bool written = !file.fail() && std::rename(fresh.c_str(), path_.c_str()) == 0;
  if (written) return {};
  const std::string why = std::strerror(errno);
  std::remove(fresh.c_str());
  return usage_error(path_ + ": cannot be written: " + why);
}

}  // namespace roomkeeper::cli
