// The shipped program, build/bin/roomkeeper, as a process of its own.
//
// Ended with the object, and by the kernel when the benchmark dies. Thread: the one that made it,
// which must outlive it.
#ifndef ROOMKEEPER_BENCH_DAEMON_PROCESS_H_
#define ROOMKEEPER_BENCH_DAEMON_PROCESS_H_

#include <chrono>
#include <memory>
#include <string>

#include "bench/process_use.h"
#include "bench/rooms.h"
#include "tests/support/child_process.h"
#include "tests/support/loopback_port.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::bench {

/// A configuration file in a folder of its own, with the password beside it.
class House {
 public:
  explicit House(HouseOptions options);  ///< http_port 0: a free one is chosen
  std::string path() const { return (directory_.path() / "roomkeeper.yaml").string(); }
  void rewrite(const std::string& yaml) const { directory_.write("roomkeeper.yaml", yaml); }
  int http_port() const { return port_.number(); }
  const HouseOptions& options() const { return options_; }

 private:
  testing::TempDirectory directory_;
  testing::LoopbackPort port_;
  HouseOptions options_;
};

class DaemonProcess {
 public:
  /// Starts; throws std::runtime_error when it cannot.
  explicit DaemonProcess(const House& house);

  /// Until /readyz says 200. Throws std::runtime_error.
  void wait_ready(std::chrono::milliseconds longest) const;
  /// Until every room is ready, as /metrics says. Throws std::runtime_error.
  void wait_rooms_ready(std::size_t rooms, std::chrono::milliseconds longest) const;
  /// The sum of all series of a metric whose line contains `label`; 0 when there is none.
  double metric(const std::string& name, const std::string& label = {}) const;
  std::string page(const std::string& path) const;  ///< throws std::runtime_error unless 200
  ProcessUse use() const { return process_use(process_->pid()); }
  std::string log() const { return process_->err(); }
  pid_t pid() const { return process_->pid(); }
  bool running() const { return process_->running(); }

 private:
  int http_port_;
  std::unique_ptr<testing::ChildProcess> process_;
};

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_DAEMON_PROCESS_H_
