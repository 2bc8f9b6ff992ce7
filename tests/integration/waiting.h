// Waiting for what gives no event: another process's answer, looked at again and again.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_WAITING_H_
#define ROOMKEEPER_TESTS_INTEGRATION_WAITING_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace roomkeeper::testing {

/// Looks until `holds` says true; false when it did not within `timeout`. Between two looks the
/// thread waits, so that the others get the processor.
inline bool becomes_true(const std::function<bool()>& holds,
                         std::chrono::milliseconds timeout = std::chrono::seconds(20),
                         std::chrono::milliseconds between = std::chrono::milliseconds(20)) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  std::mutex mutex;
  std::condition_variable nothing;
  std::unique_lock lock(mutex);
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    nothing.wait_for(lock, between);
  }
  return true;
}

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_WAITING_H_
