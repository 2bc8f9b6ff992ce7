#include "metrics/password_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include <crypt.h>
#include <sys/stat.h>

#include "metrics/label_text.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

tl::unexpected<policies::Error> bad(const std::string& file, std::size_t line, std::string text) {
  return fail(ErrorCode::invalid, file + ":" + std::to_string(line) + ": " + std::move(text));
}

/// crypt(3) knows the method and the hash is whole: hashing with it gives a text of its own length.
bool is_usable_hash(const std::string& hash) {
  const int verdict = crypt_checksalt(hash.c_str());
  if (verdict != CRYPT_SALT_OK && verdict != CRYPT_SALT_METHOD_LEGACY) return false;
  // At least the bytes of the digest behind the last `$`: a salt alone is a hash cut off.
  const std::size_t last = hash.rfind('$');
  constexpr std::size_t shortest_digest = 22;
  return hash.size() - last - 1 >= shortest_digest;
}

Result<Login> parse_line(std::string_view line, const std::string& file, std::size_t number) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos)
    return bad(file, number, "expected user:password or user:hash, found no colon");
  Login login{.user = std::string(line.substr(0, colon)),
              .secret = std::string(line.substr(colon + 1))};
  if (login.user.empty()) return bad(file, number, "expected a name before the colon");
  if (login.secret.empty())
    return bad(file, number, "expected a password or a hash behind the colon");
  if (login.user.size() > login_text_max || login.secret.size() > login_text_max) {
    return bad(
        file, number,
        "a name, password or hash is longer than " + std::to_string(login_text_max) + " bytes");
  }
  if (login.secret.find('\0') != std::string::npos || login.user.find('\0') != std::string::npos)
    return bad(file, number, "expected text, found a zero byte");
  if (login.hashed() && !is_usable_hash(login.secret)) {
    return bad(file, number,
               "the text behind the colon begins with $ but is no hash that crypt(3) of this "
               "system knows; htpasswd -B or mkpasswd make one");
  }
  return login;
}

std::string version_of(const struct stat& status) {
  return std::to_string(status.st_dev) + "/" + std::to_string(status.st_ino) + "/" +
         std::to_string(status.st_size) + "/" + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec) + "/" + std::to_string(status.st_ctim.tv_sec) +
         "." + std::to_string(status.st_ctim.tv_nsec);
}

}  // namespace

Result<std::vector<Login>> parse_password_file(std::string_view text, const std::string& file) {
  std::vector<Login> logins;
  std::set<std::string, std::less<>> names;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto login = parse_line(line, file, number);
    if (!login) return policies::pass(std::move(login).error());
    if (!names.insert(login->user).second)
      return bad(file, number, "\"" + clean_label(login->user) + "\" stands here twice");
    if (logins.size() >= logins_max)
      return bad(file, number, "more than " + std::to_string(logins_max) + " names");
    logins.push_back(std::move(*login));
  }
  if (logins.empty())
    return fail(ErrorCode::invalid, file + ": expected a line user:password, found none");
  return logins;
}

std::string password_file_version(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return version_of(status);
}

Result<PasswordFile> read_password_file(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(ErrorCode::unavailable,
                path + ": cannot be read: " + std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, path + ": is no file");
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(ErrorCode::unavailable,
                path + ": cannot be read: " + std::generic_category().message(errno));
  }
  std::string text(password_file_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > password_file_max) {
    return fail(ErrorCode::invalid,
                path + ": larger than " + std::to_string(password_file_max) + " bytes");
  }
  auto logins = parse_password_file(text, path);
  if (!logins) return policies::pass(std::move(logins).error());
  return PasswordFile{.logins = std::move(*logins),
                      .version = version_of(status),
                      .world_readable = (status.st_mode & S_IROTH) != 0};
}

}  // namespace roomkeeper::metrics
