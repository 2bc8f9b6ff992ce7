#include "tests/integration/in_process_daemon.h"

#include <chrono>
#include <future>
#include <stdexcept>
#include <utility>

#include "tests/integration/waiting.h"

namespace roomkeeper::testing {

using namespace std::chrono_literals;

InProcessDaemon::InProcessDaemon()
    : log(thread.clock(), {},
          [this](config::LogLevel, const std::string& line) { lines.push_back(line); }) {}

InProcessDaemon::~InProcessDaemon() {
  end_daemon();
}

config::Config InProcessDaemon::load(const std::string& yaml) {
  auto loaded = config::load(directory.write("roomkeeper.yaml", yaml).string(), {});
  if (!loaded) throw std::runtime_error(to_string(loaded.error().front()));
  return std::move(*loaded);
}

void InProcessDaemon::begin_daemon(config::Config config, policies::ZoneLookup zones) {
  begin_daemon(std::move(config), std::move(zones), thread.clock());
}

void InProcessDaemon::begin_daemon(config::Config config, policies::ZoneLookup zones,
                                   const sidecar::Clock& clock) {
  health.ready = false;
  thread.call([&] {
    daemon = std::make_unique<sidecar::Daemon>(sidecar::DaemonParts{
        .loop = thread.loop(),
        .clock = clock,
        .log = log,
        .metrics = metrics,
        .health = health,
        .config = std::make_shared<const config::Config>(std::move(config)),
        .config_path = {},
        .overrides = {},
        .app = sidecar::nats::connect(thread.loop(), thread.clock(), connection()),
        .system = has_system()
                      ? sidecar::nats::connect(thread.loop(), thread.clock(), connection("sys"))
                      : nullptr,
        .zones = std::move(zones),
        .mailbox_rejected = {}});
    daemon->start();
  });
}

void InProcessDaemon::end_daemon() {
  if (!daemon) return;
  std::promise<void> stopped;
  auto done = stopped.get_future();
  thread.call([&] { daemon->stop([&] { stopped.set_value(); }); });
  EXPECT_EQ(done.wait_for(10s), std::future_status::ready);
  thread.call([&] { daemon.reset(); });
}

sidecar::nats::ConnectionOptions InProcessDaemon::connection(const std::string& user) const {
  sidecar::nats::ConnectionOptions options;
  options.urls = urls();
  options.user = user;
  options.password = "pw";
  options.backoff.first = 50ms;
  options.backoff.longest = 200ms;
  return options;
}

InProcessDaemonTest::InProcessDaemonTest() : server({.version = GetParam()}) {}

InProcessDaemonTest::~InProcessDaemonTest() {
  end_daemon();
}

std::unique_ptr<NatsClient> InProcessDaemonTest::client(const std::string& user) {
  auto made = NatsClient::connect({.url = server.url(), .user = user});
  if (!made) throw std::runtime_error(made.error().text);
  return std::move(*made);
}

bool InProcessDaemon::wait_for(policies::WallTime instant) {
  return becomes_true([&] { return now() >= instant; }, 30s, 1ms);
}

}  // namespace roomkeeper::testing
