// A ThreadLoop on a thread of its own, and ways for a test to wait for what happens there without
// sleeping.
//
//   LoopThread thread;
//   auto bus = thread.call([&] { return nats::connect(thread.loop(), thread.clock(), options); });
//   EXPECT_TRUE(thread.until([&] { return bus->state() == BusState::connected; }));
//   thread.call([&] { bus.reset(); });                     // what lives on the loop dies on the
//   loop
#ifndef ROOMKEEPER_TESTS_SUPPORT_LOOP_THREAD_H_
#define ROOMKEEPER_TESTS_SUPPORT_LOOP_THREAD_H_

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "sidecar/clock.h"
#include "sidecar/thread_loop.h"

namespace roomkeeper::testing {

/// Generous: it only ends a test that would hang.
inline constexpr std::chrono::seconds patience(20);

/// The value, or a test failure and nullopt when it did not come in time.
template <class T>
std::optional<T> await(std::future<T>& future, std::chrono::milliseconds timeout = patience) {
  if (future.wait_for(timeout) == std::future_status::ready) return future.get();
  ADD_FAILURE() << "nothing came within " << timeout.count() << " ms";
  return std::nullopt;
}

class LoopThread {
 public:
  LoopThread();
  ~LoopThread();  ///< ends the loop; waiting tasks are not run
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  sidecar::ThreadLoop& loop() { return loop_; }
  const sidecar::Clock& clock() const { return clock_; }

  /// Runs `work` on the loop and gives back what it returns. Not from the loop's thread.
  template <class Work>
  auto call(Work work) -> std::invoke_result_t<Work&> {
    std::packaged_task<std::invoke_result_t<Work&>()> task(std::move(work));
    auto result = task.get_future();
    run_on_loop([&task] { task(); });
    return result.get();
  }

  /// Runs `work` on the loop and waits for its end.
  void run_on_loop(const std::function<void()>& work);

  /// Waits until `holds` says true, asking it on the loop every few milliseconds. False, without a
  /// failure of its own, when `timeout` passed first.
  bool until(const std::function<bool()>& holds, std::chrono::milliseconds timeout = patience);

 private:
  sidecar::SystemClock clock_;
  sidecar::ThreadLoop loop_;
  std::thread thread_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_LOOP_THREAD_H_
