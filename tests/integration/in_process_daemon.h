// The daemon in the test's own process, beside a real server: for zones and clocks that only the
// test knows.
//
// A fixture to derive from. What the daemon is given (zones, a clock) is usually a member of the
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

/// The parameter is the server's version.
class InProcessDaemonTest : public ::testing::TestWithParam<const char*> {
 protected:
  InProcessDaemonTest();
  ~InProcessDaemonTest() override;

  /// A configuration of this text; throws when it is refused.
  config::Config load(const std::string& yaml);
  /// Starts it and comes back at once. `clock`: the machine's, or one that somebody set wrong.
  void begin_daemon(config::Config config, policies::ZoneLookup zones, const sidecar::Clock& clock);
  void begin_daemon(config::Config config, policies::ZoneLookup zones);
  /// Stops it as a signal would. Nothing to do when none runs.
  void end_daemon();
  /// As the daemon connects.
  sidecar::nats::ConnectionOptions connection() const;
  /// Connects; throws when that fails.
  std::unique_ptr<NatsClient> client(const std::string& user);
  policies::WallTime now() const { return thread.clock().wall(); }
  bool wait_for(policies::WallTime instant);

  TestServer server;
  TempDirectory directory;
  LoopThread thread;
  metrics::Metrics metrics;
  metrics::Health health;
  std::vector<std::string> lines;  ///< of the log; on the loop
  sidecar::Log log;
  std::unique_ptr<sidecar::Daemon> daemon;  ///< on the loop
  std::unique_ptr<NatsClient> asking = client("admin");
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_IN_PROCESS_DAEMON_H_
