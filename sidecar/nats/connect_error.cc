#include "sidecar/nats/connect_error.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <utility>

#include "policies/rfc3339.h"
#include "sidecar/nats/secret_file.h"
#include "sidecar/nats/valid_until.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::Error;
using policies::ErrorCode;

constexpr std::string_view check_mark = "; check ";
/// Also the end before a word of the server.
constexpr std::string_view closed_unsaid = "Connection Closed";
constexpr std::string_view tls_first = "; or it wants TLS before all else (handshake_first)";
constexpr std::string_view handshake_mark = "SSL handshake error: ";

// OpenSSL's numbers of what can be wrong with a certificate (X509_V_ERR_*).
constexpr int not_yet_valid = 9;
constexpr int expired = 10;
constexpr int other_host = 62;
constexpr int other_address = 64;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool mentions(std::string_view text, std::initializer_list<std::string_view> words) {
  const std::string all = lower(text);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return all.find(word) != all.npos; });
}

Error told(ErrorCode code, std::string what, const std::string& check) {
  return {code, std::move(what) + std::string(check_mark) + check, 0};
}

/// `nats.creds (/path, valid until 2026-11-22T09:30:00Z)`.
template <class ValidUntil>
std::string named_file(const std::string& setting, const std::string& path, ValidUntil until) {
  std::string text = setting + " (" + path;
  if (const auto content = read_secret(path)) {
    if (const auto end = until(*content)) text += ", valid until " + policies::format_rfc3339(*end);
  }
  return text + ")";
}

std::string own_certificate(const ConnectionOptions& options) {
  return named_file(options.setting_names.tls_cert, options.tls_cert, certificate_valid_until);
}

std::string authorities(const ConnectionOptions& options) {
  const std::string& name = options.setting_names.tls_ca;
  return options.tls_ca.empty()
             ? name + ", which is not set: only the authorities of the system are trusted"
             : name + " (" + options.tls_ca + ")";
}

bool has_login(const ConnectionOptions& options) {
  return !options.creds.empty() || !options.nkey_seed_file.empty() || !options.token.empty() ||
         !options.token_file.empty() || !options.user.empty();
}

bool names_login(const std::string& url) {
  return url.find('@') != std::string::npos;
}

/// The settings that the login came from, as the connection chose them.
std::string login(const ConnectionOptions& options, const std::string& url) {
  const SettingNames& names = options.setting_names;
  if (!options.creds.empty()) return named_file(names.creds, options.creds, creds_valid_until);
  if (!options.nkey_seed_file.empty())
    return names.nkey_seed_file + " (" + options.nkey_seed_file + ")";
  if (!options.token_file.empty()) return names.token_file + " (" + options.token_file + ")";
  if (!options.token.empty()) return names.token;
  if (!options.user.empty()) {
    const std::string user = names.user + " and ";
    if (!options.password_file.empty())
      return user + names.password_file + " (" + options.password_file + ")";
    return user + (options.password.empty() ? names.password_file : names.password);
  }
  if (names_login(url)) return "the login in " + names.url;
  const std::string kinds =
      names.user + ", " + names.creds + ", " + names.nkey_seed_file + " or " + names.token_file;
  if (!options.tls_cert.empty()) return own_certificate(options) + ", or set a login: " + kinds;
  return "that a login is set: " + kinds;
}

bool is_login_trouble(std::string_view said) {
  return mentions(said, {"authorization", "authentication", "account registration", "revoked",
                         "connection type not allowed", "bearer user jwt"});
}

Error login_error(const std::string& said, const ConnectionOptions& options,
                  const std::string& url) {
  std::string what = "the server refused the login: ";
  if (mentions(said, {"user authentication expired"})) {
    what = "the login has expired: ";
  } else if (mentions(said, {"account authentication expired"})) {
    what = "the account of the login has expired: ";
  } else if (mentions(said, {"revoked"})) {
    what = "the login was revoked: ";
  }
  return told(ErrorCode::denied, what + said, login(options, url));
}

bool is_full(std::string_view said) {
  return mentions(said, {"maximum connections", "maximum account active connections"});
}

bool uses_tls(std::string_view said, const ConnectionOptions& options, const std::string& url) {
  return url.starts_with("tls://") || !options.tls_ca.empty() || !options.tls_cert.empty() ||
         said.find("SSL") != said.npos;
}

/// What a server that asks for a certificate may have found.
std::string what_server_asks(const ConnectionOptions& options) {
  const SettingNames& names = options.setting_names;
  return options.tls_cert.empty() ? names.tls_cert + " and " + names.tls_key +
                                        ", which are not set: the server may ask for a certificate"
                                  : own_certificate(options) + ": the server must trust its issuer";
}

/// The words of nats.c for an end of the connection where an answer to the login was due.
bool is_end(std::string_view said) {
  return said == "Expected 'PONG', got ''" || said == closed_unsaid ||
         mentions(said, {"ssl_read error", "ssl_write error", "recv error", "send error"});
}

Error end_error(const std::string& said, const ConnectionOptions& options, const std::string& url) {
  std::string check;
  if (uses_tls(said, options, url)) {
    check = what_server_asks(options);
    if (said == closed_unsaid) check += tls_first;
  }
  if (check.empty() || has_login(options) || names_login(url)) {
    if (!check.empty()) check += "; then ";
    check += login(options, url);
  }
  // Such a server closes with its reason still on the way, which then is lost as often as not.
  check += "; or the server is full (max_connections)";
  return told(ErrorCode::unavailable, "the server closed the connection during the login", check);
}

/// nats.c's `number:reason:more` of a certificate that was not good.
struct BadCertificate {
  int number = 0;
  std::string reason;
  std::string more;
};

std::optional<BadCertificate> parse_certificate_error(std::string_view said) {
  BadCertificate bad;
  const auto parsed = std::from_chars(said.data(), said.data() + said.size(), bad.number);
  if (parsed.ec != std::errc()) return std::nullopt;
  said.remove_prefix(static_cast<std::size_t>(parsed.ptr - said.data()));
  if (!said.starts_with(':')) return std::nullopt;
  said.remove_prefix(1);
  const std::size_t end = std::min(said.find(':'), said.size());
  bad.reason = said.substr(0, end);
  bad.more = said.substr(std::min(end + 1, said.size()));
  return bad;
}

/// Host and port without a login.
std::string address_of(const std::string& url) {
  std::size_t start = url.find("://");
  start = start == url.npos ? 0 : start + 3;
  if (const std::size_t at = url.rfind('@'); at != url.npos) start = std::max(start, at + 1);
  return url.substr(start);
}

Error certificate_error(const BadCertificate& bad, const ConnectionOptions& options,
                        const std::string& url) {
  const SettingNames& names = options.setting_names;
  const std::string detail = bad.reason + (bad.more.empty() ? "" : " (" + bad.more + ")");
  if (bad.number >= other_host && bad.number <= other_address) {
    return told(ErrorCode::unavailable, "the server's certificate is for another host: " + detail,
                names.url + " (" + address_of(url) + ") and the names in the server's certificate");
  }
  if (bad.number == expired || bad.number == not_yet_valid) {
    const bool servers_own = bad.more.find("depth=0") != bad.more.npos;
    const std::string whose =
        servers_own ? "the server's certificate" : "the certificate of the server's issuer";
    return told(ErrorCode::unavailable,
                whose + (bad.number == expired ? " has expired: " : " is not valid yet: ") + detail,
                "the certificate of nats-server at " + address_of(url) +
                    (servers_own ? "" : ", " + authorities(options)) + " and the clocks");
  }
  return told(ErrorCode::unavailable, "the server's certificate is not trusted: " + detail,
              authorities(options));
}

Error handshake_error(const std::string& said, const ConnectionOptions& options,
                      const std::string& url) {
  if (const auto bad = parse_certificate_error(said)) return certificate_error(*bad, options, url);
  // An alert is the other side's complaint.
  if (mentions(said, {"alert bad certificate", "alert certificate", "alert unknown ca",
                      "alert unsupported certificate", "alert handshake failure"})) {
    return told(ErrorCode::unavailable, "the server does not take our certificate: " + said,
                what_server_asks(options));
  }
  const SettingNames& names = options.setting_names;
  return told(ErrorCode::unavailable, "the TLS handshake failed: " + said,
              names.tls_ca + ", " + names.tls_cert + ", " + names.tls_key +
                  " and the TLS settings of nats-server");
}

}  // namespace

Error connect_error(std::string_view words, const ConnectionOptions& options,
                    const std::string& url) {
  const std::string said = without_place(words);
  const SettingNames& names = options.setting_names;
  // First, because a certificate has names of others in it.
  if (said.starts_with(handshake_mark))
    return handshake_error(said.substr(handshake_mark.size()), options, url);
  if (is_full(said)) {
    return told(ErrorCode::unavailable, "the server takes no more connections: " + said,
                "max_connections of nats-server and the limits of the account");
  }
  if (is_login_trouble(said)) return login_error(said, options, url);
  if (said == "Secure Connection not available") {
    return told(ErrorCode::unavailable, "the server does not offer TLS: " + said,
                names.url + ", " + names.tls_ca + " and " + names.tls_cert +
                    ", which ask for it, and `tls` of nats-server");
  }
  if (is_end(said)) return end_error(said, options, url);
  if (said == "Timeout") {
    return told(ErrorCode::unavailable, "the server does not answer: " + said,
                "that it is a nats-server, and " + names.url +
                    std::string(uses_tls(said, options, url) ? tls_first : ""));
  }
  return told(ErrorCode::unavailable, said, "that nats-server is running there, and " + names.url);
}

Error lost_error(std::string_view words, const ConnectionOptions& options) {
  std::string said = without_place(words);
  if (is_login_trouble(said))
    return login_error(said, options, options.urls.empty() ? "" : options.urls.front());
  return {ErrorCode::unavailable, std::move(said), 0};
}

Error setting_error(std::string what, const std::string& setting) {
  return told(ErrorCode::invalid, std::move(what), setting);
}

std::string without_place(std::string_view words) {
  const std::size_t end = words.find("): ");
  return std::string(words.starts_with('(') && end != words.npos ? words.substr(end + 3) : words);
}

ToldError told_error(const std::string& text) {
  // The last one: what was said before may have it too.
  const std::size_t mark = text.rfind(check_mark);
  if (mark == text.npos) return {text, {}};
  return {text.substr(0, mark), text.substr(mark + 2)};
}

}  // namespace roomkeeper::sidecar::nats
