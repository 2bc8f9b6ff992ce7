// The daemon in the test's own process, beside a real server: for zones and clocks that only the
// test knows.
//
// Fixtures to derive from. What the daemon is given (zones, a clock) is usually a member of the
// deriving fixture, and gone before this one's destructor: its own destructor calls end_daemon().
// Thread: the test's; what stands under "on the loop" is read there, or once the daemon has ended.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_IN_PROCESS_DAEMON_H_
#define ROOMKEEPER_TESTS_INTEGRATION_IN_PROCESS_DAEMON_H_

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/load.h"
#include "metrics/http_server.h"
#include "metrics/metrics.h"
#include "sidecar/daemon.h"
#include "sidecar/log.h"
#include "sidecar/nats/connection.h"
#include "tests/support/loop_thread.h"
#include "tests/support/nats_client.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {

/// Whatever it connects to.
class InProcessDaemon {
 protected:
  InProcessDaemon();
  virtual ~InProcessDaemon();

  /// A configuration of this text; throws when it is refused.
  config::Config load(const std::string& yaml);
  /// Starts it and comes back at once. `clock`: the machine's, or one that somebody set wrong.
  void begin_daemon(config::Config config, policies::ZoneLookup zones, const sidecar::Clock& clock);
  void begin_daemon(config::Config config, policies::ZoneLookup zones);
  /// Stops it as a signal would. Nothing to do when none runs.
  void end_daemon();
  /// The servers, all of them; the daemon takes those it can reach.
  virtual std::vector<std::string> urls() const = 0;
  /// Whether it gets a connection in the system account too.
  virtual bool has_system() const { return false; }
  /// As the daemon connects.
  sidecar::nats::ConnectionOptions connection(const std::string& user = "roomkeeper") const;
  policies::WallTime now() const { return thread.clock().wall(); }
  bool wait_for(policies::WallTime instant);

  TempDirectory directory;
  LoopThread thread;
  metrics::Metrics metrics;
  metrics::Health health;
  std::vector<std::string> lines;  ///< of the log; on the loop
  sidecar::Log log;
  std::unique_ptr<sidecar::Daemon> daemon;  ///< on the loop
};

/// Beside one server, whose version is the parameter.
class InProcessDaemonTest : public ::testing::TestWithParam<const char*>,
                            protected InProcessDaemon {
 protected:
  InProcessDaemonTest();
  ~InProcessDaemonTest() override;

  /// Connects; throws when that fails.
  std::unique_ptr<NatsClient> client(const std::string& user);
  std::vector<std::string> urls() const override { return {server.url()}; }

  TestServer server;
  std::unique_ptr<NatsClient> asking = client("admin");
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_IN_PROCESS_DAEMON_H_
