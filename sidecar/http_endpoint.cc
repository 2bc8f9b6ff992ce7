#include "sidecar/http_endpoint.h"

#include <utility>

#include "metrics/password_file.h"

namespace roomkeeper::sidecar {
namespace {

using policies::Error;
using policies::Result;

constexpr const char* login_setting = "http.basic_auth_file";

/// Names the setting before an error of what it is used for.
tl::unexpected<Error> of_setting(const char* setting, Error error) {
  // Some errors of the address name it already.
  const std::string prefix = std::string(setting) + ": ";
  if (!error.text.starts_with(prefix)) error.text = prefix + error.text;
  return tl::unexpected(std::move(error));
}

Result<std::shared_ptr<metrics::BasicAuth>> open_login(const std::string& path, const Clock& clock,
                                                       const Log& log) {
  const auto changed = [&log, path](const std::string& error) {
    if (error.empty()) return log.info("http.login_file_read", {{"file", path}});
    log.error("http.login_file_bad", {{"error", error}});
  };
  auto login = metrics::BasicAuth::open(path, [&clock] { return clock.mono(); }, changed);
  if (!login) return of_setting(login_setting, std::move(login).error());
  if ((*login)->world_readable()) log.warn("http.login_file_open", {{"file", path}});
  return login;
}

}  // namespace

Result<std::unique_ptr<metrics::HttpServer>> open_http_endpoint(const config::HttpConfig& config,
                                                                const Clock& clock, const Log& log,
                                                                metrics::Metrics& metrics,
                                                                const metrics::Health& health,
                                                                metrics::PageSource page) {
  metrics::HttpOptions options;
  options.now = [&clock] { return clock.mono(); };
  options.login_for_all = config.basic_auth_all;
  if (!config.basic_auth_file.empty()) {
    auto login = open_login(config.basic_auth_file, clock, log);
    if (!login) return policies::pass(std::move(login).error());
    options.login = std::move(*login);
  }
  if (config.page) options.page = std::move(page);
  const bool with_login = options.login != nullptr;
  const bool loopback = metrics::is_loopback(config.host);
  auto started =
      metrics::HttpServer::start(config.host, config.port, metrics, health, std::move(options));
  if (!started) return of_setting("http.listen", std::move(started).error());
  const bool page_on = config.page && (with_login || loopback);
  log.info("http.listening", {{"host", config.host},
                              {"port", (*started)->port()},
                              {"page", page_on},
                              {"login", with_login}});
  if (config.page && !page_on)
    log.warn("http.page_off", {{"host", config.host}, {"missing", login_setting}});
  return started;
}

std::string login_file_problem(const config::HttpConfig& config) {
  if (config.basic_auth_file.empty()) return {};
  const auto file = metrics::read_password_file(config.basic_auth_file);
  return file ? std::string() : std::string(login_setting) + ": " + file.error().text;
}

}  // namespace roomkeeper::sidecar
