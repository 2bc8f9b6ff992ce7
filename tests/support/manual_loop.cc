#include "tests/support/manual_loop.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace roomkeeper::testing {

using policies::MonoTime;
using policies::Nanoseconds;

ManualLoop::ManualLoop(ManualClock& clock, std::size_t tasks_per_call)
    : clock_(clock), tasks_per_call_(tasks_per_call) {}

bool ManualLoop::post(sidecar::Task task) {
  const std::lock_guard lock(mutex_);
  if (ended_ || tasks_.size() >= mailbox_limit_) {
    ++rejected_;
    return false;
  }
  tasks_.push_back(std::move(task));
  return true;
}

sidecar::TimerId ManualLoop::run_after(Nanoseconds delay, sidecar::Task task) {
  const MonoTime due = clock_.mono() + std::max(delay, Nanoseconds::zero());
  const sidecar::TimerId id = ++last_timer_;
  timers_.emplace(Due{due, id}, std::move(task));
  due_.emplace(id, due);
  return id;
}

void ManualLoop::cancel(sidecar::TimerId id) {
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  timers_.erase(Due{found->second, id});
  due_.erase(found);
}

bool ManualLoop::run_one() {
  sidecar::Task task;
  {
    const std::lock_guard lock(mutex_);
    if (!tasks_.empty()) {
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
  }
  if (!task) {
    const auto first = timers_.begin();
    if (first == timers_.end() || first->first.first > clock_.mono()) return false;
    task = std::move(first->second);
    due_.erase(first->first.second);
    timers_.erase(first);
  }
  task();
  return true;
}

void ManualLoop::count(std::size_t& ran) const {
  if (++ran <= tasks_per_call_) return;
  throw std::runtime_error("ManualLoop: more than " + std::to_string(tasks_per_call_) +
                           " tasks in one call; the program under test is running in circles (" +
                           std::to_string(pending_tasks()) + " tasks and " +
                           std::to_string(timers_.size()) + " timers are waiting)");
}

std::size_t ManualLoop::run_until_idle() {
  std::size_t ran = 0;
  while (run_one()) count(ran);
  return ran;
}

bool ManualLoop::step(MonoTime until) {
  const auto next = next_timer();
  if (!next || *next > until) {
    clock_.advance(until - clock_.mono());
    return false;
  }
  clock_.advance(*next - clock_.mono());
  return true;
}

std::size_t ManualLoop::advance(Nanoseconds duration) {
  const MonoTime until = clock_.mono() + std::max(duration, Nanoseconds::zero());
  std::size_t ran = 0;
  do {
    while (run_one()) count(ran);
  } while (step(until));
  while (run_one()) count(ran);
  return ran;
}

std::size_t ManualLoop::advance_to(policies::WallTime until) {
  return advance(until - clock_.wall());
}

bool ManualLoop::run_until(const std::function<bool()>& done, Nanoseconds at_most) {
  const MonoTime until = clock_.mono() + std::max(at_most, Nanoseconds::zero());
  std::size_t ran = 0;
  do {
    if (done()) return true;
    while (run_one()) {
      count(ran);
      if (done()) return true;
    }
  } while (step(until));
  return done();
}

std::size_t ManualLoop::pending_tasks() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

std::optional<MonoTime> ManualLoop::next_timer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

}  // namespace roomkeeper::testing
