// Real daemons of one instance beside real servers, each a process of its own: started, killed,
// stopped, frozen. Thread: the test's.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_REPLICA_PAIR_H_
#define ROOMKEEPER_TESTS_INTEGRATION_REPLICA_PAIR_H_

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/child_process.h"

namespace roomkeeper::testing {

class ReplicaPair {
 public:
  /// Configurations are written into `directory`; each begins with `header` (`instance`, `nats`,
  /// `http` on a free port).
  ReplicaPair(std::filesystem::path directory, std::string header)
      : directory_(std::move(directory)), header_(std::move(header)) {}

  /// Writes what replica `name` reads.
  void write_config(const std::string& name, const std::string& yaml) const;
  /// Starts it; waits until it listens.
  bool start(const std::string& name, const std::string& yaml);
  void send_signal(const std::string& name, int signo);
  /// Sends the signal and waits for the end; false when it has not ended after 15 s.
  bool end(const std::string& name, int signo);
  std::string log(const std::string& name) const { return replicas_.at(name).process->err(); }
  bool logged(const std::string& name, const std::string& regex, std::chrono::milliseconds longest);
  /// The value of a series on its /metrics; -1 when it does not answer.
  double metric(const std::string& name, const std::string& series) const;
  bool is_ready(const std::string& name) const;
  bool leads(const std::string& name) const { return metric(name, "roomkeeper_leader") == 1; }
  /// Waits until `name` leads, and says how long that took; empty: it did not.
  std::optional<std::chrono::milliseconds> until_leads(
      const std::string& name, std::chrono::milliseconds longest = std::chrono::seconds(30)) const;

 private:
  struct Replica {
    std::unique_ptr<ChildProcess> process;
    int http_port = 0;
  };
  std::filesystem::path file_of(const std::string& name) const {
    return directory_ / (name + ".yaml");
  }

  const std::filesystem::path directory_;
  const std::string header_;
  std::map<std::string, Replica> replicas_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_REPLICA_PAIR_H_
