// The daemon in the test's own process, beside a cluster of three real servers. A fixture to derive
// from, as InProcessDaemon is; requests of the test go to any server that runs.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_CLUSTER_DAEMON_H_
#define ROOMKEEPER_TESTS_INTEGRATION_CLUSTER_DAEMON_H_

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tests/integration/in_process_daemon.h"
#include "tests/support/test_cluster.h"

namespace roomkeeper::testing {

class ClusterDaemon : protected InProcessDaemon {
 protected:
  /// REQUIRES of the deriving fixture: it waits until the cluster is whole.
  explicit ClusterDaemon(TestClusterOptions options);
  ~ClusterDaemon() override;

  std::vector<std::string> urls() const override { return cluster.urls(); }
  bool has_system() const override { return true; }
  /// A client of the first server that runs, or of this one; throws when it cannot connect.
  std::unique_ptr<NatsClient> client(const std::string& user);
  std::unique_ptr<NatsClient> client(const std::string& user, std::size_t node);
  /// A request in the account of the rooms. Null when nobody answered; tried once more where the
  /// server of the test's connection was stopped.
  nlohmann::json ask(const std::string& subject, const std::string& body = {},
                     std::chrono::milliseconds timeout = std::chrono::seconds(10));
  nlohmann::json admin(const std::string& verb, const std::string& body = "{}");
  /// All streams whose name begins so, by name, from listings in which none was missing. Empty when
  /// there was none within the time.
  std::map<std::string, nlohmann::json> streams(const std::string& prefix);
  /// Waits until that many rooms are in this state, as the daemon says it; and no others are known.
  bool all_rooms(const std::string& state, std::size_t count, std::chrono::milliseconds timeout);
  double rooms_made() const { return metrics.value(metrics::MetricId::rooms_provisioned_total); }
  /// Waits until so many streams were asked for.
  bool wait_for_made(double count, std::chrono::milliseconds timeout);
  /// Log lines that contain the text.
  std::size_t logged(const std::string& text);

  TestCluster cluster;

 private:
  /// Nothing: a page failed, or not all of them showed everything.
  bool list(const std::string& prefix, std::map<std::string, nlohmann::json>& into);

  std::unique_ptr<NatsClient> asking_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_CLUSTER_DAEMON_H_
