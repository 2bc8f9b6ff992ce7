// Reading a YAML file of 100,000 pooled rooms, listed one by one: time, and memory with the
// allocator set as the daemon sets it.
#include "config/load.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <vector>

#include <malloc.h>
#include <unistd.h>

#include "bench/daemon_process.h"
#include "bench/figures.h"
#include "bench/pool_house.h"
#include "bench/rooms.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr int rounds = 5;
constexpr double time_max = 3;
constexpr std::uint64_t kept_max = 40'000'000;

/// As sidecar/main.cc does.
void keep_memory_small() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 64 * 1024);
  mallopt(M_TRIM_THRESHOLD, 512 * 1024);
#endif
}

/// The peak that the kernel tells begins anew.
void forget_peak() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5";
  if (!file.flush()) throw std::runtime_error("/proc/self/clear_refs cannot be written");
}

struct Round {
  double seconds = 0;
  std::uint64_t kept = 0;  ///< bytes of the process that were not there before
  std::uint64_t peak = 0;  ///< likewise, at most while it was read
};

Round run_round(const House& house) {
  malloc_trim(0);
  forget_peak();
  const std::uint64_t before = process_use(::getpid()).resident;
  const Stopwatch watch;
  const auto loaded = config::load(house.path(), {});
  Round round{.seconds = watch.seconds()};
  if (!loaded || loaded->rooms.rooms.size() != pool_rooms)
    throw std::runtime_error("it is not loaded");
  const ProcessUse after = process_use(::getpid());
  round.kept = after.resident > before ? after.resident - before : 0;
  round.peak = after.resident_peak > before ? after.resident_peak - before : 0;
  return round;
}

}  // namespace

Figures measure_load() {
  keep_memory_small();
  const House house({.url = "nats://127.0.0.1:4222", .pooled = pool_rooms});
  std::vector<double> took;
  std::uint64_t kept = 0;
  std::uint64_t peak = 0;
  for (int i = 0; i < rounds; ++i) {
    const Round round = run_round(house);
    took.push_back(round.seconds);
    kept = std::max(kept, round.kept);
    peak = std::max(peak, round.peak);
    std::printf("  round %d: %s, %s kept, %s at most\n", i + 1, time_text(round.seconds).c_str(),
                megabytes(round.kept).c_str(), megabytes(round.peak).c_str());
  }
  return {{.name = "a file with 100,000 pooled rooms, read",
           .measured = time_text(median(took)),
           .target = "<= 3 s",
           .met = median(took) <= time_max},
          {.name = "a file with 100,000 pooled rooms, memory",
           .measured = megabytes(kept) + " (" + megabytes(peak) + " while it is read)",
           .target = "<= 40 MB",
           .met = kept <= kept_max}};
}

}  // namespace roomkeeper::bench
