// A real Prometheus that reads daemons every second and has the rules of the chart. So that a test
// need not wait for minutes, it gets a copy of the alerts in which every `for:` and the bound of
// RoomkeeperRetentionOverdue are divided by `hurry`. Thread: the one that made it.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_WATCHING_PROMETHEUS_H_
#define ROOMKEEPER_TESTS_INTEGRATION_WATCHING_PROMETHEUS_H_

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

class WatchingPrometheus {
 public:
  static constexpr int hurry = 60;

  /// Reads /metrics and /metrics/rooms of these HTTP ports; a failure of the test when it does not
  /// start.
  explicit WatchingPrometheus(const std::vector<int>& http_ports);

  /// The series of the query's result; empty also when there is none, or when it was refused.
  nlohmann::json query(const std::string& promql) const;
  bool has_result(const std::string& promql) const;
  /// Whether the alert fires now.
  bool fires(const std::string& alert) const;
  /// Names of all alerts that fire now.
  std::vector<std::string> firing() const;
  std::string log() const { return process_ ? process_->err() : std::string(); }

 private:
  TempDirectory directory_;
  std::unique_ptr<ChildProcess> process_;
  int port_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_WATCHING_PROMETHEUS_H_
