// The daemon: all loops, wired together, on one event loop.
//
// Everything from outside comes in through arguments (loop, clock, connections, configuration), so
// the whole daemon runs under a manual loop against a fake server in tests. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_DAEMON_H_
#define ROOMKEEPER_SIDECAR_DAEMON_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "config/load.h"
#include "metrics/http_server.h"
#include "sidecar/message_bus.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// What `app` calls itself at the server: by it replicas that share a user know each other.
inline constexpr const char* app_connection_name = "roomkeeper";

struct DaemonParts {
  EventLoop& loop;
  const Clock& clock;
  Log& log;
  metrics::Metrics& metrics;
  metrics::Health& health;
  std::shared_ptr<const config::Config> config;
  std::string config_path;  ///< empty: no reload
  config::Overrides overrides;
  std::unique_ptr<MessageBus> app;                  ///< the account of the rooms
  std::unique_ptr<MessageBus> system;               ///< null without a system account
  policies::ZoneLookup zones;                       ///< empty: config::find_zone
  std::function<std::uint64_t()> mailbox_rejected;  ///< tasks that the loop refused; may be empty
};

class Daemon {
 public:
  explicit Daemon(DaemonParts parts);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Begins to work; connections may come later.
  void start();
  /// Stops all loops and closes both connections, then `done`. Bounded by the connections' own
  /// time-outs.
  void stop(std::function<void()> done);
  /// Answers the status page.
  void page(const metrics::PageQuestion& question, const metrics::PageAnswer& done);
  /// Reads the configuration again (SIGHUP).
  void reload();
  /// One line for people: whether it acts, and if not, what it waits for.
  std::string status_line() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_DAEMON_H_
