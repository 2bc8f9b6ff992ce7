// The bare server: a pipelined request loop on nats.c itself, with nothing of Roomkeeper's in it.
//
// One connection, one wildcard inbox subscription, a fixed number of requests in flight. Thread:
// the caller's, and nats.c's own.
#ifndef ROOMKEEPER_BENCH_RAW_LOOP_H_
#define ROOMKEEPER_BENCH_RAW_LOOP_H_

#include <cstdint>
#include <string>
#include <vector>

namespace roomkeeper::bench {

struct RawRequest {
  std::string subject;
  std::string data;
};

struct RawOutcome {
  double seconds = 0;       ///< from the first request to the last reply
  std::uint64_t bytes = 0;  ///< of all replies
  std::vector<std::string>
      replies{};  ///< only when they were asked for, in the order of their coming
};

enum class Replies { dropped, kept };

/// Throws std::runtime_error: no connection, no reply within 30 s, or a reply that says `"error"`.
RawOutcome run_raw(const std::string& url, const std::vector<RawRequest>& requests, int in_flight,
                   Replies replies = Replies::dropped, const std::string& user = "admin");

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_RAW_LOOP_H_
