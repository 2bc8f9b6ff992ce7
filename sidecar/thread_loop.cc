#include "sidecar/thread_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace roomkeeper::sidecar {
namespace {

/// Tasks between two looks at timers and signals, so that a flood of posts does not starve them.
constexpr std::size_t batch_max = 256;
constexpr int signal_max = 65;

struct SignalSlot {
  std::atomic<int> wake_fd{-1};
  std::atomic<bool> pending{false};
};

// Handlers reach nothing but these: lock-free atomics and write() are all that is safe there.
std::array<SignalSlot, signal_max> signal_slots;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void write_wake(int fd) {
  const std::uint64_t one = 1;
  // A full eventfd is awake anyway.
  [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
}

extern "C" void on_signal(int signo) {
  const int saved = errno;
  SignalSlot& slot = signal_slots[static_cast<std::size_t>(signo)];
  slot.pending.store(true);
  const int fd = slot.wake_fd.load();
  if (fd >= 0) write_wake(fd);
  errno = saved;
}

timespec to_timespec(policies::Nanoseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  timespec result{};
  result.tv_sec = static_cast<time_t>(seconds.count());
  result.tv_nsec = static_cast<long>((duration - seconds).count());
  return result;
}

}  // namespace

ThreadLoop::ThreadLoop(const Clock& clock, std::size_t mailbox_max)
    : clock_(clock), mailbox_max_(mailbox_max), wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_fd_ < 0)
    std::abort();  // no file handles at the very start: there is nothing to go on with
}

ThreadLoop::~ThreadLoop() {
  stopped_ = true;
  for (Signal& signal : signals_) {
    signal_slots[static_cast<std::size_t>(signal.signo)].wake_fd = -1;
    ::sigaction(signal.signo, &signal.previous, nullptr);
  }
  ::close(wake_fd_);
}

void ThreadLoop::wake() {
  write_wake(wake_fd_);
}

bool ThreadLoop::post(Task task) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || depth_ >= mailbox_max_) {
      ++rejected_;
      return false;
    }
    was_empty = mailbox_.empty();
    mailbox_.push_back(std::move(task));
    ++depth_;
  }
  if (was_empty) wake();
  return true;
}

TimerId ThreadLoop::run_after(policies::Nanoseconds delay, Task task) {
  const TimerId id = next_timer_++;
  const auto now = clock_.mono();
  const auto longest = policies::MonoTime::max() - now;
  const auto due = now + std::clamp(delay, policies::Nanoseconds::zero(), longest);
  timers_.emplace(TimerKey{due, id}, std::move(task));
  timer_due_.emplace(id, due);
  return id;
}

void ThreadLoop::cancel(TimerId id) {
  const auto found = timer_due_.find(id);
  if (found == timer_due_.end()) return;
  timers_.erase(TimerKey{found->second, id});
  timer_due_.erase(found);
}

void ThreadLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake();
}

void ThreadLoop::add_signal(int signo, Task task) {
  if (signo <= 0 || signo >= signal_max) return;
  SignalSlot& slot = signal_slots[static_cast<std::size_t>(signo)];
  slot.pending = false;
  slot.wake_fd = wake_fd_;
  Signal signal;
  signal.signo = signo;
  signal.task = std::move(task);
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signo, &action, &signal.previous);
  signals_.push_back(std::move(signal));
}

policies::Nanoseconds ThreadLoop::take_busy_longest() {
  return policies::Nanoseconds(busy_longest_.exchange(0));
}

void ThreadLoop::run() {
  while (!stopped_) run_once();
  // Whatever they hold is let go here, on the thread that they were made for.
  batch_.clear();
  timers_.clear();
  timer_due_.clear();
  std::deque<Task> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(mailbox_);
    depth_ = 0;
  }
}

void ThreadLoop::run_once() {
  if (batch_.empty()) wait();  // returns at once when anything was posted meanwhile
  if (!stopped_) run_signals();
  if (!stopped_) run_timers();
  if (!stopped_) run_batch();
}

void ThreadLoop::wait() {
  timespec timeout{};
  const timespec* limit = nullptr;
  if (!timers_.empty()) {
    const auto left = timers_.begin()->first.first - clock_.mono();
    timeout = to_timespec(std::max(left, policies::Nanoseconds::zero()));
    limit = &timeout;
  }
  pollfd waited{.fd = wake_fd_, .events = POLLIN, .revents = 0};
  if (::ppoll(&waited, 1, limit, nullptr) <= 0) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(wake_fd_, &count, sizeof count);
}

void ThreadLoop::run_signals() {
  for (std::size_t i = 0; i < signals_.size() && !stopped_; ++i) {
    SignalSlot& slot = signal_slots[static_cast<std::size_t>(signals_[i].signo)];
    if (!slot.pending.exchange(false)) continue;
    Task task = signals_[i].task;  // a copy: the task may add signals
    run_timed(task);
  }
}

void ThreadLoop::run_timers() {
  const auto now = clock_.mono();
  const TimerId first_new = next_timer_;  // timers made by these wait for the next round
  for (auto next = timers_.begin(); !stopped_ && next != timers_.end() && next->first.first <= now;
       next = timers_.begin()) {
    if (next->first.second >= first_new) break;
    Task task = std::move(next->second);
    timer_due_.erase(next->first.second);
    timers_.erase(next);
    run_timed(task);
  }
}

void ThreadLoop::run_batch() {
  if (batch_.empty()) {
    const std::lock_guard lock(mutex_);
    batch_.swap(mailbox_);
  }
  for (std::size_t done = 0; done < batch_max && !batch_.empty() && !stopped_; ++done) {
    Task task = std::move(batch_.front());
    batch_.pop_front();
    --depth_;
    run_timed(task);
  }
}

void ThreadLoop::run_timed(Task& task) {
  const auto start = clock_.mono();
  task();
  task = nullptr;  // what it held belongs to its time
  const std::int64_t took = (clock_.mono() - start).count();
  if (took > busy_longest_.load(std::memory_order_relaxed)) busy_longest_ = took;
}

}  // namespace roomkeeper::sidecar
