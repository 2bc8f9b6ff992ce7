// A daemon that keeps a limit on the connections of its account, beside very many clients.
#ifndef ROOMKEEPER_BENCH_CONNECTIONS_H_
#define ROOMKEEPER_BENCH_CONNECTIONS_H_

#include <chrono>
#include <cstddef>
#include <string>

#include "bench/figure.h"
#include "bench/process_use.h"
#include "bench/stopwatch.h"
#include "tests/support/raw_clients.h"

namespace roomkeeper::bench {

using testing::RawClients;

/// Throws std::runtime_error when it takes longer.
void await_connected(const RawClients& crowd, std::size_t clients,
                     std::chrono::milliseconds longest);

/// "1.23 %", of a core.
std::string share_text(double share);

/// What a process uses from now on.
class UseSince {
 public:
  explicit UseSince(pid_t pid) : pid_(pid), before_(process_use(pid)) {}
  double cpu_seconds() const { return process_use(pid_).cpu_seconds - before_.cpu_seconds; }
  double share() const { return cpu_seconds() / watch_.seconds(); }

 private:
  pid_t pid_;
  ProcessUse before_;
  Stopwatch watch_;
};

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_CONNECTIONS_H_
