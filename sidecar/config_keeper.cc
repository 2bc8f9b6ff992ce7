#include "sidecar/config_keeper.h"

#include <memory>
#include <utility>

#include "sidecar/reload_audit.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using namespace std::chrono_literals;

constexpr policies::Nanoseconds watch_interval = 500ms;
constexpr std::size_t problems_logged = 20;

bool same(const config::Credentials& a, const config::Credentials& b) {
  return a.user == b.user && a.password == b.password && a.password_file == b.password_file &&
         a.creds == b.creds && a.nkey_seed_file == b.nkey_seed_file && a.token_file == b.token_file;
}

bool same(const config::NatsConfig& a, const config::NatsConfig& b) {
  if (a.urls != b.urls || !same(a.credentials, b.credentials) || a.js_domain != b.js_domain)
    return false;
  if (a.tls.ca != b.tls.ca || a.tls.cert != b.tls.cert || a.tls.key != b.tls.key) return false;
  if (a.system.has_value() != b.system.has_value() || a.request_timeout != b.request_timeout)
    return false;
  return !a.system || same(*a.system, *b.system);
}

bool same(const policies::Names& a, const policies::Names& b) {
  return a.chat_prefix == b.chat_prefix && a.stream_prefix == b.stream_prefix &&
         a.pool_prefix == b.pool_prefix && a.admin_prefix == b.admin_prefix &&
         a.user_prefix == b.user_prefix && a.state_bucket == b.state_bucket &&
         a.inbox_prefixes == b.inbox_prefixes;
}

bool same(const config::HttpConfig& a, const config::HttpConfig& b) {
  return a.host == b.host && a.port == b.port && a.page == b.page &&
         a.basic_auth_file == b.basic_auth_file && a.basic_auth_all == b.basic_auth_all;
}

}  // namespace

std::vector<std::string> keep_fixed_settings(const config::Config& in_force,
                                             config::Config& fresh) {
  std::vector<std::string> kept;
  if (fresh.instance != in_force.instance) {
    kept.emplace_back("instance");
    fresh.instance = in_force.instance;
  }
  if (!same(fresh.nats, in_force.nats)) {
    kept.emplace_back("nats");
    fresh.nats = in_force.nats;
  }
  if (!same(fresh.names, in_force.names)) {
    kept.emplace_back("names");
    fresh.names = in_force.names;
  }
  if (fresh.replica.name != in_force.replica.name) {
    kept.emplace_back("replica.name");
    fresh.replica.name = in_force.replica.name;
  }
  if (!same(fresh.http, in_force.http)) {
    kept.emplace_back("http");
    fresh.http = in_force.http;
  }
  return kept;
}

ConfigKeeper::ConfigKeeper(Runtime& runtime, std::string path, config::Overrides overrides,
                           AuditLog& audit, std::function<void()> changed)
    : runtime_(runtime),
      path_(std::move(path)),
      overrides_(std::move(overrides)),
      audit_(audit),
      changed_(std::move(changed)) {
  in_force_ = last_look_ = config::fingerprint(*runtime_.config);
  loaded_ = runtime_.clock.wall();
  runtime_.metrics.set(MetricId::config_last_reload_successful, 1);
  runtime_.metrics.set(MetricId::config_last_reload_success_timestamp_seconds,
                       std::chrono::duration<double>(loaded_.time_since_epoch()).count());
}

void ConfigKeeper::start() {
  timer_ = runtime_.loop.run_after(watch_interval, lifetime_.guard([this] { look(); }));
}

void ConfigKeeper::stop() {
  runtime_.loop.cancel(timer_);
}

void ConfigKeeper::look() {
  const std::string now = config::fingerprint(*runtime_.config);
  const bool settled = now == last_look_;
  last_look_ = now;
  if (settled && now != in_force_) reload();
  start();
}

void ConfigKeeper::reload() {
  std::vector<std::string> warnings;
  config::Loaded<config::Config> fresh =
      config::load(path_, overrides_, runtime_.config.get(), &warnings);
  for (const std::string& warning : warnings)
    runtime_.log.warn("config.warning", {{"text", warning}});
  if (fresh) {
    accept(std::move(*fresh));
  } else {
    refuse(fresh.error());
  }
  in_force_ = last_look_ = config::fingerprint(*runtime_.config);
}

void ConfigKeeper::refuse(const std::vector<config::Problem>& problems) {
  error_ = problems.empty() ? "unknown problem" : to_string(problems.front());
  runtime_.metrics.set(MetricId::config_last_reload_successful, 0);
  runtime_.metrics.add(MetricId::config_reload_failures_total);
  audit_.record(audit_of_refusal(problems));
  std::size_t logged = 0;
  for (const config::Problem& problem : problems) {
    if (++logged > problems_logged) break;
    runtime_.log.error("config.refused", {{"problem", to_string(problem)}});
  }
  runtime_.log.warn("config.last_good_stays", {{"problems", problems.size()}});
}

void ConfigKeeper::accept(config::Config fresh) {
  error_.clear();
  const std::vector<std::string> kept = keep_fixed_settings(*runtime_.config, fresh);
  for (const std::string& key : kept) {
    runtime_.log.warn("config.needs_restart", {{"setting", key}});
  }
  api::AuditRecord entry = audit_of_reload(*runtime_.config, fresh, kept);
  // A reload that switches the audit off is its last entry, one that switches it on its first.
  const bool was_audited = runtime_.config->audit.enabled;
  if (was_audited) audit_.record(std::move(entry));
  runtime_.config = std::make_shared<const config::Config>(std::move(fresh));
  if (!was_audited) audit_.record(std::move(entry));
  runtime_.log.apply(runtime_.config->log);
  loaded_ = runtime_.clock.wall();
  runtime_.metrics.set(MetricId::config_last_reload_successful, 1);
  runtime_.metrics.set(MetricId::config_last_reload_success_timestamp_seconds,
                       std::chrono::duration<double>(loaded_.time_since_epoch()).count());
  runtime_.log.info("config.loaded",
                    {{"file", path_}, {"rooms", runtime_.config->rooms.rooms.size()}});
  changed_();
}

}  // namespace roomkeeper::sidecar
