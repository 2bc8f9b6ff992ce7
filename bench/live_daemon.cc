#include "bench/live_daemon.h"

#include <chrono>
#include <future>
#include <mutex>
#include <utility>

#include "metrics/http_server.h"
#include "sidecar/daemon.h"
#include "sidecar/log.h"
#include "sidecar/nats/connection.h"
#include "tests/support/loop_thread.h"

namespace roomkeeper::bench {
namespace {

sidecar::nats::ConnectionOptions options_for(const config::Config& config,
                                             const config::Credentials& who) {
  sidecar::nats::ConnectionOptions options;
  options.urls = config.nats.urls;
  options.user = who.user;
  options.password_file = who.password_file;
  return options;
}

}  // namespace

struct LiveDaemon::State {
  struct Lines {
    mutable std::mutex mutex;
    std::string text;  ///< guarded by mutex
  };
  metrics::Metrics metrics;
  metrics::Health health;
  Lines lines;
  testing::LoopThread thread;
  sidecar::Log log;
  std::unique_ptr<sidecar::Daemon> daemon;

  explicit State(const config::Config& config)
      : log(thread.clock(), config.log, [this](config::LogLevel, const std::string& line) {
          if (line.find(" room.changed ") != line.npos) return;  // ten thousand of them
          const std::lock_guard lock(lines.mutex);
          lines.text += line + "\n";
        }) {}
};

LiveDaemon::LiveDaemon(config::Config config, policies::ZoneLookup zones)
    : state_(std::make_unique<State>(config)) {
  State& state = *state_;
  auto shared = std::make_shared<const config::Config>(std::move(config));
  state.thread.run_on_loop([&] {
    auto& loop = state.thread.loop();
    const auto& clock = state.thread.clock();
    state.daemon = std::make_unique<sidecar::Daemon>(sidecar::DaemonParts{
        .loop = loop,
        .clock = clock,
        .log = state.log,
        .metrics = state.metrics,
        .health = state.health,
        .config = shared,
        .config_path = {},
        .overrides = {},
        .app = sidecar::nats::connect(loop, clock, options_for(*shared, shared->nats.credentials)),
        .system = shared->nats.system ? sidecar::nats::connect(
                                            loop, clock, options_for(*shared, *shared->nats.system))
                                      : nullptr,
        .zones = std::move(zones),
        .mailbox_rejected = {}});
    state.daemon->start();
  });
}

LiveDaemon::~LiveDaemon() {
  auto stopped = std::make_shared<std::promise<void>>();
  auto end = stopped->get_future();
  state_->thread.run_on_loop([&] { state_->daemon->stop([stopped] { stopped->set_value(); }); });
  end.wait_for(std::chrono::seconds(10));
  state_->thread.run_on_loop([&] { state_->daemon.reset(); });
}

const metrics::Metrics& LiveDaemon::metrics() const {
  return state_->metrics;
}
bool LiveDaemon::ready() const {
  return state_->health.ready;
}

std::string LiveDaemon::log() const {
  const std::lock_guard lock(state_->lines.mutex);
  return state_->lines.text;
}

}  // namespace roomkeeper::bench
