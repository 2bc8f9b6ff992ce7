// Several whole daemons of one instance against one fake server, on one clock; each may stall, die
// or end in order by itself. Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_REPLICA_WORLD_H_
#define ROOMKEEPER_TESTS_SIMULATION_REPLICA_WORLD_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "metrics/http_server.h"
#include "metrics/metrics.h"
#include "sidecar/daemon.h"
#include "sidecar/log.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"
#include "tests/support/stalling.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

class ReplicaWorld {
 public:
  explicit ReplicaWorld(std::string_view start, FakeNatsOptions options = {});
  ~ReplicaWorld();

  /// Starts replica `name` with this configuration (`replica: {name: ...}` is added).
  void boot(const std::string& name, std::string_view yaml);
  void write_config(const std::string& name, std::string_view yaml);
  void kill(const std::string& name);       ///< as kill -9
  void shut_down(const std::string& name);  ///< as SIGTERM
  void stall(const std::string& name);      ///< as SIGSTOP
  void go_on(const std::string& name);      ///< as SIGCONT

  void pass(policies::Nanoseconds duration) { loop.advance(duration); }
  /// Names of those that say by their metric that they lead.
  std::vector<std::string> leaders() const;
  /// The only one; empty: none, or several.
  std::string leader() const;
  /// How long it takes until one leads; more than `most`: nobody did.
  policies::Nanoseconds until_led(policies::Nanoseconds most);
  bool ready(const std::string& name) const;
  double metric(const std::string& name, metrics::MetricId id,
                const metrics::LabelValues& labels = {}) const;
  std::size_t logged(const std::string& name, std::string_view text) const;
  /// One admin request as roomctl sends it; null when nothing came within 10 s.
  nlohmann::json ask(const std::string& verb, std::string_view json = "{}");

  TempDirectory directory;
  ManualClock clock;
  ManualLoop loop;
  FakeNats nats;

 private:
  struct Replica;
  std::string path_of(const std::string& name) const;

  std::unique_ptr<sidecar::MessageBus> admin_;
  std::map<std::string, std::unique_ptr<Replica>> replicas_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_REPLICA_WORLD_H_
