#include "cli/settings.h"

#include <algorithm>
#include <array>

#include "cli/context.h"
#include "policies/ids.h"
#include "policies/subjects.h"

namespace roomkeeper::cli {
namespace {

/// What one source says of the connection; empty fields are not said.
struct Layer {
  Context said;
  std::string password_file;
  std::string token_file;

  bool names_user() const { return !said.user.empty(); }
  bool names_token() const { return !said.token.empty() || !token_file.empty(); }
  bool names_credentials() const {
    return names_user() || names_token() || !said.creds.empty() || !said.nkey.empty();
  }
};

Layer from_flags(const Arguments& arguments) {
  Layer layer;
  layer.said.url = arguments.value("nats-server");
  layer.said.user = arguments.value("nats-user");
  layer.password_file = arguments.value("password-file");
  layer.said.creds = arguments.value("creds");
  layer.said.nkey = arguments.value("nkey");
  layer.token_file = arguments.value("token-file");
  layer.said.ca = arguments.value("tls-ca");
  layer.said.cert = arguments.value("tls-cert");
  layer.said.key = arguments.value("tls-key");
  return layer;
}

Layer from_environment(const Environment& environment) {
  const auto variable = [&](const char* name) {
    const auto it = environment.find(name);
    return it == environment.end() ? std::string() : it->second;
  };
  Layer layer;
  layer.said.url = variable("NATS_URL");
  layer.said.user = variable("NATS_USER");
  layer.said.password = variable("NATS_PASSWORD");
  layer.said.creds = variable("NATS_CREDS");
  layer.said.nkey = variable("NATS_NKEY");
  layer.said.token = variable("NATS_TOKEN");
  layer.said.ca = variable("NATS_CA");
  layer.said.cert = variable("NATS_CERT");
  layer.said.key = variable("NATS_KEY");
  return layer;
}

using Layers = std::array<Layer, 3>;  // from the strongest to the weakest

/// The first layer that says something.
std::string first_of(const Layers& layers, std::string Context::* field,
                     std::string fallback = {}) {
  for (const Layer& layer : layers) {
    if (!(layer.said.*field).empty()) return layer.said.*field;
  }
  return fallback;
}

void take_password(const Layers& layers, Settings& settings) {
  for (const Layer& layer : layers) {
    // A layer that names somebody else has somebody else's password.
    if (layer.names_user() && layer.said.user != settings.user) continue;
    if (layer.said.password.empty() && layer.password_file.empty()) continue;
    settings.password = layer.said.password;
    settings.password_file = layer.password_file;
    return;
  }
}

void take_credentials(const Layers& layers, Settings& settings) {
  const auto winner = std::find_if(layers.begin(), layers.end(),
                                   [](const Layer& layer) { return layer.names_credentials(); });
  if (winner == layers.end()) return;
  settings.creds = winner->said.creds;
  settings.nkey = winner->said.nkey;
  settings.token = winner->said.token;
  settings.token_file = winner->token_file;
  settings.user = winner->said.user;
  if (winner->names_user()) take_password(layers, settings);
}

std::vector<std::string> split_urls(const std::string& text) {
  std::vector<std::string> urls;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    std::string url = text.substr(start, end - start);
    url.erase(0, url.find_first_not_of(' '));
    url.erase(url.find_last_not_of(' ') + 1);
    if (!url.empty()) urls.push_back(std::move(url));
    start = end + 1;
  }
  return urls;
}

}  // namespace

api::ApiResult<Settings> make_settings(const Arguments& arguments, const Environment& environment) {
  Layers layers{from_flags(arguments), from_environment(environment), Layer{}};
  const auto named = environment.find("NATS_CONTEXT");
  const std::string context =
      arguments.value("context", named == environment.end() ? "" : named->second);
  if (!context.empty()) {
    auto loaded = load_context(context, environment);
    if (!loaded) return tl::unexpected<api::ApiError>(std::move(loaded).error());
    layers[2].said = *std::move(loaded);
  }
  Settings settings;
  if (const std::string url = first_of(layers, &Context::url); !url.empty())
    settings.urls = split_urls(url);
  if (settings.urls.empty())
    return usage_error("--server: expected an URL such as nats://127.0.0.1:4222");
  take_credentials(layers, settings);
  settings.tls_ca = first_of(layers, &Context::ca);
  settings.tls_cert = first_of(layers, &Context::cert);
  settings.tls_key = first_of(layers, &Context::key);
  settings.inbox_prefix = first_of(layers, &Context::inbox_prefix, settings.inbox_prefix);
  while (settings.inbox_prefix.ends_with('.')) settings.inbox_prefix.pop_back();
  settings.admin_prefix = arguments.value("admin-prefix", settings.admin_prefix);
  settings.replica = arguments.value("replica");
  if (!settings.replica.empty() && !policies::is_name_token(settings.replica))
    return usage_error("\"" + settings.replica + "\" is not the name of a replica");
  for (const std::string& subject : {settings.inbox_prefix, settings.admin_prefix}) {
    if (!policies::is_valid_subject(subject, /*allow_wildcards=*/false)) {
      return usage_error("\"" + subject + "\" is not a subject");
    }
  }
  const auto timeout = arguments.duration("timeout");
  if (!timeout) return tl::unexpected<api::ApiError>(timeout.error());
  if (*timeout) settings.timeout = **timeout;
  if (settings.timeout < std::chrono::milliseconds(1) ||
      settings.timeout > std::chrono::hours(24)) {
    return usage_error("--timeout: expected 1ms to 24h");
  }
  return settings;
}

std::string without_secrets(const std::vector<std::string>& urls) {
  std::string text;
  for (const std::string& url : urls) {
    const std::size_t scheme = url.find("://");
    const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
    const std::size_t at = url.find_last_of('@');
    std::string shown = url;
    if (at != std::string::npos && at >= start) {
      const std::size_t colon = url.find(':', start);
      const bool password = colon != std::string::npos && colon < at;
      shown = url.substr(0, password ? colon + 1 : start) + "***" + url.substr(at);
    }
    text += (text.empty() ? "" : ", ") + shown;
  }
  return text;
}

std::string connection_user(const Settings& settings) {
  if (!settings.user.empty()) return settings.user;
  const bool other = !settings.creds.empty() || !settings.nkey.empty() || !settings.token.empty() ||
                     !settings.token_file.empty();
  if (other) return {};
  const std::string& url = settings.urls.front();
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = url.find_last_of('@');
  if (at == std::string::npos || at < start) return {};
  const std::string named = url.substr(start, at - start);
  const std::size_t colon = named.find(':');
  return colon == std::string::npos ? std::string()
                                    : named.substr(0, colon);  // without a password it is a token
}

}  // namespace roomkeeper::cli
