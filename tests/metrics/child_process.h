// A program that a test starts: its output goes to a file, and it is stopped by its own id.
#ifndef ROOMKEEPER_TESTS_METRICS_CHILD_PROCESS_H_
#define ROOMKEEPER_TESTS_METRICS_CHILD_PROCESS_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace roomkeeper::testing {

/// A directory of its own under the system's temporary one; removed at the end.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  std::filesystem::path path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

class ChildProcess {
 public:
  /// Standard input is `input` (may be empty: /dev/null); standard output and error are `output`.
  ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& input,
               std::filesystem::path output);
  /// Stops it (SIGTERM) and waits.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool started() const { return pid_ > 0; }
  /// Waits until it ends by itself; its exit code, or -1 when it did not start or a signal ended
  /// it.
  int wait();
  /// Waits for its end at most this long; the exit code as wait(), nullopt while it still runs.
  std::optional<int> wait_for(int milliseconds);
  std::string output() const;

 private:
  pid_t pid_ = -1;
  std::filesystem::path output_;
};

/// The whole file, or an empty string.
std::string read_whole_file(const std::filesystem::path& path);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_METRICS_CHILD_PROCESS_H_
