// An EventLoop without a thread: a test runs its tasks and moves its clock, so that days pass in
// milliseconds.
//
// Simulated time that fires timers, not a frozen clock: advance() goes from timer to timer, and
// each timer's task sees exactly the time it was due at. Deterministic: tasks run in order of
// posting, timers in order of (due, creation). Thread: the test's; post() alone may be called from
// any thread (an HTTP endpoint's, say).
#ifndef ROOMKEEPER_TESTS_SUPPORT_MANUAL_LOOP_H_
#define ROOMKEEPER_TESTS_SUPPORT_MANUAL_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "policies/time.h"
#include "sidecar/event_loop.h"
#include "tests/support/manual_clock.h"

namespace roomkeeper::testing {

class ManualLoop final : public sidecar::EventLoop {
 public:
  /// Bound on the tasks that one call may run: 10,000 rooms and a few midnights need far fewer.
  static constexpr std::size_t default_tasks_per_call = 20'000'000;

  explicit ManualLoop(ManualClock& clock, std::size_t tasks_per_call = default_tasks_per_call);

  bool post(sidecar::Task task) override;
  sidecar::TimerId run_after(policies::Nanoseconds delay, sidecar::Task task) override;
  void cancel(sidecar::TimerId id) override;

  /// Runs what is posted and what is due, and what that posts, until nothing is left to do now.
  /// Time stands still. Returns the number of tasks run. Throws std::runtime_error, which fails the
  /// test, when the bound is exceeded.
  std::size_t run_until_idle();
  /// Lets `duration` pass: runs everything due on the way, each at its time, and ends exactly
  /// `duration` later.
  std::size_t advance(policies::Nanoseconds duration);
  /// As advance(), up to an instant of wall time; nothing when it is past.
  std::size_t advance_to(policies::WallTime until);
  /// Runs, moving from timer to timer, until `done()` holds (checked after each task) or `at_most`
  /// has passed. Returns done().
  bool run_until(const std::function<bool()>& done, policies::Nanoseconds at_most);

  /// From now on post() says false and drops the task, as an ended loop does; timers stay.
  void end() { ended_ = true; }
  /// Bound of the mailbox: with so many tasks waiting, post() says false. Default: unlimited.
  void set_mailbox_limit(std::size_t tasks) { mailbox_limit_ = tasks; }
  std::uint64_t rejected() const { return rejected_; }  ///< posts that were refused

  std::size_t pending_tasks() const;
  std::size_t pending_timers() const { return timers_.size(); }
  std::optional<policies::MonoTime> next_timer() const;  ///< when the earliest is due
  ManualClock& clock() { return clock_; }
  const ManualClock& clock() const { return clock_; }

 private:
  using Due = std::pair<policies::MonoTime, sidecar::TimerId>;

  bool run_one();  ///< one posted task, or one due timer; false: nothing to do now
  void count(std::size_t& ran) const;
  bool step(policies::MonoTime until);

  ManualClock& clock_;
  std::size_t tasks_per_call_;
  mutable std::mutex mutex_;  ///< guards tasks_ only
  std::deque<sidecar::Task> tasks_;
  std::map<Due, sidecar::Task> timers_;
  std::unordered_map<sidecar::TimerId, policies::MonoTime> due_;
  sidecar::TimerId last_timer_ = 0;
  std::size_t mailbox_limit_ = SIZE_MAX;
  std::uint64_t rejected_ = 0;
  bool ended_ = false;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_MANUAL_LOOP_H_
