// Counters that are there from the start, so that rate() sees the first event. Thread: any.
#ifndef ROOMKEEPER_SIDECAR_STARTING_COUNTERS_H_
#define ROOMKEEPER_SIDECAR_STARTING_COUNTERS_H_

#include "metrics/metrics.h"

namespace roomkeeper::sidecar {

void start_counters(metrics::Metrics& metrics);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_STARTING_COUNTERS_H_
