#include "cli/session.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <optional>
#include <random>
#include <utility>

#include "cli/safe_text.h"
#include "config/units.h"
#include "sidecar/nats/connect_error.h"
#include "sidecar/nats/connection.h"

namespace roomkeeper::cli {
namespace {

constexpr std::size_t refusals_max = 1000;

sidecar::nats::SettingNames setting_names() {
  sidecar::nats::SettingNames names;
  names.url = "--nats-server or NATS_URL";
  names.user = "--nats-user";
  names.password = "its password";
  names.password_file = "its password in --password-file";
  names.creds = "--creds";
  names.nkey_seed_file = "--nkey";
  names.token = "the token in NATS_TOKEN or the context";
  names.token_file = "--token-file";
  names.tls_ca = "--tls-ca";
  names.tls_cert = "--tls-cert";
  names.tls_key = "--tls-key";
  return names;
}

sidecar::nats::ConnectionOptions connection_options(const Settings& settings) {
  sidecar::nats::ConnectionOptions options;
  options.urls = settings.urls;
  options.name = "roomctl";
  options.user = settings.user;
  options.password = settings.password;
  options.password_file = settings.password_file;
  options.creds = settings.creds;
  options.nkey_seed_file = settings.nkey;
  options.token = settings.token;
  options.token_file = settings.token_file;
  options.tls_ca = settings.tls_ca;
  options.tls_cert = settings.tls_cert;
  options.tls_key = settings.tls_key;
  options.setting_names = setting_names();
  options.inbox_prefix = settings.inbox_prefix;
  options.connect_timeout = settings.timeout;
  return options;
}

}  // namespace

Session::Session(const Settings& settings) : settings_(settings) {
  for (const int signal : {SIGINT, SIGTERM}) {
    loop_.add_signal(signal, [this] { interrupted_ = true; });
  }
  sidecar::nats::ConnectionOptions options = connection_options(settings_);
  options.on_trouble = [this](const sidecar::nats::Trouble& trouble) {
    if (trouble.kind != sidecar::nats::Trouble::Kind::denied) return;
    denied_ = trouble.text;
    if (refusals_.size() < refusals_max) refusals_.push_back(trouble.text);
  };
  bus_ = sidecar::nats::connect(loop_, clock_, std::move(options));
}

Session::~Session() {
  if (!bus_) return;
  bool closed = false;
  bus_->close([&closed] { closed = true; });
  interrupted_ = false;
  run_until([&closed] { return closed; }, std::chrono::seconds(2));
}

api::ApiResult<std::unique_ptr<Session>> Session::open(const Settings& settings) {
  std::unique_ptr<Session> session(new Session(settings));
  // The connection itself never gives up; a person who typed a wrong address wants to know at once.
  // Of several addresses another one may still answer.
  sidecar::MessageBus& bus = session->bus();
  const std::string at_first = bus.last_error();
  const bool only_one = settings.urls.size() == 1;
  const auto settled = [&bus, at_first, only_one] {
    return bus.state() == sidecar::BusState::connected ||
           (only_one && bus.last_error() != at_first);
  };
  const policies::MonoTime end = session->clock().mono() + settings.timeout;
  while (!settled() && !session->interrupted() && session->clock().mono() < end) {
    session->run_until(settled, std::chrono::milliseconds(10));
  }
  if (bus.state() == sidecar::BusState::connected) return session;
  return tl::unexpected<api::ApiError>(session->connect_error());
}

api::ApiError Session::connect_error() const {
  if (interrupted_) return {api::ApiCode::not_connected, "interrupted", {}};
  auto [reason, check] = sidecar::nats::told_error(bus_->last_error());
  if (reason.empty()) reason = "no connection within " + config::format_duration(settings_.timeout);
  if (check.empty()) check = "check that nats-server is running there, and " + setting_names().url;
  return {api::ApiCode::not_connected,
          "cannot connect to " + without_secrets(settings_.urls) + ": " + safe_text(reason),
          {safe_text(check)}};
}

bool Session::run_until(const std::function<bool()>& done, policies::Nanoseconds timeout) {
  // Shared: a timer that is cancelled too late must not write into a dead frame.
  const auto expired = std::make_shared<bool>(false);
  sidecar::TimerId timer = 0;
  if (timeout > policies::Nanoseconds::zero())
    timer = loop_.run_after(timeout, [expired] { *expired = true; });
  while (!done() && !*expired && !interrupted_) loop_.run_once();
  if (timer != 0) loop_.cancel(timer);
  return done();
}

policies::Result<sidecar::Message> Session::request(const std::string& subject,
                                                    std::string_view data,
                                                    const sidecar::Headers& headers,
                                                    std::optional<policies::Nanoseconds> timeout) {
  const auto answer = std::make_shared<std::optional<policies::Result<sidecar::Message>>>();
  bus_->request(
      subject, data, headers, timeout.value_or(settings_.timeout),
      [answer](policies::Result<sidecar::Message> result) { *answer = std::move(result); });
  // A refused subject is only told beside the request, whose answer would never come.
  run_until([&] { return answer->has_value() || !denied_.empty(); });
  if (answer->has_value()) return *std::move(*answer);
  if (!denied_.empty()) return policies::fail(policies::ErrorCode::denied, denied_);
  return policies::fail(policies::ErrorCode::unavailable, "interrupted");
}

std::string Session::new_inbox() {
  std::random_device random;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x%08x", random(), random(), random());
  return settings_.inbox_prefix + "." + text.data();
}

}  // namespace roomkeeper::cli
