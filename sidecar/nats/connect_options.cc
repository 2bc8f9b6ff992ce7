#include "sidecar/nats/connect_options.h"

#include <fstream>
#include <utility>

#include <nats/nats.h>

#include "sidecar/nats/nkey.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::Result;

constexpr int pings_out_max = 2;
constexpr int pending_max = 65'536;  ///< messages; nats.c allows 1 KiB for each
constexpr std::int64_t write_deadline =
    5000;  ///< ms: a server that reads nothing for so long is gone
constexpr std::streamsize secret_max = 65'536;

std::int64_t milliseconds(policies::Nanoseconds duration) {
  return std::max<std::int64_t>(
      1, std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

Result<std::string> read_secret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return policies::fail(ErrorCode::invalid, "cannot read " + path);
  std::string text(static_cast<std::size_t>(secret_max), '\0');
  file.read(text.data(), secret_max);
  text.resize(static_cast<std::size_t>(file.gcount()));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) return policies::fail(ErrorCode::invalid, path + " is empty");
  return text;
}

/// The line of a seed file that is the seed: it may stand between others (`nk -pubout` writes two).
std::string_view seed_line(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    if (line.starts_with("SU")) return line.substr(0, line.find_last_not_of(" \t") + 1);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

/// The value itself, or what its file holds.
Result<std::string> secret_of(const std::string& value, const std::string& file) {
  return file.empty() ? Result<std::string>(value) : read_secret(file);
}

Result<> check(natsStatus status, const std::string& what) {
  if (status == NATS_OK) return {};
  const char* text = nats_GetLastError(nullptr);
  return policies::fail(
      ErrorCode::invalid,
      what + ": " + (text != nullptr && *text != '\0' ? text : natsStatus_GetText(status)));
}

Result<> set_user(natsOptions* target, const ConnectionOptions& options) {
  if (options.user.empty()) return {};
  const auto password = secret_of(options.password, options.password_file);
  if (!password) return policies::pass(password.error());
  return check(natsOptions_SetUserInfo(target, options.user.c_str(), password->c_str()), "user");
}

Result<> set_token(natsOptions* target, const ConnectionOptions& options) {
  if (options.token.empty() && options.token_file.empty()) return {};
  const auto token = secret_of(options.token, options.token_file);
  if (!token) return policies::pass(token.error());
  return check(natsOptions_SetToken(target, token->c_str()), "token");
}

Result<> set_keys(natsOptions* target, const ConnectionOptions& options) {
  if (!options.creds.empty()) {
    // nats.c reads it while it connects, and would say less of a missing one.
    if (const auto creds = read_secret(options.creds); !creds) return policies::pass(creds.error());
    return check(natsOptions_SetUserCredentialsFromFiles(target, options.creds.c_str(), nullptr),
                 options.creds);
  }
  if (options.nkey_seed_file.empty()) return {};
  const auto seed = read_secret(options.nkey_seed_file);
  if (!seed) return policies::pass(seed.error());
  const auto key = public_key_of_seed(seed_line(*seed));
  if (!key)
    return policies::fail(ErrorCode::invalid,
                          options.nkey_seed_file + " holds " + key.error().text);
  return check(natsOptions_SetNKeyFromSeed(target, key->c_str(), options.nkey_seed_file.c_str()),
               options.nkey_seed_file);
}

Result<> set_tls(natsOptions* target, const ConnectionOptions& options, const std::string& url) {
  const bool has_files = !options.tls_ca.empty() || !options.tls_cert.empty();
  if (!has_files && !url.starts_with("tls://")) return {};
  auto done = check(natsOptions_SetSecure(target, true), "TLS");
  if (done && !options.tls_ca.empty()) {
    done = check(natsOptions_LoadCATrustedCertificates(target, options.tls_ca.c_str()),
                 options.tls_ca);
  }
  if (done && !options.tls_cert.empty()) {
    done = check(natsOptions_LoadCertificatesChain(target, options.tls_cert.c_str(),
                                                   options.tls_key.c_str()),
                 options.tls_cert);
  }
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

Result<OptionsHandle> make_connect_options(const ConnectionOptions& options,
                                           const std::string& url) {
  natsOptions* raw = nullptr;
  if (auto made = check(natsOptions_Create(&raw), "options"); !made)
    return policies::pass(std::move(made).error());
  OptionsHandle handle(raw);
  auto done = set_behaviour(raw, options, url);
  if (done) done = set_user(raw, options);
  if (done) done = set_token(raw, options);
  if (done) done = set_keys(raw, options);
  if (done) done = set_tls(raw, options, url);
  if (!done) return policies::pass(std::move(done).error());
  return handle;
}

}  // namespace roomkeeper::sidecar::nats
