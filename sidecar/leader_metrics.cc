#include "sidecar/leader_metrics.h"

#include <array>

namespace roomkeeper::sidecar {

void withdraw_leader_metrics(metrics::Metrics& metrics) {
  using enum metrics::MetricId;
  static constexpr std::array of_leader{
      retention_overdue_seconds,
      rooms_overdue,
      next_purge_timestamp_seconds,
      deadline_closed_late_seconds,
      purge_jobs,
      holds,
      hold_lag_messages,
      holds_blocking_rooms,
      audit_waiting,
      moves,
      connections,
      limit_used,
      limit_max,
      limit_headroom,
      limit_over,
      limit_kept,
      kicks_delayed,
      servers_silent,
      wildcard_listeners,
      bans,
      room_top_connections,
  };
  for (const metrics::MetricId id : of_leader) {
    if (metrics::info(id).labels.empty()) {
      metrics.set(id, 0);
    } else {
      metrics.replace(id, {});
    }
  }
}

}  // namespace roomkeeper::sidecar
