#include "tests/support/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <regex>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace roomkeeper::testing {

namespace {

std::vector<std::string> merged_environment(const ChildOptions& options) {
  std::vector<std::string> result;
  const auto name_of = [](const std::string& entry) { return entry.substr(0, entry.find('=')); };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name = name_of(*entry);
    const bool dropped =
        std::find(options.without.begin(), options.without.end(), name) != options.without.end();
    const bool replaced = std::any_of(options.environment.begin(), options.environment.end(),
                                      [&](const std::string& own) { return name_of(own) == name; });
    if (!dropped && !replaced) result.emplace_back(*entry);
  }
  result.insert(result.end(), options.environment.begin(), options.environment.end());
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

void close_fd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
      read = ends[0];
      write = ends[1];
    }
  }
};

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment,
                         const char* directory, int in, int out, int err, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  if (directory != nullptr && ::chdir(directory) != 0) ::_exit(126);
  ::execvpe(program, arguments, environment);
  constexpr std::string_view failed = "cannot execute\n";
  [[maybe_unused]] const ssize_t written = ::write(2, failed.data(), failed.size());
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(ChildOptions options) {
  start(options);
  if (pid_ < 0) return;
  reader_ = std::thread([this] { read_output(); });
  waiter_ = std::thread([this] { await_exit(); });
}

void ChildProcess::start(const ChildOptions& options) {
  std::vector<std::string> arguments{options.program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = merged_environment(options);
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(environment);
  if (!options.log_file.empty()) {
    log_fd_ = ::open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  Pipe in;
  Pipe out;
  Pipe err;
  if (::pipe2(wake_fds_, O_CLOEXEC) != 0 || err.write < 0) {
    err_ = std::string("no pipe: ") + std::strerror(errno);
    exited_ = read_all_ = true;
    return;
  }
  const char* directory = options.directory.empty() ? nullptr : options.directory.c_str();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    become(options.program.c_str(), argument_pointers.data(), environment_pointers.data(),
           directory, in.read, out.write, err.write, parent);
  }
  close_fd(in.read);
  close_fd(out.write);
  close_fd(err.write);
  if (child > 0 && !options.input.empty()) {
    [[maybe_unused]] const ssize_t written =
        ::write(in.write, options.input.data(), options.input.size());
  }
  close_fd(in.write);
  out_fd_ = out.read;
  err_fd_ = err.read;
  ::fcntl(out_fd_, F_SETFL, O_NONBLOCK);
  ::fcntl(err_fd_, F_SETFL, O_NONBLOCK);
  pid_ = child;
  if (child < 0) {
    err_ = std::string("cannot fork: ") + std::strerror(errno);
    exited_ = read_all_ = true;
  }
}

ChildProcess::~ChildProcess() {
  kill();
  if (waiter_.joinable()) waiter_.join();
  if (reader_.joinable()) reader_.join();
  close_fd(out_fd_);
  close_fd(err_fd_);
  close_fd(log_fd_);
  close_fd(wake_fds_[0]);
  close_fd(wake_fds_[1]);
}

bool ChildProcess::drain(int& fd, std::string& into) {
  std::array<char, 16384> buffer{};
  bool got = false;
  while (fd >= 0) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return got;
    if (n <= 0) {
      close_fd(fd);
      return got;
    }
    if (log_fd_ >= 0) {
      [[maybe_unused]] const ssize_t written =
          ::write(log_fd_, buffer.data(), static_cast<std::size_t>(n));
    }
    const std::lock_guard lock(mutex_);
    into.append(buffer.data(), static_cast<std::size_t>(n));
    got = true;
  }
  return got;
}

void ChildProcess::read_output() {
  bool ended = false;
  while (!ended && (out_fd_ >= 0 || err_fd_ >= 0)) {
    std::array<pollfd, 3> fds{
        {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}, {wake_fds_[0], POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) break;
    ended = (fds[2].revents & POLLIN) != 0;
    const bool got_out = drain(out_fd_, out_);
    const bool got_err = drain(err_fd_, err_);
    if (got_out || got_err) changed_.notify_all();
  }
  const std::lock_guard lock(mutex_);
  read_all_ = true;
  changed_.notify_all();
}

void ChildProcess::await_exit() {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  {
    // Reaped under the lock, so that send_signal never meets an id that is somebody else's by now.
    const std::lock_guard lock(mutex_);
    ::waitpid(pid_, &status_, 0);
    exited_ = true;
  }
  [[maybe_unused]] const ssize_t written = ::write(wake_fds_[1], "x", 1);
  changed_.notify_all();
}

bool ChildProcess::running() const {
  const std::lock_guard lock(mutex_);
  return pid_ > 0 && !exited_;
}

bool ChildProcess::wait_for_output(const std::string& regex, std::chrono::milliseconds timeout) {
  const std::regex wanted(regex);
  const auto seen = [&] {
    return std::regex_search(out_, wanted) || std::regex_search(err_, wanted);
  };
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return seen() || (exited_ && read_all_); });
  return seen();
}

std::optional<ChildResult> ChildProcess::wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, timeout, [&] { return exited_ && read_all_; })) return std::nullopt;
  ChildResult result;
  result.out = out_;
  result.err = err_;
  if (pid_ > 0 && WIFEXITED(status_)) result.exit_code = WEXITSTATUS(status_);
  if (pid_ > 0 && WIFSIGNALED(status_)) result.signal = WTERMSIG(status_);
  return result;
}

void ChildProcess::send_signal(int signo) {
  const std::lock_guard lock(mutex_);
  if (pid_ > 0 && !exited_) ::kill(pid_, signo);
}

void ChildProcess::kill() {
  send_signal(SIGKILL);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return exited_; });
}

std::string ChildProcess::out() const {
  const std::lock_guard lock(mutex_);
  return out_;
}

std::string ChildProcess::err() const {
  const std::lock_guard lock(mutex_);
  return err_;
}

ChildResult run_program(ChildOptions options, std::chrono::milliseconds timeout) {
  ChildProcess child(std::move(options));
  if (auto result = child.wait(timeout)) return std::move(*result);
  child.kill();
  auto result = child.wait(std::chrono::seconds(10)).value_or(ChildResult{});
  result.timed_out = true;
  return result;
}

}  // namespace roomkeeper::testing
