#include "tests/support/loop_thread.h"

#include <memory>
#include <stdexcept>

namespace roomkeeper::testing {

namespace {

constexpr std::chrono::milliseconds look_interval(5);

/// One wait of until(): lives until its last timer has run.
struct Watch : std::enable_shared_from_this<Watch> {
  sidecar::ThreadLoop* loop = nullptr;
  std::function<bool()> holds;
  policies::MonoTime deadline{};
  const sidecar::Clock* clock = nullptr;
  std::promise<bool> result;

  void look() {
    const bool held = holds();
    if (held || clock->mono() >= deadline) {
      result.set_value(held);
      return;
    }
    loop->run_after(look_interval, [self = shared_from_this()] { self->look(); });
  }
};

}  // namespace

LoopThread::LoopThread() : loop_(clock_), thread_([this] { loop_.run(); }) {}

LoopThread::~LoopThread() {
  loop_.stop();
  thread_.join();
}

void LoopThread::run_on_loop(const std::function<void()>& work) {
  std::promise<void> done;
  auto finished = done.get_future();
  const bool posted = loop_.post([&] {
    work();
    done.set_value();
  });
  if (!posted) throw std::runtime_error("the loop has ended or its mailbox is full");
  finished.get();
}

bool LoopThread::until(const std::function<bool()>& holds, std::chrono::milliseconds timeout) {
  auto watch = std::make_shared<Watch>();
  watch->loop = &loop_;
  watch->holds = holds;
  watch->clock = &clock_;
  watch->deadline = clock_.mono() + timeout;
  auto result = watch->result.get_future();
  if (!loop_.post([watch] { watch->look(); })) return false;
  return result.get();
}

}  // namespace roomkeeper::testing
