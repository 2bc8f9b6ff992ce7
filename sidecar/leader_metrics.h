// The figures that only the replica that acts can tell. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_LEADER_METRICS_H_
#define ROOMKEEPER_SIDECAR_LEADER_METRICS_H_

#include "metrics/metrics.h"

namespace roomkeeper::sidecar {

/// Takes back what this replica said while it led: old figures beside the new leader's would be
/// taken for true. Counters stay.
void withdraw_leader_metrics(metrics::Metrics& metrics);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LEADER_METRICS_H_
