// The event loop of the daemon: one thread, a bounded mailbox, timers, and POSIX signals as tasks.
//
// run() makes the calling thread the loop's thread until stop(). post() and stop() are for any
// thread; run_after() and cancel() for the loop's own (or before run). A task that was dropped,
// also at the end, is destroyed unrun.
#ifndef ROOMKEEPER_SIDECAR_THREAD_LOOP_H_
#define ROOMKEEPER_SIDECAR_THREAD_LOOP_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <signal.h>

#include "policies/time.h"
#include "sidecar/clock.h"
#include "sidecar/event_loop.h"

namespace roomkeeper::sidecar {

class ThreadLoop final : public EventLoop {
 public:
  /// The clock must outlive the loop. `mailbox_max`: tasks that wait at most; above it post()
  /// refuses.
  explicit ThreadLoop(const Clock& clock, std::size_t mailbox_max = 65536);
  ~ThreadLoop() override;
  ThreadLoop(const ThreadLoop&) = delete;
  ThreadLoop& operator=(const ThreadLoop&) = delete;

  bool post(Task task) override;
  TimerId run_after(policies::Nanoseconds delay, Task task) override;
  void cancel(TimerId id) override;

  /// Runs tasks and timers until stop(). Returns at once when stop() was called before.
  void run();
  /// One round of run(): waits until there is something to do, and does it. For a program that asks
  /// one thing after the other and never stops the loop (roomctl).
  void run_once();
  /// From any thread, also from a task. The running task ends, waiting ones are not run any more.
  void stop();
  /// Runs `task` on the loop for every time (coalesced) that the process gets the signal, which
  /// loses its default action until the loop is destroyed. One loop a signal. REQUIRES: before
  /// run(), or on the loop's thread.
  void add_signal(int signo, Task task);

  std::uint64_t rejected() const { return rejected_.load(); }  ///< posts refused
  std::size_t depth() const { return depth_.load(); }          ///< tasks waiting now
  /// The longest that one task or timer took since the last call of this.
  policies::Nanoseconds take_busy_longest();

 private:
  using TimerKey = std::pair<policies::MonoTime, TimerId>;
  struct Signal {
    int signo = 0;
    Task task;
    struct sigaction previous{};
  };

  void wake();
  void wait();
  void run_signals();
  void run_timers();
  void run_batch();
  void run_timed(Task& task);

  const Clock& clock_;
  const std::size_t mailbox_max_;
  int wake_fd_ = -1;

  // Any thread.
  std::mutex mutex_;
  std::deque<Task> mailbox_;  ///< guarded by mutex_
  std::atomic<std::size_t> depth_{0};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<std::int64_t> busy_longest_{0};

  // The loop's thread.
  std::deque<Task> batch_;
  std::map<TimerKey, Task> timers_;
  std::unordered_map<TimerId, policies::MonoTime> timer_due_;
  TimerId next_timer_ = 1;
  std::vector<Signal> signals_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_THREAD_LOOP_H_
