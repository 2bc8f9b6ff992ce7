// Time for benchmarks: what has passed, and waiting for something to become true.
#ifndef ROOMKEEPER_BENCH_STOPWATCH_H_
#define ROOMKEEPER_BENCH_STOPWATCH_H_

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace roomkeeper::bench {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Asks `holds` every `every` until it says true. Throws std::runtime_error when `longest` has
/// passed.
template <class Holds>
void await(const std::string& what, const Holds& holds, std::chrono::milliseconds longest,
           std::chrono::milliseconds every = std::chrono::milliseconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + longest;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      throw std::runtime_error(what + ": not within " + std::to_string(longest.count()) + " ms");
    }
    std::this_thread::sleep_for(every);
  }
}

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_STOPWATCH_H_
