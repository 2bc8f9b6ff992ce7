// The metric catalogue: one table that makes /metrics and docs/metrics.md.
//
// Rules: prefix `roomkeeper_`; base units; no label whose number of values grows with rooms or
// users, except on /metrics/rooms and for the top-K families. Thread: any; constant.
#ifndef ROOMKEEPER_METRICS_NAMES_H_
#define ROOMKEEPER_METRICS_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace roomkeeper::metrics {

enum class MetricId : std::uint8_t {
  // Roomkeeper itself.
  build_info,                                    // gauge {version,revision,compiler}
  up,                                            // gauge
  leader,                                        // gauge
  leader_changes_total,                          // counter: this replica began to lead
  replicas,                                      // gauge: heard of lately, this one included
  http_refused_total,                            // counter {reason}: login, busy, too_large, ...
  config_last_reload_successful,                 // gauge
  config_last_reload_success_timestamp_seconds,  // gauge
  config_reload_failures_total,                  // counter
  collector_success,           // gauge {collector}: inventory, retention, connections, servers
  collector_duration_seconds,  // gauge {collector}
  inventory_last_success_timestamp_seconds,  // gauge
  inventory_interval_seconds,                // gauge
  inventory_missing_rooms,                   // gauge
  mailbox_rejected_total,                    // counter
  request_queue_waiting,                     // gauge
  request_queue_in_flight,                   // gauge
  request_queue_rejected_total,              // counter
  jetstream_api_pauses_total,                // counter
  nats_rtt_seconds,                          // gauge
  nats_reconnects_total,                     // counter
  jetstream_api_requests_total,              // counter {operation}
  jetstream_api_errors_total,                // counter {operation,err_code}
  jetstream_api_request_duration_seconds,    // histogram {operation}
  admin_requests_total,                      // counter {verb}
  admin_request_errors_total,                // counter {verb,code}
  untrusted_requests_total,  // counter: reply subject outside the inbox prefixes; dropped
  clock_skew_seconds,        // gauge: server's clock minus ours
  // Servers (system account).
  server_jetstream_api_errors_total,  // counter {server_name}
  server_connections,                 // gauge {server_name}
  server_connections_limit,           // gauge {server_name}
  server_slow_consumers_total,        // counter {server_name}
  server_stale_connections_total,     // counter {server_name}
  jetstream_ha_assets,                // gauge {server_name}
  jetstream_meta_pending_requests,    // gauge {server_name}
  account_storage_used_bytes,         // gauge {storage}
  account_storage_limit_bytes,        // gauge {storage}
  // Rooms.
  rooms,                          // gauge {template,state}
  rooms_provisioned_total,        // counter
  room_provision_errors_total,    // counter {reason}
  rooms_drifted,                  // gauge {field}
  policy_corrections_total,       // counter {field}
  rooms_near_limit,               // gauge {limit}: messages, bytes, consumers, connections
  removals_blocked,               // gauge: rooms whose removal waits for a person
  pool_rooms,                     // gauge {template}: rooms in the roster of a pool
  pool_stray_rooms,               // gauge {template}: rooms in a pool that nothing ever defined
  pool_looked_timestamp_seconds,  // gauge {template}: when a pool's rooms were counted last
  moves,                          // gauge {state}: copying, draining, failed
  moved_messages_total,           // counter
  capacity_used,                  // gauge {resource}: streams, storage, memory, ha_assets, ...
  capacity_limit,                 // gauge {resource}
  capacity_wanted,                // gauge {resource}: with all that is planned
  messages,                       // gauge {template}
  stored_bytes,                   // gauge {template}
  // Retention.
  retention_overdue_seconds,     // gauge {template}: age past its deadline of the oldest overdue
                                 // message
  rooms_overdue,                 // gauge {template}
  next_purge_timestamp_seconds,  // gauge {timezone}
  deadline_closed_late_seconds,  // gauge {timezone}: how late the last deadline was closed
  purges_total,                  // counter {reason}
  purge_errors_total,            // counter {reason}
  purged_messages_total,         // counter {reason}
  purge_duration_seconds,        // histogram: a whole pass
  purge_last_success_timestamp_seconds,  // gauge
  purge_jobs,                            // gauge {state}: queued, running, waiting
  purge_job_rooms_total,                 // counter {outcome}: done, skipped, failed
  holds,                                 // gauge {state}: copying, held, lagging, orphaned, broken
  hold_lag_messages,     // gauge: messages that the most backward copy does not have yet
  holds_blocking_rooms,  // gauge: rooms whose purge waits for a copy
  // Audit.
  audit_records_total,  // counter {kind}
  audit_dropped_total,  // counter: records lost because the queue was full
  audit_waiting,        // gauge: records not stored yet
  // Connections.
  connections,                 // gauge {kind}: counted, exempt, no_identity, shared
  connections_rejected_total,  // counter {reason}
  limit_used,                  // gauge {limit}: of the one nearest to its maximum
  limit_max,                   // gauge {limit}: of the same one
  limit_headroom,              // gauge {limit}: of the same one; absent where nothing is limited
  limit_over,                  // gauge {limit}: users, rooms or servers over it
  limit_kept,                  // gauge {limit}: connections above a lowered limit, let be
  kicks_total,                 // counter {limit,reason}
  kick_errors_total,           // counter
  kicks_delayed,               // gauge
  connect_to_kick_seconds,     // histogram {limit}
  servers_silent_total,        // counter: passes in which a server did not answer
  servers_silent,              // gauge: servers that did not answer in the last pass
  wildcard_listeners,          // gauge: connections that hear several rooms
  bans,                        // gauge: users banned now
  connection_events_total,     // counter {kind}: connect, disconnect
  connection_looks_total,      // counter {reason}: why the servers were asked
  // Top-K rooms (sticky, K = 20).
  room_top_messages,      // gauge {room}
  room_top_stored_bytes,  // gauge {room}
  room_top_connections,   // gauge {room}
  // Of /metrics/rooms: what that page shows and what it left out. Only on that page.
  detail_rooms_exported,    // gauge
  detail_rooms_suppressed,  // gauge {reason}: limit, filter
  // The facade's own.
  series_rejected_total,  // counter {metric}: label sets above a family's cap
};
inline constexpr std::size_t metric_count =
    static_cast<std::size_t>(MetricId::series_rejected_total) + 1;

enum class Kind : std::uint8_t { gauge, counter, histogram };
std::string_view to_string(Kind kind);

/// Where a family is served.
enum class Page : std::uint8_t { metrics, rooms };

/// How series become one when a family is at its cap, and when replace() names one label set twice.
enum class Merge : std::uint8_t {
  none,  ///< never: a label set above the cap is dropped and counted
  sum,
  max,
  min,
};

/// What becomes `other` when a family is at its cap.
struct Folding {
  std::size_t label = 0;       ///< index of the label whose value becomes `other`
  std::size_t values_max = 0;  ///< values of that label at most, `other` not counted
  std::size_t reserve = 0;     ///< series that only label sets with `other` may use
};

struct MetricInfo {
  MetricId id{};
  std::string_view name;  ///< with prefix
  Kind kind{};
  std::span<const std::string_view> labels;
  std::string_view
      help;  ///< one line, no backslash, no newline (prometheus-cpp does not escape HELP)
  std::size_t series_max = 1;  ///< label sets at most, those with `other` included
  Folding folding;
  Merge merge = Merge::none;
  std::span<const double> buckets;  ///< histograms: upper bounds, without +Inf
  Page page = Page::metrics;
};

/// In the order of MetricId.
std::span<const MetricInfo> catalogue();
const MetricInfo& info(MetricId id);

/// Families that have no MetricId because nobody writes them: they are computed when a page is
/// read.
struct ComputedInfo {
  std::string_view name;
  Kind kind{};
  std::span<const std::string_view> labels;
  std::string_view help;
  Page page{};
};

/// process_* on /metrics; room_* on /metrics/rooms. Constant order: see ComputedId.
enum class ComputedId : std::uint8_t {
  process_cpu_seconds_total,
  process_resident_memory_bytes,
  process_open_fds,
  process_max_fds,
  process_start_time_seconds,
  room_info,
  room_messages,
  room_stored_bytes,
  room_consumers,
  room_connections,
  room_connections_limit,
  room_first_message_timestamp_seconds,
  room_last_message_timestamp_seconds,
  room_max_age_seconds,
};
inline constexpr std::size_t computed_count =
    static_cast<std::size_t>(ComputedId::room_max_age_seconds) + 1;
std::span<const ComputedInfo> computed_catalogue();
const ComputedInfo& info(ComputedId id);

/// The label value that takes what is above a cap.
inline constexpr std::string_view other_value = "other";

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_NAMES_H_
