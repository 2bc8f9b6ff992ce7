// A program run by a test: arguments, output, exit code, deadline.
//
// The process is ended by its own id at the latest with the object, and by the kernel when the test
// dies. Because of that it must be started from a thread that lives as long as it (the test's own).
// Nothing here sleeps.
#ifndef ROOMKEEPER_TESTS_SUPPORT_CHILD_PROCESS_H_
#define ROOMKEEPER_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace roomkeeper::testing {

struct ChildOptions {
  std::string program{};  ///< path; looked up in PATH when it has no '/'
  std::vector<std::string> arguments{};
  std::vector<std::string> environment{};  ///< "NAME=value", added to the test's own
  std::vector<std::string> without{};      ///< names taken out of the test's own environment
  std::string directory{};                 ///< working directory; empty: the test's
  std::string input{};                     ///< on standard input, then its end; at most 64 KiB
  std::string log_file{};                  ///< everything it writes also goes here; empty: nowhere
};

struct ChildResult {
  int exit_code = -1;      ///< -1: ended by a signal, or did not start
  int signal = 0;          ///< that ended it; 0: it exited by itself
  bool timed_out = false;  ///< it was still running and was killed
  std::string out;
  std::string err;
};

class ChildProcess {
 public:
  explicit ChildProcess(ChildOptions options);
  ~ChildProcess();  ///< kills it when it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }  ///< -1: could not be started; err() says why
  bool running() const;
  /// True once standard output or standard error matches the ECMAScript regex; false when `timeout`
  /// passed or the program ended without it.
  bool wait_for_output(const std::string& regex,
                       std::chrono::milliseconds timeout = std::chrono::seconds(10));
  /// Waits for its end; nullopt when it still runs after `timeout`.
  std::optional<ChildResult> wait(std::chrono::milliseconds timeout = std::chrono::seconds(10));
  void send_signal(int signo);  ///< nothing when it has ended
  void kill();                  ///< SIGKILL, and waits for the end
  std::string out() const;      ///< so far
  std::string err() const;

 private:
  void start(const ChildOptions& options);
  void read_output();
  void await_exit();
  bool drain(int& fd, std::string& into);

  pid_t pid_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  int log_fd_ = -1;
  int wake_fds_[2] = {-1, -1};  ///< written when the program has ended: read what is left and stop
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string out_;
  std::string err_;
  bool exited_ = false;
  bool read_all_ = false;
  int status_ = 0;
  std::thread reader_;
  std::thread waiter_;
};

/// Runs a program to its end; kills it after `timeout`.
ChildResult run_program(ChildOptions options,
                        std::chrono::milliseconds timeout = std::chrono::seconds(30));

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_CHILD_PROCESS_H_
