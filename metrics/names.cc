#include "metrics/names.h"

#include <array>

namespace roomkeeper::metrics {
namespace {

/// The labels of a family with the bounds that follow from them.
struct Labels {
  std::span<const std::string_view> names;
  std::size_t series_max = 1;
  Folding folding;
};

constexpr std::array<std::string_view, 1> collector{"collector"}, operation{"operation"},
    verb{"verb"}, server_name{"server_name"}, storage{"storage"}, template_name{"template"},
    reason{"reason"}, field{"field"}, limit{"limit"}, timezone{"timezone"}, kind{"kind"},
    room{"room"}, metric{"metric"}, state{"state"}, outcome{"outcome"}, resource{"resource"};
constexpr std::array<std::string_view, 2> operation_err_code{"operation", "err_code"},
    verb_code{"verb", "code"}, template_state{"template", "state"}, limit_reason{"limit", "reason"};
constexpr std::array<std::string_view, 3> build{"version", "revision", "compiler"};

/// One label with at most `values` values, and `other`.
constexpr Labels up_to(std::span<const std::string_view> names, std::size_t values) {
  return Labels{names, values + 1, Folding{0, values, 1}};
}

constexpr Labels plain{};
constexpr Labels by_build{build, 1, Folding{0, 1, 0}};
constexpr Labels by_collector = up_to(collector, 8);
constexpr Labels by_operation = up_to(operation, 16);
constexpr Labels by_operation_err_code{operation_err_code, 64, Folding{1, 40, 17}};
constexpr Labels by_verb = up_to(verb, 40);
constexpr Labels by_verb_code{verb_code, 64, Folding{1, 20, 25}};
constexpr Labels by_server = up_to(server_name, 24);
constexpr Labels by_storage = up_to(storage, 3);
constexpr Labels by_template = up_to(template_name, 32);
constexpr Labels by_pool = up_to(template_name, 16);
// 32 templates in four of the eight states of a room each, and `other` in all of them.
constexpr Labels by_template_state{template_state, 136, Folding{0, 32, 8}};
constexpr Labels by_reason = up_to(reason, 15);
constexpr Labels by_field = up_to(field, 19);
constexpr Labels by_limit = up_to(limit, 5);
constexpr Labels by_limit_reason{limit_reason, 16, Folding{1, 8, 5}};
constexpr Labels by_few_reasons = up_to(reason, 7);
constexpr Labels by_timezone = up_to(timezone, 32);
constexpr Labels by_kind = up_to(kind, 7);
constexpr Labels by_state = up_to(state, 7);
constexpr Labels by_refusal = up_to(reason, 5);
constexpr Labels by_move_state = up_to(state, 9);
constexpr Labels by_resource = up_to(resource, 7);
constexpr Labels by_outcome = up_to(outcome, 3);
constexpr Labels by_audit_kind = up_to(kind, 23);
constexpr Labels by_metric = up_to(metric, 47);
// K = 20 and as many that left the top less than ten minutes ago (top_rooms.h).
constexpr Labels by_room{room, 40, Folding{0, 40, 0}};

// A request to JetStream: a fast answer is 1 ms, the deadline is 5 s. A pass over all rooms: up to
// minutes.
constexpr std::array<double, 7> request_buckets{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10};
constexpr std::array<double, 8> pass_buckets{0.01, 0.05, 0.25, 1, 5, 15, 60, 120};
// The target is a second; behind a growing interval it takes up to a minute.
constexpr std::array<double, 7> kick_buckets{0.25, 0.5, 1, 2, 5, 15, 60};

constexpr MetricInfo gauge(MetricId id, std::string_view name, std::string_view help,
                           const Labels& labels = plain, Merge merge = Merge::sum,
                           Page page = Page::metrics) {
  return MetricInfo{id,    name, Kind::gauge, labels.names, help, labels.series_max, labels.folding,
                    merge, {},   page};
}
constexpr MetricInfo counter(MetricId id, std::string_view name, std::string_view help,
                             const Labels& labels = plain) {
  return MetricInfo{
      id,         name, Kind::counter, labels.names, help, labels.series_max, labels.folding,
      Merge::sum, {},   Page::metrics};
}
constexpr MetricInfo histogram(MetricId id, std::string_view name, std::string_view help,
                               const Labels& labels, std::span<const double> buckets) {
  return MetricInfo{
      id,         name,    Kind::histogram, labels.names, help, labels.series_max, labels.folding,
      Merge::sum, buckets, Page::metrics};
}

using enum MetricId;

constexpr std::array<MetricInfo, metric_count> table{{
    gauge(build_info, "roomkeeper_build_info", "Always 1; the labels say what runs.", by_build,
          Merge::none),
    gauge(up, "roomkeeper_up", "1 while connected to NATS, 0 otherwise."),
    gauge(leader, "roomkeeper_leader", "1 if this replica is the one that acts."),
    counter(leader_changes_total, "roomkeeper_leader_changes_total",
            "Times that this replica began to lead."),
    gauge(replicas, "roomkeeper_replicas", "Replicas heard of lately, this one included."),
    counter(http_refused_total, "roomkeeper_http_refused_total",
            "Requests to the HTTP endpoint that were refused.", by_refusal),
    gauge(config_last_reload_successful, "roomkeeper_config_last_reload_successful",
          "1 if the last read of the configuration succeeded; at 0 the last good one is in force."),
    gauge(config_last_reload_success_timestamp_seconds,
          "roomkeeper_config_last_reload_success_timestamp_seconds",
          "When the configuration in force was read, Unix time."),
    counter(config_reload_failures_total, "roomkeeper_config_reload_failures_total",
            "Configurations that were refused while running."),
    gauge(collector_success, "roomkeeper_collector_success",
          "1 if the last run of the collector succeeded (inventory, retention, connections, "
          "servers).",
          by_collector, Merge::min),
    gauge(collector_duration_seconds, "roomkeeper_collector_duration_seconds",
          "How long the collector's last run took.", by_collector, Merge::max),
    gauge(inventory_last_success_timestamp_seconds,
          "roomkeeper_inventory_last_success_timestamp_seconds",
          "When the rooms were last listed completely, Unix time."),
    gauge(inventory_interval_seconds, "roomkeeper_inventory_interval_seconds",
          "Configured time between two passes over the rooms."),
    gauge(inventory_missing_rooms, "roomkeeper_inventory_missing_rooms",
          "Streams that the server could not show in the last listing."),
    counter(mailbox_rejected_total, "roomkeeper_mailbox_rejected_total",
            "Messages turned away because the control loop's mailbox was full."),
    gauge(request_queue_waiting, "roomkeeper_request_queue_waiting",
          "Requests to the server that wait for their turn."),
    gauge(request_queue_in_flight, "roomkeeper_request_queue_in_flight",
          "Requests to the server without an answer yet."),
    counter(request_queue_rejected_total, "roomkeeper_request_queue_rejected_total",
            "Requests given up because the queue was full."),
    counter(jetstream_api_pauses_total, "roomkeeper_jetstream_api_pauses_total",
            "Pauses because the server said that it had dropped its queue of API requests."),
    gauge(nats_rtt_seconds, "roomkeeper_nats_rtt_seconds",
          "Round trip to the NATS server, last measured."),
    counter(nats_reconnects_total, "roomkeeper_nats_reconnects_total",
            "Connections to NATS made after the first."),
    counter(jetstream_api_requests_total, "roomkeeper_jetstream_api_requests_total",
            "Requests sent to the JetStream API.", by_operation),
    counter(jetstream_api_errors_total, "roomkeeper_jetstream_api_errors_total",
            "Requests to the JetStream API that were answered with an error or not at all.",
            by_operation_err_code),
    histogram(
        jetstream_api_request_duration_seconds, "roomkeeper_jetstream_api_request_duration_seconds",
        "Time from sending a JetStream API request to its answer.", by_operation, request_buckets),
    counter(admin_requests_total, "roomkeeper_admin_requests_total", "Requests to the admin API.",
            by_verb),
    counter(admin_request_errors_total, "roomkeeper_admin_request_errors_total",
            "Requests to the admin API that were answered with an error.", by_verb_code),
    counter(untrusted_requests_total, "roomkeeper_untrusted_requests_total",
            "Requests dropped because their reply subject lies outside the inbox prefixes."),
    gauge(clock_skew_seconds, "roomkeeper_clock_skew_seconds",
          "The NATS server's clock minus ours."),
    counter(server_jetstream_api_errors_total, "roomkeeper_server_jetstream_api_errors_total",
            "JetStream API errors as the server counts them, of all its clients.", by_server),
    gauge(server_connections, "roomkeeper_server_connections", "Client connections of the server.",
          by_server),
    gauge(server_connections_limit, "roomkeeper_server_connections_limit",
          "Client connections that the server accepts.", by_server),
    counter(server_slow_consumers_total, "roomkeeper_server_slow_consumers_total",
            "Clients that the server disconnected for reading too slowly.", by_server),
    counter(server_stale_connections_total, "roomkeeper_server_stale_connections_total",
            "Connections that the server closed because pings went unanswered (nats-server 2.12 "
            "and newer).",
            by_server),
    gauge(jetstream_ha_assets, "roomkeeper_jetstream_ha_assets", "Raft groups on the server.",
          by_server),
    gauge(jetstream_meta_pending_requests, "roomkeeper_jetstream_meta_pending_requests",
          "JetStream API requests that wait in the server.", by_server),
    gauge(account_storage_used_bytes, "roomkeeper_account_storage_used_bytes",
          "JetStream storage used by the account (file, memory).", by_storage),
    gauge(account_storage_limit_bytes, "roomkeeper_account_storage_limit_bytes",
          "JetStream storage the account may use; -1 is unlimited.", by_storage),
    gauge(rooms, "roomkeeper_rooms", "Rooms by template and state.", by_template_state),
    counter(rooms_provisioned_total, "roomkeeper_rooms_provisioned_total",
            "Streams of rooms that were asked to be created or updated."),
    counter(room_provision_errors_total, "roomkeeper_room_provision_errors_total",
            "Creations and updates that failed, by reason.", by_reason),
    gauge(rooms_drifted, "roomkeeper_rooms_drifted",
          "Rooms whose stream differs from the configuration, by field.", by_field),
    counter(policy_corrections_total, "roomkeeper_policy_corrections_total",
            "Fields brought back to what the configuration says.", by_field),
    gauge(rooms_near_limit, "roomkeeper_rooms_near_limit",
          "Rooms at 90 % or more of a limit (messages, bytes, consumers, connections).", by_limit),
    gauge(removals_blocked, "roomkeeper_removals_blocked",
          "Rooms whose removal waits for a person."),
    gauge(pool_rooms, "roomkeeper_pool_rooms", "Rooms that live in a pool, by its template.",
          by_pool),
    gauge(pool_stray_rooms, "roomkeeper_pool_stray_rooms",
          "Rooms that have messages in a pool and that nothing ever defined.", by_pool),
    gauge(pool_looked_timestamp_seconds, "roomkeeper_pool_looked_timestamp_seconds",
          "When the rooms of a pool were counted last.", by_pool, Merge::min),
    gauge(moves, "roomkeeper_moves", "Moves of rooms that have not ended, by state.",
          by_move_state),
    counter(moved_messages_total, "roomkeeper_moved_messages_total",
            "Messages copied to a room's new place."),
    gauge(capacity_used, "roomkeeper_capacity_used",
          "What is used of a limit of the account or of the servers, by resource.", by_resource),
    gauge(capacity_limit, "roomkeeper_capacity_limit",
          "The limit itself; absent where there is none.", by_resource),
    gauge(capacity_wanted, "roomkeeper_capacity_wanted",
          "What would be used with all rooms made that are wanted.", by_resource),
    gauge(messages, "roomkeeper_messages", "Stored messages.", by_template),
    gauge(stored_bytes, "roomkeeper_stored_bytes", "Bytes of stored messages.", by_template),
    gauge(retention_overdue_seconds, "roomkeeper_retention_overdue_seconds",
          "How long the oldest overdue message has been past its deadline; 0 when none is.",
          by_template, Merge::max),
    gauge(rooms_overdue, "roomkeeper_rooms_overdue", "Rooms that hold a message past its deadline.",
          by_template),
    gauge(next_purge_timestamp_seconds, "roomkeeper_next_purge_timestamp_seconds",
          "The next deadline of the time zone, Unix time.", by_timezone, Merge::min),
    gauge(deadline_closed_late_seconds, "roomkeeper_deadline_closed_late_seconds",
          "How long after the time zone's last deadline nothing overdue was left.", by_timezone,
          Merge::max),
    counter(purges_total, "roomkeeper_purges_total", "Purges of rooms, by reason.", by_reason),
    counter(purge_errors_total, "roomkeeper_purge_errors_total", "Purges that failed, by reason.",
            by_reason),
    counter(purged_messages_total, "roomkeeper_purged_messages_total",
            "Messages removed by purges, as the server counted them, by reason.", by_reason),
    histogram(purge_duration_seconds, "roomkeeper_purge_duration_seconds",
              "Time a whole retention pass took, over all rooms.", plain, pass_buckets),
    gauge(purge_last_success_timestamp_seconds, "roomkeeper_purge_last_success_timestamp_seconds",
          "When a retention pass last ended without an error, Unix time."),
    gauge(purge_jobs, "roomkeeper_purge_jobs",
          "Purge jobs that have not ended, by state (queued, running, waiting).", by_state),
    counter(purge_job_rooms_total, "roomkeeper_purge_job_rooms_total",
            "Rooms that purge jobs have worked on, by outcome (done, skipped, failed).",
            by_outcome),
    gauge(holds, "roomkeeper_holds", "Holds by state (copying, held, lagging, orphaned, broken).",
          by_state),
    gauge(hold_lag_messages, "roomkeeper_hold_lag_messages",
          "Messages that the most backward copy of a hold does not have yet."),
    gauge(holds_blocking_rooms, "roomkeeper_holds_blocking_rooms",
          "Rooms whose purge or removal waits for the copy of a hold."),
    counter(audit_records_total, "roomkeeper_audit_records_total",
            "Entries written into the audit stream, by kind.", by_audit_kind),
    counter(audit_dropped_total, "roomkeeper_audit_dropped_total",
            "Entries for the audit stream that were lost because too many were waiting."),
    gauge(audit_waiting, "roomkeeper_audit_waiting",
          "Entries for the audit stream that are not stored yet."),
    gauge(connections, "roomkeeper_connections",
          "Connections seen in the last round, by kind (counted, exempt, no_identity, shared).",
          by_kind),
    counter(connections_rejected_total, "roomkeeper_connections_rejected_total",
            "Connections closed or refused by a limit, by reason.", by_few_reasons),
    gauge(
        limit_used, "roomkeeper_limit_used",
        "Connections that count towards the limit, of the user, room or server that is nearest to "
        "its maximum.",
        by_limit, Merge::max),
    gauge(limit_max, "roomkeeper_limit_max", "The maximum of the same one; -1 is unlimited.",
          by_limit, Merge::max),
    gauge(limit_headroom, "roomkeeper_limit_headroom",
          "Places left to the same one for those who are no administrators; negative: so many too "
          "many. Absent where nothing is limited.",
          by_limit, Merge::min),
    gauge(limit_over, "roomkeeper_limit_over", "Users, rooms or servers over the limit.", by_limit),
    gauge(limit_kept, "roomkeeper_limit_kept",
          "Connections above a limit that was lowered with enforce_now: false, which are let be.",
          by_limit),
    counter(kicks_total, "roomkeeper_kicks_total", "Connections kicked, by limit and reason.",
            by_limit_reason),
    counter(kick_errors_total, "roomkeeper_kick_errors_total",
            "Kicks that the server did not carry out."),
    gauge(kicks_delayed, "roomkeeper_kicks_delayed",
          "Connections that have to go and are left for now."),
    histogram(connect_to_kick_seconds, "roomkeeper_connect_to_kick_seconds",
              "Time from the connection that was one too many to the kick, by the server's clock.",
              by_limit, kick_buckets),
    counter(servers_silent_total, "roomkeeper_servers_silent_total",
            "Rounds in which a server did not answer, so that nobody was kicked."),
    gauge(servers_silent, "roomkeeper_servers_silent",
          "Servers that did not answer in the last round."),
    gauge(wildcard_listeners, "roomkeeper_wildcard_listeners",
          "Connections with a subscription that hears several rooms; it counts in none of them."),
    gauge(bans, "roomkeeper_bans", "Users who are banned now."),
    counter(connection_events_total, "roomkeeper_connection_events_total",
            "Events of the servers about connections of the account, by kind (connect, "
            "disconnect).",
            by_kind),
    counter(connection_looks_total, "roomkeeper_connection_looks_total",
            "Rounds in which the servers were asked for all connections, by reason (event, "
            "interval, start, again, asked).",
            by_few_reasons),
    gauge(room_top_messages, "roomkeeper_room_top_messages",
          "Stored messages of the 20 rooms with most of them; a room stays for ten minutes after "
          "it left.",
          by_room, Merge::none),
    gauge(room_top_stored_bytes, "roomkeeper_room_top_stored_bytes",
          "Bytes stored in the 20 rooms with most of them; a room stays for ten minutes after it "
          "left.",
          by_room, Merge::none),
    gauge(room_top_connections, "roomkeeper_room_top_connections",
          "Connections that name the room in a subscription, of the 20 rooms with most of them; a "
          "room stays for ten minutes after it left.",
          by_room, Merge::none),
    gauge(detail_rooms_exported, "roomkeeper_detail_rooms_exported", "Rooms on this page.", plain,
          Merge::sum, Page::rooms),
    gauge(detail_rooms_suppressed, "roomkeeper_detail_rooms_suppressed",
          "Rooms that are not on this page: filter (did not match), limit (above the limit).",
          by_reason, Merge::sum, Page::rooms),
    counter(series_rejected_total, "roomkeeper_series_rejected_total",
            "Values dropped because their label set was above the family's cap.", by_metric),
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].id != static_cast<MetricId>(i) || table[i].name.empty()) return false;
  }
  return true;
}
static_assert(in_order(), "the table is indexed by MetricId");

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::gauge:
      return "gauge";
    case Kind::counter:
      return "counter";
    case Kind::histogram:
      return "histogram";
  }
  return "gauge";
}

std::span<const MetricInfo> catalogue() {
  return table;
}

const MetricInfo& info(MetricId id) {
  return table.at(static_cast<std::size_t>(id));
}

}  // namespace roomkeeper::metrics
