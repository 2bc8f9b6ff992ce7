#include "sidecar/server_monitor.h"

#include <utility>

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using Series = std::vector<std::pair<metrics::LabelValues, double>>;
using namespace std::chrono_literals;

constexpr policies::Nanoseconds monitor_interval = 15s;

}  // namespace

ServerMonitor::ServerMonitor(Runtime& runtime, nats::JetStream& js, nats::SystemRequests* requests)
    : runtime_(runtime), js_(js), requests_(requests) {}

void ServerMonitor::start() {
  running_ = true;
  runtime_.loop.cancel(timer_);
  look();
}

void ServerMonitor::stop() {
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
}

void ServerMonitor::look() {
  if (!running_) return;
  const policies::MonoTime asked = runtime_.clock.mono();
  js_.account(nats::Priority::list,
              lifetime_.guard([this, asked](policies::Result<nats::AccountInfo> account) {
                took_account(std::move(account), asked);
              }));
  if (requests_ != nullptr) {
    requests_->stats(lifetime_.guard(
        [this](std::vector<nats::ServerStats> servers) { took_servers(std::move(servers)); }));
  }
  timer_ = runtime_.loop.run_after(monitor_interval, lifetime_.guard([this] {
    timer_ = 0;
    look();
  }));
}

void ServerMonitor::took_account(policies::Result<nats::AccountInfo> account,
                                 policies::MonoTime asked) {
  if (!account) {
    runtime_.log.debug("account.not_seen", {{"error", account.error()}});
    return;
  }
  runtime_.metrics.set(MetricId::nats_rtt_seconds,
                       std::chrono::duration<double>(runtime_.clock.mono() - asked).count());
  account_ = *account;
  runtime_.metrics.replace(MetricId::account_storage_used_bytes,
                           {{{"file"}, static_cast<double>(account_->storage_used)},
                            {{"memory"}, static_cast<double>(account_->memory_used)}});
  runtime_.metrics.replace(MetricId::account_storage_limit_bytes,
                           {{{"file"}, static_cast<double>(account_->storage_limit)},
                            {{"memory"}, static_cast<double>(account_->memory_limit)}});
}

void ServerMonitor::took_servers(std::vector<nats::ServerStats> servers) {
  runtime_.metrics.set(MetricId::collector_success, {"servers"}, servers.empty() ? 0 : 1);
  servers_ = std::move(servers);
  Series connections;
  Series limits;
  Series assets;
  Series pending;
  for (const nats::ServerStats& server : servers_) {
    const metrics::LabelValues name{server.name};
    connections.push_back({name, static_cast<double>(server.connections)});
    limits.push_back({name, static_cast<double>(server.max_connections)});
    assets.push_back({name, static_cast<double>(server.ha_assets)});
    pending.push_back({name, static_cast<double>(server.meta_pending)});
    runtime_.metrics.advance_to(MetricId::server_slow_consumers_total, name,
                                static_cast<double>(server.slow_consumers));
    runtime_.metrics.advance_to(MetricId::server_stale_connections_total, name,
                                static_cast<double>(server.stale_connections));
    runtime_.metrics.advance_to(MetricId::server_jetstream_api_errors_total, name,
                                static_cast<double>(server.js_api_errors));
  }
  // Servers that were replaced for good must not fill the families.
  std::vector<metrics::LabelValues> present;
  for (const nats::ServerStats& server : servers_) present.push_back({server.name});
  for (const MetricId id :
       {MetricId::server_slow_consumers_total, MetricId::server_stale_connections_total,
        MetricId::server_jetstream_api_errors_total}) {
    runtime_.metrics.retain(id, present);
  }
  runtime_.metrics.replace(MetricId::server_connections, connections);
  runtime_.metrics.replace(MetricId::server_connections_limit, limits);
  runtime_.metrics.replace(MetricId::jetstream_ha_assets, assets);
  runtime_.metrics.replace(MetricId::jetstream_meta_pending_requests, pending);
}

}  // namespace roomkeeper::sidecar
