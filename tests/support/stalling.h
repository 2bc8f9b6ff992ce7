// One process of several that stops for a while, as by SIGSTOP: what comes due or comes in
// meanwhile is handed over when it goes on, all at once and in order.
//
// A loop and a bus around those of the test. Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SUPPORT_STALLING_H_
#define ROOMKEEPER_TESTS_SUPPORT_STALLING_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "sidecar/event_loop.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::testing {

class StallingLoop final : public sidecar::EventLoop {
 public:
  /// `base` must outlive it.
  explicit StallingLoop(sidecar::EventLoop& base);

  bool post(sidecar::Task task) override;
  sidecar::TimerId run_after(policies::Nanoseconds delay, sidecar::Task task) override;
  void cancel(sidecar::TimerId id) override;

  void stall() { state_->stalled = true; }
  void go_on();

 private:
  struct Held {
    sidecar::TimerId timer = 0;  ///< 0: none
    sidecar::Task task;
  };
  struct State {
    bool stalled = false;
    std::deque<Held> held;
    std::map<sidecar::TimerId, sidecar::TimerId> timers;  ///< ours -> of the base
    sidecar::TimerId last = 0;
  };
  sidecar::EventLoop& base_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Everything that comes in takes its way over the loop.
class StallingBus final : public sidecar::MessageBus {
 public:
  StallingBus(std::unique_ptr<sidecar::MessageBus> bus, StallingLoop& loop);

  sidecar::BusState state() const override { return bus_->state(); }
  sidecar::ServerInfo server() const override { return bus_->server(); }
  std::string last_error() const override { return bus_->last_error(); }
  std::uint64_t reconnects() const override { return bus_->reconnects(); }
  void on_state(StateHandler handler) override;
  policies::Result<> publish(const std::string& subject, std::string_view data,
                             const sidecar::Headers& headers) override {
    return bus_->publish(subject, data, headers);
  }
  policies::Result<sidecar::SubscriptionId> subscribe(const std::string& subject,
                                                      const std::string& queue,
                                                      Handler handler) override;
  void unsubscribe(sidecar::SubscriptionId id) override { bus_->unsubscribe(id); }
  void request(const std::string& subject, std::string_view data, const sidecar::Headers& headers,
               policies::Nanoseconds timeout, ReplyHandler done) override;
  void collect(const std::string& subject, std::string_view data, policies::Nanoseconds timeout,
               std::size_t max, CollectHandler done) override;
  void close(std::function<void()> done) override { bus_->close(std::move(done)); }

 private:
  std::unique_ptr<sidecar::MessageBus> bus_;
  StallingLoop& loop_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_STALLING_H_
