#include "cli/output_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "cli/command.h"

namespace roomkeeper::cli {

namespace {

/// A new file that is on the disk when this is true; else errno says why it is not.
bool write_new(const std::string& path, std::string_view text, FileAccess access) {
  constexpr mode_t usual = 0666;
  constexpr mode_t own = 0600;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          access == FileAccess::owner_only ? own : usual);
  if (file < 0) return false;
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    good = count >= 0 || errno == EINTR;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  good = good && ::fsync(file) == 0;
  return ::close(file) == 0 && good;
}

}  // namespace

OutputFile::OutputFile(Output& output, std::string path, FileAccess access)
    : output_(output), path_(std::move(path)), access_(access) {
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
  const bool written =
      write_new(fresh, text_, access_) && std::rename(fresh.c_str(), path_.c_str()) == 0;
  if (written) return {};
  const std::string why = std::strerror(errno);
  std::remove(fresh.c_str());
  return usage_error(path_ + ": cannot be written: " + why);
}

}  // namespace roomkeeper::cli
