#include "config/source.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/units.h"

namespace roomkeeper::config {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

/// Closes what it opened.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

tl::unexpected<policies::Error> system_error(int number) {
  const ErrorCode code = number == ENOENT ? ErrorCode::not_found : ErrorCode::denied;
  return fail(code, "cannot be read: " + std::generic_category().message(number));
}

}  // namespace

Result<std::string> read_source(const std::string& path, std::size_t most) {
  // Not blocking: a pipe must not hold up the daemon.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return system_error(errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return system_error(errno);
  if (!S_ISREG(status.st_mode))
    return fail(ErrorCode::invalid, "cannot be read: not a regular file");
  std::string text;
  if (std::cmp_less_equal(status.st_size, most))
    text.reserve(static_cast<std::size_t>(status.st_size) + 1);
  constexpr std::size_t chunk = std::size_t{64} * 1024;
  for (;;) {
    const std::size_t had = text.size();
    text.resize(had + chunk);
    const ssize_t got = ::read(file.get(), text.data() + had, chunk);
    const int error = errno;
    text.resize(had + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && error == EINTR) continue;
    if (got < 0) return system_error(error);
    if (got == 0) return text;
    if (text.size() > most) {
      return fail(ErrorCode::limit, "cannot be read: expected at most " +
                                        format_bytes(static_cast<std::int64_t>(most)));
    }
  }
}

std::string absolute_path(std::string_view path, std::string_view base) {
  if (path.starts_with('/') || base.empty()) return std::string(path);
  while (path.starts_with("./")) path.remove_prefix(2);
  std::string out(base);
  if (!out.ends_with('/')) out += '/';
  return out + std::string(path);
}

std::string absolute_from_here(const std::string& path) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  return absolute_path(path, error ? std::string() : here.string());
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat first{};
  struct stat second{};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace roomkeeper::config
