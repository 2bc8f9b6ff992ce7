// The daemon inside of the benchmark's own process, on real connections: for midnights in a zone
// that only the benchmark knows.
//
// Its loop runs on a thread of its own. Thread: one, the benchmark's; log() and metrics() from any.
#ifndef ROOMKEEPER_BENCH_LIVE_DAEMON_H_
#define ROOMKEEPER_BENCH_LIVE_DAEMON_H_

#include <memory>
#include <string>

#include "config/config.h"
#include "metrics/metrics.h"
#include "policies/retention.h"

namespace roomkeeper::bench {

class LiveDaemon {
 public:
  LiveDaemon(config::Config config, policies::ZoneLookup zones);
  ~LiveDaemon();  ///< stops it as a signal would, for up to 10 s
  LiveDaemon(const LiveDaemon&) = delete;
  LiveDaemon& operator=(const LiveDaemon&) = delete;

  const metrics::Metrics& metrics() const;
  bool ready() const;
  std::string log() const;  ///< so far, without a line for each room

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_LIVE_DAEMON_H_
