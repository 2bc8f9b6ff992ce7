// What every loop of the daemon is given: time, the control thread, log, metrics, and the
// configuration in force.
//
// Owned by the Daemon; outlives every loop. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_RUNTIME_H_
#define ROOMKEEPER_SIDECAR_RUNTIME_H_

#include <functional>
#include <memory>

#include "config/config.h"
#include "metrics/metrics.h"
#include "policies/retention.h"
#include "sidecar/clock.h"
#include "sidecar/event_loop.h"
#include "sidecar/log.h"

namespace roomkeeper::sidecar {

struct Runtime {
  EventLoop& loop;
  const Clock& clock;
  Log& log;
  metrics::Metrics& metrics;
  /// Replaced as a whole on reload; never null.
  std::shared_ptr<const config::Config> config;
  /// Zones by name: config::find_zone, or a test's.
  policies::ZoneLookup zones;
  /// Whether this replica leads, by the clock of this very moment: asked before everything that
  /// changes something, also after a stall.
  std::function<bool()> may_act = [] { return true; };

  const policies::Names& names() const { return config->names; }
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_RUNTIME_H_
