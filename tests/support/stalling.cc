#include "tests/support/stalling.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::testing {

StallingLoop::StallingLoop(sidecar::EventLoop& base) : base_(base) {}

bool StallingLoop::post(sidecar::Task task) {
  if (!state_->stalled) return base_.post(std::move(task));
  state_->held.push_back({.task = std::move(task)});
  return true;
}

sidecar::TimerId StallingLoop::run_after(policies::Nanoseconds delay, sidecar::Task task) {
  const sidecar::TimerId id = ++state_->last;
  const auto due = [weak = std::weak_ptr(state_), id, task = std::move(task)]() mutable {
    const auto state = weak.lock();
    if (!state || state->timers.erase(id) == 0) return;
    if (!state->stalled) return task();
    state->held.push_back({.timer = id, .task = std::move(task)});
  };
  state_->timers[id] = base_.run_after(delay, due);
  return id;
}

void StallingLoop::cancel(sidecar::TimerId id) {
  const auto found = state_->timers.find(id);
  if (found != state_->timers.end()) {
    base_.cancel(found->second);
    state_->timers.erase(found);
  }
  std::erase_if(state_->held, [id](const Held& held) { return id != 0 && held.timer == id; });
}

void StallingLoop::go_on() {
  state_->stalled = false;
  // One by one: what runs first may cancel what comes later.
  while (!state_->held.empty()) {
    sidecar::Task task = std::move(state_->held.front().task);
    state_->held.pop_front();
    task();
  }
}

StallingBus::StallingBus(std::unique_ptr<sidecar::MessageBus> bus, StallingLoop& loop)
    : bus_(std::move(bus)), loop_(loop) {}

void StallingBus::on_state(StateHandler handler) {
  bus_->on_state([this, handler = std::move(handler)](sidecar::BusState now) {
    loop_.post([handler, now] { handler(now); });
  });
}

policies::Result<sidecar::SubscriptionId> StallingBus::subscribe(const std::string& subject,
                                                                 const std::string& queue,
                                                                 Handler handler) {
  return bus_->subscribe(subject, queue,
                         [this, handler = std::move(handler)](const sidecar::Message& message) {
                           loop_.post([handler, message] { handler(message); });
                         });
}

void StallingBus::request(const std::string& subject, std::string_view data,
                          const sidecar::Headers& headers, policies::Nanoseconds timeout,
                          ReplyHandler done) {
  bus_->request(subject, data, headers, timeout,
                [this, done = std::move(done)](policies::Result<sidecar::Message> reply) {
                  loop_.post([done, reply = std::move(reply)] { done(reply); });
                });
}

void StallingBus::collect(const std::string& subject, std::string_view data,
                          policies::Nanoseconds timeout, std::size_t max, CollectHandler done) {
  bus_->collect(subject, data, timeout, max,
                [this, done = std::move(done)](std::vector<sidecar::Message> messages) {
                  loop_.post([done, messages = std::move(messages)] { done(messages); });
                });
}

}  // namespace roomkeeper::testing
