#include "tests/metrics/child_process.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace roomkeeper::testing {

TempDirectory::TempDirectory() {
  std::string name =
      (std::filesystem::temp_directory_path() / "roomkeeper-metrics-XXXXXX").string();
  if (mkdtemp(name.data()) != nullptr) path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempDirectory::write(const std::string& name,
                                           const std::string& content) const {
  std::ofstream(path_ / name) << content;
  return path_ / name;
}

std::string read_whole_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::filesystem::path& input, std::filesystem::path output)
    : output_(std::move(output)) {
  std::vector<std::string> copies = arguments;
  std::vector<char*> argv;
  for (std::string& one : copies) argv.push_back(one.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, input.empty() ? "/dev/null" : input.c_str(),
                                   O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  if (posix_spawn(&pid_, argv.front(), &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
  posix_spawn_file_actions_destroy(&actions);
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  if (!wait_for(20'000)) {
    kill(pid_, SIGKILL);
    wait();
  }
}

int ChildProcess::wait() {
  if (pid_ <= 0) return -1;
  int status = 0;
  const bool ended = waitpid(pid_, &status, 0) == pid_;
  pid_ = -1;
  return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::optional<int> ChildProcess::wait_for(int milliseconds) {
  if (pid_ <= 0) return -1;
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd ended{handle, POLLIN, 0};
  const bool ready = poll(&ended, 1, milliseconds) > 0;
  if (handle >= 0) close(handle);
  if (!ready) return std::nullopt;
  return wait();
}

std::string ChildProcess::output() const {
  return read_whole_file(output_);
}

}  // namespace roomkeeper::testing
