#include "sidecar/nats/connect_options.h"

#include <algorithm>
#include <utility>

#include <nats/nats.h>

#include "sidecar/nats/connect_error.h"
#include "sidecar/nats/nkey.h"
#include "sidecar/nats/secret_file.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::Result;

constexpr int pings_out_max = 2;
constexpr int pending_max = 65'536;  ///< messages; nats.c allows 1 KiB for each
constexpr std::int64_t write_deadline =
    5000;  ///< ms: a server that reads nothing for so long is gone

std::int64_t milliseconds(policies::Nanoseconds duration) {
  return std::max<std::int64_t>(
      1, std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

std::string last_words(natsStatus status) {
  const char* last = nats_GetLastError(nullptr);
  return last == nullptr || *last == '\0' ? natsStatus_GetText(status) : without_place(last);
}

/// `setting`: what a person can correct; empty: nothing.
Result<> check(natsStatus status, const std::string& what, const std::string& setting = {}) {
  if (status == NATS_OK) return {};
  std::string text = what + ": " + last_words(status);
  if (setting.empty()) return policies::fail(ErrorCode::invalid, std::move(text));
  return policies::pass(setting_error(std::move(text), setting));
}

Result<std::string> read_setting(const std::string& path, const std::string& setting) {
  auto text = read_secret(path);
  if (!text) return policies::pass(setting_error(std::move(text).error().text, setting));
  return text;
}

/// The value itself, or what its file holds.
Result<std::string> secret_of(const std::string& value, const std::string& file,
                              const std::string& setting) {
  return file.empty() ? Result<std::string>(value) : read_setting(file, setting);
}

Result<> set_user(natsOptions* target, const ConnectionOptions& options) {
  if (options.user.empty()) return {};
  const auto password =
      secret_of(options.password, options.password_file, options.setting_names.password_file);
  if (!password) return policies::pass(password.error());
  return check(natsOptions_SetUserInfo(target, options.user.c_str(), password->c_str()), "user");
}

Result<> set_token(natsOptions* target, const ConnectionOptions& options) {
  if (options.token.empty() && options.token_file.empty()) return {};
  const auto token = secret_of(options.token, options.token_file, options.setting_names.token_file);
  if (!token) return policies::pass(token.error());
  return check(natsOptions_SetToken(target, token->c_str()), "token");
}

/// Reads what a login by signature needs; null: there is none.
Result<std::unique_ptr<Signer>> set_signer(natsOptions* target, const ConnectionOptions& options) {
  const bool by_creds = !options.creds.empty();
  const std::string& file = by_creds ? options.creds : options.nkey_seed_file;
  const SettingNames& names = options.setting_names;
  const std::string& setting = by_creds ? names.creds : names.nkey_seed_file;
  if (file.empty()) return nullptr;
  const auto text = read_setting(file, setting);
  if (!text) return policies::pass(text.error());
  const std::string_view jwt = by_creds ? jwt_line(*text) : std::string_view();
  if (by_creds && jwt.empty())
    return policies::pass(setting_error(file + " holds no JWT of a user", setting));
  const std::string_view seed = seed_line(*text);
  const auto key = public_key_of_seed(seed);
  if (!key) return policies::pass(setting_error(file + " holds " + key.error().text, setting));
  auto signer = std::make_unique<Signer>(std::string(jwt), std::string(seed));
  if (auto set = check(static_cast<natsStatus>(signer->set_on(target, *key)), file, setting); !set)
    return policies::pass(std::move(set).error());
  return signer;
}

Result<> set_authorities(natsOptions* target, const ConnectionOptions& options) {
  if (options.tls_ca.empty()) return {};
  const std::string& setting = options.setting_names.tls_ca;
  // OpenSSL's words for a missing file are none.
  if (const auto readable = read_setting(options.tls_ca, setting); !readable)
    return policies::pass(readable.error());
  return check(natsOptions_LoadCATrustedCertificates(target, options.tls_ca.c_str()),
               options.tls_ca, setting);
}

Result<> set_own_certificate(natsOptions* target, const ConnectionOptions& options) {
  if (options.tls_cert.empty()) return {};
  const SettingNames& names = options.setting_names;
  for (const auto& [path, setting] :
       {std::pair(options.tls_cert, names.tls_cert), std::pair(options.tls_key, names.tls_key)}) {
    if (path.empty()) {
      return policies::pass(setting_error("there is a certificate without its key", names.tls_key));
    }
    if (const auto readable = read_setting(path, setting); !readable)
      return policies::pass(readable.error());
  }
  return check(
      natsOptions_LoadCertificatesChain(target, options.tls_cert.c_str(), options.tls_key.c_str()),
      options.tls_cert,
      names.tls_cert + " (" + options.tls_cert + ") and " + names.tls_key + " (" + options.tls_key +
          ")");
}

Result<> set_tls(natsOptions* target, const ConnectionOptions& options, const std::string& url) {
  const bool has_files = !options.tls_ca.empty() || !options.tls_cert.empty();
  if (!has_files && !url.starts_with("tls://")) return {};
  auto done = check(natsOptions_SetSecure(target, true), "TLS");
  if (done) done = set_authorities(target, options);
  if (done) done = set_own_certificate(target, options);
  return done;
}

Result<> set_behaviour(natsOptions* target, const ConnectionOptions& options,
                       const std::string& url) {
  const std::pair<natsStatus, const char*> results[] = {
      {natsOptions_SetURL(target, url.c_str()), "url"},
      {natsOptions_SetTimeout(target, milliseconds(options.connect_timeout)), "connect timeout"},
      {natsOptions_SetName(target, options.name.c_str()), "name"},
      {natsOptions_SetNoEcho(target, true), "no echo"},
      {natsOptions_SetAllowReconnect(target, false), "reconnect"},
      {natsOptions_SetPingInterval(target, milliseconds(options.ping_interval)), "ping interval"},
      {natsOptions_SetMaxPingsOut(target, pings_out_max), "pings"},
      // Without it a flusher thread sends a millisecond later; we send on a thread of our own
      // anyway.
      {natsOptions_SetSendAsap(target, true), "send at once"},
      // One thread delivers for all subscriptions instead of one each: they only hand over.
      {natsOptions_UseGlobalMessageDelivery(target, true), "delivery"},
      {natsOptions_SetMaxPendingMsgs(target, pending_max), "pending messages"},
      {natsOptions_SetWriteDeadline(target, write_deadline), "write deadline"},
  };
  for (const auto& [status, what] : results) {
    if (auto done = check(status, what); !done) return done;
  }
  return {};
}

}  // namespace

Result<ConnectWith> make_connect_options(const ConnectionOptions& options, const std::string& url) {
  natsOptions* raw = nullptr;
  if (auto made = check(natsOptions_Create(&raw), "options"); !made)
    return policies::pass(std::move(made).error());
  OptionsHandle handle(raw);
  auto done = set_behaviour(raw, options, url);
  if (done) done = set_user(raw, options);
  if (done) done = set_token(raw, options);
  if (done) done = set_tls(raw, options, url);
  if (!done) return policies::pass(std::move(done).error());
  auto signer = set_signer(raw, options);
  if (!signer) return policies::pass(std::move(signer).error());
  return ConnectWith{.options = std::move(handle), .signer = std::move(*signer)};
}

}  // namespace roomkeeper::sidecar::nats
