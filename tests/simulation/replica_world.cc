#include "tests/simulation/replica_world.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/load.h"
#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {

using namespace std::chrono_literals;

struct ReplicaWorld::Replica {
  StallingLoop loop;
  std::vector<std::string> lines;
  metrics::Metrics metrics;
  metrics::Health health;
  sidecar::Log log;
  std::unique_ptr<sidecar::Daemon> daemon;

  Replica(ManualLoop& base, const ManualClock& clock, const config::LogConfig& config)
      : loop(base), log(clock, config, [this](config::LogLevel, const std::string& line) {
          lines.push_back(line);
        }) {}
};

ReplicaWorld::ReplicaWorld(std::string_view start, FakeNatsOptions options)
    : clock(at(start)), loop(clock), nats(loop, std::move(options)) {
  admin_ = nats.connect("APP", "admin", "roomctl");
  loop.run_until_idle();
}

ReplicaWorld::~ReplicaWorld() {
  for (auto& [name, replica] : replicas_) replica->daemon.reset();
  loop.run_until_idle();
}

std::string ReplicaWorld::path_of(const std::string& name) const {
  return directory.path() / (name + ".yaml");
}

void ReplicaWorld::write_config(const std::string& name, std::string_view yaml) {
  const auto fresh = directory.path() / "fresh.tmp";
  std::ofstream(fresh, std::ios::binary) << yaml;
  std::filesystem::rename(fresh, path_of(name));
}

void ReplicaWorld::boot(const std::string& name, std::string_view yaml) {
  write_config(name, yaml);
  config::Overrides overrides;
  overrides.flags["replica.name"] = name;
  config::Loaded<config::Config> config = config::load(path_of(name), overrides);
  if (!config) throw std::runtime_error(to_string(config.error().front()));
  auto replica = std::make_unique<Replica>(loop, clock, config->log);
  Replica& one = *replica;
  replicas_[name] = std::move(replica);
  one.daemon = std::make_unique<sidecar::Daemon>(sidecar::DaemonParts{
      .loop = one.loop,
      .clock = clock,
      .log = one.log,
      .metrics = one.metrics,
      .health = one.health,
      .config = std::make_shared<const config::Config>(std::move(*config)),
      .config_path = path_of(name),
      .overrides = overrides,
      .app = std::make_unique<StallingBus>(nats.connect("APP", "roomkeeper"), one.loop),
      .system =
          std::make_unique<StallingBus>(nats.connect("SYS", "sys", "roomkeeper-system"), one.loop),
      .zones = {},
      .mailbox_rejected = {}});
  one.daemon->start();
  loop.run_until_idle();
}

void ReplicaWorld::kill(const std::string& name) {
  replicas_.at(name)->daemon.reset();
  replicas_.at(name)->metrics.set(metrics::MetricId::leader, 0);  // nobody scrapes it any more
  loop.run_until_idle();
}

void ReplicaWorld::shut_down(const std::string& name) {
  const auto done = std::make_shared<bool>(false);
  replicas_.at(name)->daemon->stop([done] { *done = true; });
  loop.run_until([done] { return *done; }, 10s);
  kill(name);
}

void ReplicaWorld::stall(const std::string& name) {
  replicas_.at(name)->loop.stall();
}

void ReplicaWorld::go_on(const std::string& name) {
  replicas_.at(name)->loop.go_on();
}

std::vector<std::string> ReplicaWorld::leaders() const {
  std::vector<std::string> names;
  for (const auto& [name, replica] : replicas_) {
    if (replica->daemon && metric(name, metrics::MetricId::leader) == 1) names.push_back(name);
  }
  return names;
}

std::string ReplicaWorld::leader() const {
  const std::vector<std::string> names = leaders();
  return names.size() == 1 ? names.front() : std::string();
}

policies::Nanoseconds ReplicaWorld::until_led(policies::Nanoseconds most) {
  const policies::MonoTime began = clock.mono();
  loop.run_until([this] { return !leaders().empty(); }, most);
  return clock.mono() - began + (leaders().empty() ? 1s : 0s);
}

bool ReplicaWorld::ready(const std::string& name) const {
  return replicas_.at(name)->health.ready;
}

double ReplicaWorld::metric(const std::string& name, metrics::MetricId id,
                            const metrics::LabelValues& labels) const {
  return replicas_.at(name)->metrics.value(id, labels);
}

std::size_t ReplicaWorld::logged(const std::string& name, std::string_view text) const {
  const auto& lines = replicas_.at(name)->lines;
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(),
      [text](const std::string& line) { return line.find(text) != std::string::npos; }));
}

nlohmann::json ReplicaWorld::ask(const std::string& verb, std::string_view json) {
  const auto answer = std::make_shared<std::optional<std::string>>();
  admin_->request("roomkeeper.admin." + verb, json, {}, 10s,
                  [answer](policies::Result<sidecar::Message> reply) {
                    *answer = reply ? reply->data : std::string("null");
                  });
  loop.run_until([answer] { return answer->has_value(); }, 11s);
  return nlohmann::json::parse(answer->value_or("null"), nullptr, false);
}

}  // namespace roomkeeper::testing
