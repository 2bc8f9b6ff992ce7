#include "sidecar/capacity_keeper.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "sidecar/server_version.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::CapacityLevel;
using policies::CapacityLimits;
using policies::ServerCapacity;
using namespace std::chrono_literals;

/// The shortest time between two looks.
constexpr policies::Nanoseconds capacity_look_interval = 10s;
/// Since then a new stream counts once for each replica (CapacityLimits::counts_new_replicas).
constexpr std::pair<int, int> counts_replicas_since{2, 15};

ServerCapacity to_capacity(const nats::StoreStats& store) {
  ServerCapacity server;
  server.name = store.name.empty() ? store.id : store.name;
  server.cluster = store.cluster;
  server.max_storage = store.max_storage;
  server.max_memory = store.max_memory;
  // A lone server looks at what is reserved; a cluster places by whatever is more.
  server.storage =
      store.clustered ? std::max(store.reserved_storage, store.storage) : store.reserved_storage;
  server.memory =
      store.clustered ? std::max(store.reserved_memory, store.memory) : store.reserved_memory;
  // The group of the meta leader is in the server's count, and not in what it compares.
  const std::uint64_t meta = store.clustered && store.ha_assets > 0 ? 1 : 0;
  server.ha_assets = store.ha_assets - meta;
  server.max_ha_assets = store.max_ha_assets;
  return server;
}

std::int64_t left(std::int64_t most, std::uint64_t taken) {
  if (most < 0) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::uint64_t>(most) > taken ? most - static_cast<std::int64_t>(taken) : 0;
}

bool same_limits(const policies::TierLimits& a, const policies::TierLimits& b) {
  return a.tier == b.tier && a.max_streams == b.max_streams && a.max_storage == b.max_storage &&
         a.max_memory == b.max_memory;
}

bool has_more(const ServerCapacity& now, const ServerCapacity& before) {
  return left(now.max_storage, now.storage) > left(before.max_storage, before.storage) ||
         left(now.max_memory, now.memory) > left(before.max_memory, before.memory) ||
         now.max_ha_assets != before.max_ha_assets || now.ha_assets < before.ha_assets;
}

/// Something may fit now that did not before.
bool may_fit_more(const CapacityLimits& now, const CapacityLimits& before) {
  return !std::equal(now.tiers.begin(), now.tiers.end(), before.tiers.begin(), before.tiers.end(),
                     same_limits) ||
         now.servers.size() != before.servers.size() ||
         !std::equal(now.servers.begin(), now.servers.end(), before.servers.begin(),
                     [](const ServerCapacity& a, const ServerCapacity& b) {
                       return a.name == b.name && !has_more(a, b);
                     });
}

/// How full it would be, for the tightest limit of each resource; those without a limit are empty.
double fullness(const CapacityLevel& level) {
  if (!level.limit) return -1;
  const double after = static_cast<double>(level.used) + static_cast<double>(level.wanted);
  return after / std::max(1.0, static_cast<double>(*level.limit));
}

}  // namespace

CapacityKeeper::CapacityKeeper(Runtime& runtime, const MessageBus& app, nats::JetStream& js,
                               nats::SystemRequests* requests)
    : runtime_(runtime), app_(app), js_(js), requests_(requests) {}

void CapacityKeeper::start() {
  running_ = true;
  ++look_;  // what is asked for at the moment does not count any more
  open_ = 0;
  asked_.reset();
  look();
}

void CapacityKeeper::stop() {
  running_ = false;
  ++look_;
  open_ = 0;
  figures_ = {};
  account_problem_ = "not connected";
  servers_problem_ = "not connected";
}

void CapacityKeeper::look() {
  const policies::MonoTime now = runtime_.clock.mono();
  if (!running_ || !checks() || open_ > 0 || (asked_ && now - *asked_ < capacity_look_interval))
    return;
  asked_ = now;
  ++look_;
  next_ = {};
  next_stores_ = {};
  next_account_problem_.clear();
  next_servers_problem_ = requests_ != nullptr ? "" : "no system account is configured";
  open_ = requests_ != nullptr ? 2 : 1;
  js_.account(nats::Priority::list,
              lifetime_.guard([this, round = look_](policies::Result<nats::AccountInfo> account) {
                if (round == look_) took_account(std::move(account));
              }));
  if (requests_ == nullptr) return;
  requests_->stores(lifetime_.guard([this, round = look_](nats::StoresSeen seen) {
    if (round == look_) took_stores(std::move(seen));
  }));
}

void CapacityKeeper::took_account(policies::Result<nats::AccountInfo> account) {
  if (!account) {
    next_account_problem_ = account.error().text;
    runtime_.log.debug("capacity.not_seen", {{"error", account.error()}});
  } else {
    next_.tiers = account->limits;
    next_domain_ = account->domain;
    if (next_.tiers.empty()) next_account_problem_ = "the server does not say them";
  }
  end_look();
}

void CapacityKeeper::took_stores(nats::StoresSeen seen) {
  // Where one is silent, its room is not known: what the others lack proves nothing.
  if (!seen.complete) next_servers_problem_ = "not every server answers";
  next_stores_ = std::move(seen);
  end_look();
}

void CapacityKeeper::end_look() {
  if (--open_ > 0) return;
  if (next_servers_problem_.empty()) {
    for (const nats::StoreStats& store : next_stores_.stores) {
      // Servers of another domain of JetStream have none of our streams.
      if (store.domain != next_domain_) continue;
      if (next_.servers.empty() || store.now < next_.looked) next_.looked = store.now;
      next_.servers.push_back(to_capacity(store));
    }
    std::sort(next_.servers.begin(), next_.servers.end(),
              [](const ServerCapacity& a, const ServerCapacity& b) { return a.name < b.name; });
    if (next_.servers.empty()) next_servers_problem_ = "no server with JetStream answers";
  }
  const bool more = !report_.held.empty() && may_fit_more(next_, figures_);
  figures_ = std::move(next_);
  account_problem_ = next_account_problem_;
  servers_problem_ = next_servers_problem_;
  if (more) on_room_();
}

CapacityLimits CapacityKeeper::limits() const {
  CapacityLimits limits = figures_;
  const int handles = runtime_.config->capacity.file_handles;
  if (handles > 0) limits.file_handles = static_cast<std::uint64_t>(handles);
  const auto version = parse_server_version(app_.server().version);
  limits.counts_new_replicas = version && *version >= counts_replicas_since;
  return limits;
}

void CapacityKeeper::hold_back(policies::Plan& plan, const policies::ObservedStreams& observed) {
  look();
  if (!checks()) {
    report_ = {};
  } else {
    report_ = policies::check_capacity(plan, observed, limits());
    // What is missing in the listing is not counted: others may be in the way, and nothing is
    // proven.
    if (!observed.complete) report_.held.clear();
    policies::hold_back(plan, report_);
  }
  publish();
}

std::vector<std::string> CapacityKeeper::doubts() const {
  std::vector<std::string> doubts;
  if (!account_problem_.empty())
    doubts.push_back("the limits of the account are not known: " + account_problem_);
  if (!servers_problem_.empty())
    doubts.push_back("the limits of the servers are not known: " + servers_problem_);
  return doubts;
}

void CapacityKeeper::publish() const {
  std::map<policies::CapacityResource, const CapacityLevel*> tightest;
  for (const CapacityLevel& level : report_.levels) {
    const CapacityLevel*& found = tightest[level.resource];
    if (found == nullptr || fullness(level) > fullness(*found)) found = &level;
  }
  std::vector<std::pair<metrics::LabelValues, double>> used;
  std::vector<std::pair<metrics::LabelValues, double>> limit;
  std::vector<std::pair<metrics::LabelValues, double>> wanted;
  for (const auto& [resource, level] : tightest) {
    const metrics::LabelValues name{std::string(to_string(resource))};
    const double now = static_cast<double>(level->used);
    used.emplace_back(name, now);
    wanted.emplace_back(name, now + static_cast<double>(level->wanted));
    if (level->limit) limit.emplace_back(name, static_cast<double>(*level->limit));
  }
  runtime_.metrics.replace(MetricId::capacity_used, used);
  runtime_.metrics.replace(MetricId::capacity_limit, limit);
  runtime_.metrics.replace(MetricId::capacity_wanted, wanted);
}

}  // namespace roomkeeper::sidecar
