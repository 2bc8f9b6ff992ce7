// The settings of the connection to NATS.
#include <chrono>

#include "config/row_makers.h"
#include "config/url.h"
#include "policies/ids.h"

namespace roomkeeper::config {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

constexpr std::size_t most_urls = 64;

Credentials& system_of(Config& config) {
  if (!config.nats.system) config.nats.system.emplace();
  return *config.nats.system;
}

const Credentials& system_of(const Config& config) {
  static const Credentials none;
  return config.nats.system ? *config.nats.system : none;
}

Result<void> check_domain(std::string_view text) {
  if (text.empty() || policies::is_name_token(text)) return {};
  return fail(
      ErrorCode::invalid,
      "expected a JetStream domain of 1 to 64 letters, digits, _ and -, not " + quote(text));
}

void add_server_rows(std::vector<SettingRow>& rows) {
  rows.push_back(list_row(
      "nats.url", "servers to connect to, nats://host:port or tls://host:port", 1, most_urls,
      [](Config& config, const SettingInput& input) { config.nats.urls = input.items; },
      [](std::string_view text) { return check_nats_url(text); }));
  rows.back().show = [](const Config& config) { return joined(config.nats.urls); };
  rows.push_back(path_row("nats.tls.ca",
                          "certificates of the authorities that servers are trusted by (PEM)",
                          [](auto& config) -> auto& { return config.nats.tls.ca; }));
  rows.push_back(path_row("nats.tls.cert", "own certificate (PEM); needs nats.tls.key",
                          [](auto& config) -> auto& { return config.nats.tls.cert; }));
  rows.push_back(path_row("nats.tls.key", "own key (PEM); needs nats.tls.cert",
                          [](auto& config) -> auto& { return config.nats.tls.key; }));
  rows.push_back(text_row(
      "nats.js_domain", "JetStream domain to work in",
      [](auto& config) -> auto& { return config.nats.js_domain; }, check_domain));
  rows.push_back(duration_row("nats.request_timeout", "how long to wait for a reply",
                              std::chrono::milliseconds(100), std::chrono::minutes(5),
                              [](auto& config) -> auto& { return config.nats.request_timeout; }));
}

/// Rows of one account's credentials; `of` gives the Credentials of a configuration, const or not.
template <class Of>
void add_credential_rows(std::vector<SettingRow>& rows, const std::string& prefix,
                         const std::string& whose, Of of) {
  rows.push_back(text_row(
      prefix + "user", "user name" + whose, [of](auto& config) -> auto& { return of(config).user; },
      check_text));
  rows.push_back(secret_row(prefix + "password", "password" + whose + "; in the environment only",
                            [of](auto& config) -> auto& { return of(config).password; }));
  rows.push_back(path_row(prefix + "password_file", "file with the password" + whose,
                          [of](auto& config) -> auto& { return of(config).password_file; }));
  rows.push_back(path_row(prefix + "creds", "credentials file (JWT and seed)" + whose,
                          [of](auto& config) -> auto& { return of(config).creds; }));
  rows.push_back(path_row(prefix + "nkey_seed_file", "file with the nkey seed" + whose,
                          [of](auto& config) -> auto& { return of(config).nkey_seed_file; }));
  rows.push_back(path_row(prefix + "token_file", "file with the token" + whose,
                          [of](auto& config) -> auto& { return of(config).token_file; }));
}

}  // namespace

std::vector<SettingRow> nats_rows() {
  std::vector<SettingRow> rows;
  add_server_rows(rows);
  add_credential_rows(rows, "nats.", "",
                      [](auto& config) -> auto& { return config.nats.credentials; });
  add_credential_rows(rows, "nats.system.",
                      " of the system account (without it: no connection limits)",
                      [](auto& config) -> auto& { return system_of(config); });
  return rows;
}

}  // namespace roomkeeper::config
