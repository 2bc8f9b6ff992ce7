// What a process has used, as Linux says it (/proc).
#ifndef ROOMKEEPER_BENCH_PROCESS_USE_H_
#define ROOMKEEPER_BENCH_PROCESS_USE_H_

#include <cstdint>

#include <sys/types.h>

namespace roomkeeper::bench {

struct ProcessUse {
  double cpu_seconds = 0;           ///< all threads that still run, user and system
  std::uint64_t resident = 0;       ///< bytes
  std::uint64_t resident_peak = 0;  ///< bytes
};

/// Throws std::runtime_error when there is no such process.
ProcessUse process_use(pid_t pid);

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_PROCESS_USE_H_
