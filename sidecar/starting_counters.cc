#include "sidecar/starting_counters.h"

#include <string>

#include "policies/kick_plan.h"
#include "policies/reason.h"

namespace roomkeeper::sidecar {

using metrics::MetricId;

void start_counters(metrics::Metrics& metrics) {
  using policies::Reason;
  for (const Reason reason :
       {Reason::midnight, Reason::made_up, Reason::consent_given, Reason::manual}) {
    metrics.add(MetricId::purges_total, {std::string(to_string(reason))}, 0);
    metrics.add(MetricId::purged_messages_total, {std::string(to_string(reason))}, 0);
  }
  for (const Reason reason : {Reason::clock_skew, Reason::unsafe_cut, Reason::stream_recreated,
                              Reason::settings_changed, Reason::hold_copying, Reason::hold_behind,
                              Reason::server_refused, Reason::server_timeout}) {
    metrics.add(MetricId::purge_errors_total, {std::string(to_string(reason))}, 0);
  }
  metrics.add(MetricId::audit_dropped_total, {}, 0);
  metrics.add(MetricId::leader_changes_total, {}, 0);
  for (const Reason reason : {Reason::evict_oldest, Reason::reject_new}) {
    for (const auto kind :
         {policies::LimitKind::connections_per_user, policies::LimitKind::room_connections,
          policies::LimitKind::account_connections, policies::LimitKind::server_connections}) {
      metrics.add(MetricId::kicks_total,
                  {std::string(to_string(kind)), std::string(to_string(reason))}, 0);
    }
    metrics.add(MetricId::connections_rejected_total, {std::string(to_string(reason))}, 0);
  }
  const std::string banned(to_string(Reason::banned));
  metrics.add(MetricId::kicks_total, {"ban", banned}, 0);
  metrics.add(MetricId::connections_rejected_total, {banned}, 0);
}

}  // namespace roomkeeper::sidecar
