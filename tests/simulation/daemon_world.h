// The whole daemon on a manual loop and clock against the fake server: days pass in milliseconds.
//
// The configuration is a real file, so that parsing and reloading are the daemon's own. Thread: the
// test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_DAEMON_WORLD_H_
#define ROOMKEEPER_TESTS_SIMULATION_DAEMON_WORLD_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "metrics/http_server.h"
#include "metrics/metrics.h"
#include "policies/time.h"
#include "sidecar/daemon.h"
#include "sidecar/log.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

/// RFC 3339 to WallTime; a text that is none fails the test by throwing.
policies::WallTime at(std::string_view rfc3339);

class DaemonWorld {
 public:
  /// `yaml`: roomkeeper.yaml. The clock starts at `start`. The daemon is made by boot().
  DaemonWorld(std::string_view yaml, std::string_view start, FakeNatsOptions options = {});
  ~DaemonWorld();
  DaemonWorld(const DaemonWorld&) = delete;
  DaemonWorld& operator=(const DaemonWorld&) = delete;

  /// Starts the daemon with the file as it is now and runs until nothing is left to do now.
  void boot();
  /// Ends it: in order, as SIGTERM does, or as kill -9 does.
  void shut_down();
  void kill();
  bool running() const { return daemon_ != nullptr; }
  /// Reads the configuration again, as SIGHUP does.
  void reload();

  void write_config(std::string_view yaml);  ///< replaces the file; the daemon notices by itself
  void write_file(const std::string& name, std::string_view text);
  void remove_file(const std::string& name);
  void pass(policies::Nanoseconds duration) { loop.advance(duration); }
  void pass_until(std::string_view rfc3339) { loop.advance_to(at(rfc3339)); }

  /// One admin request, as roomctl sends it: the reply's JSON, or the error's. Empty when nothing
  /// came within 10 s.
  std::string ask(const std::string& verb, std::string_view json = "{}");
  /// `room explain` and the like by path: state and reason of a room.
  std::string state_of(const std::string& room);
  std::string reason_of(const std::string& room);

  std::uint64_t messages(const std::string& room) const;  ///< 0 also when there is no stream
  bool has_stream(const std::string& room) const;
  void say(const std::string& room, const std::string& user, std::string_view text);

  /// Log lines that contain `text`.
  std::size_t logged(std::string_view text) const;
  double metric(metrics::MetricId id, const metrics::LabelValues& labels = {}) const {
    return metrics_->value(id, labels);
  }
  bool ready() const { return health_->ready; }

  TempDirectory directory;
  ManualClock clock;
  ManualLoop loop;
  FakeNats nats;
  config::Overrides overrides;
  policies::ZoneLookup zones;  ///< empty: the database
  bool with_system = true;
  std::vector<std::string> log_lines;

 private:
  std::string config_path() const;
  void end_lease();

  std::unique_ptr<sidecar::MessageBus> admin_;
  std::unique_ptr<sidecar::Log> log_;
  std::unique_ptr<metrics::Metrics> metrics_;
  std::unique_ptr<metrics::Health> health_;
  std::unique_ptr<sidecar::Daemon> daemon_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_DAEMON_WORLD_H_
