// The file of `http.basic_auth_file`: who may log in.
//
// Lines `user:password`, or `user:hash` where the hash is one of crypt(3) and begins with `$`
// (htpasswd -B, mkpasswd). Empty lines and lines that begin with `#` are nothing. Thread: any;
// pure but for read_password_file.
#ifndef ROOMKEEPER_METRICS_PASSWORD_FILE_H_
#define ROOMKEEPER_METRICS_PASSWORD_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policies/result.h"

namespace roomkeeper::metrics {

struct Login {
  std::string user;
  std::string secret;  ///< the password itself, or its hash
  bool hashed() const { return secret.starts_with('$'); }
};

inline constexpr std::size_t password_file_max = 64U << 10U;  ///< bytes
inline constexpr std::size_t logins_max = 1000;
inline constexpr std::size_t login_text_max = 256;  ///< bytes of a name, a password or a hash

/// Errors: invalid, with `file:line:`; never with what is secret.
policies::Result<std::vector<Login>> parse_password_file(std::string_view text,
                                                         const std::string& file);

struct PasswordFile {
  std::vector<Login> logins;
  /// Changes whenever the file does: time, size, inode.
  std::string version;
  /// Somebody else than the file's owner and group may read it.
  bool world_readable = false;
};
/// Errors: unavailable (cannot be read), invalid.
policies::Result<PasswordFile> read_password_file(const std::string& path);
/// PasswordFile::version without reading; empty when there is no such file.
std::string password_file_version(const std::string& path);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_PASSWORD_FILE_H_
