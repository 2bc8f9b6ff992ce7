// JSON of `status` and `doctor`.
#include "api/codec.h"
#include "api/json_fields.h"
#include "api/limit_fields.h"

namespace roomkeeper::api {

template <class Fields>
void describe(Fields& fields, Subject<Fields, ZoneStatus>& value) {
  fields.field("timezone", value.timezone);
  fields.field("next_deadline", value.next_deadline);
  fields.field("last_closed", value.last_closed);
  fields.field("closed_late_seconds", value.closed_late_seconds);
  fields.field("rooms", value.rooms);
  fields.field("overdue_rooms", value.overdue_rooms);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, StatusReply::Count>& value) {
  fields.field("state", value.state);
  fields.field("rooms", value.rooms);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ReplicaStatus>& value) {
  fields.field("name", value.name);
  fields.field("leader", value.leader);
  fields.field("note", value.note);
  fields.field("version", value.version);
  fields.field("configuration", value.configuration);
  fields.field("started", value.started);
  fields.field("heard_seconds_ago", value.heard_seconds_ago);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, StepDownReply>& value) {
  fields.field("replica", value.replica);
  fields.field("others", value.others);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, StatusReply>& value) {
  fields.field("version", value.version);
  fields.field("instance", value.instance);
  fields.field("started", value.started);
  fields.field("connected", value.connected);
  fields.field("nats_state", value.nats_state);
  fields.field("nats_error", value.nats_error);
  fields.field("server_name", value.server_name);
  fields.field("server_version", value.server_version);
  fields.field("api_level", value.api_level);
  fields.field("leader", value.leader);
  fields.field("replica", value.replica);
  fields.field("leader_note", value.leader_note);
  fields.field("replicas", value.replicas);
  fields.field("ready", value.ready);
  fields.field("system_state", value.system_state);
  fields.field("limits_enforced", value.limits_enforced);
  fields.field("limits_note", value.limits_note);
  fields.field("config_file", value.config_file);
  fields.field("config_loaded", value.config_loaded);
  fields.field("config_error", value.config_error);
  fields.field("desired_complete", value.desired_complete);
  fields.field("doubts", value.doubts);
  fields.field("rooms", value.rooms);
  fields.field("messages", value.messages);
  fields.field("bytes", value.bytes);
  fields.field("pending_changes", value.pending_changes);
  fields.field("removals_blocked", value.removals_blocked);
  fields.field("queue_waiting", value.queue_waiting);
  fields.field("passes", value.passes);
  fields.field("last_pass", value.last_pass);
  fields.field("clock_skew_seconds", value.clock_skew_seconds);
  fields.field("overdue_seconds", value.overdue_seconds);
  fields.field("zones", value.zones);
  fields.field("connections_per_user_max", value.connections_per_user_max);
  fields.field("identities_over_limit", value.identities_over_limit);
  fields.field("limits", value.limits);
  fields.field("bans", value.bans);
  fields.field("wildcard_listeners", value.wildcard_listeners);
  fields.field("not_counted", value.not_counted);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, Finding>& value) {
  fields.field("check", value.check);
  fields.field("severity", value.severity);
  fields.field("text", value.text);
  fields.field("hint", value.hint);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, DoctorReply>& value) {
  fields.field("findings", value.findings);
}

std::string encode(const StatusReply& value) {
  return write_json(value);
}
std::string encode(const DoctorReply& value) {
  return write_json(value);
}
std::string encode(const StepDownReply& value) {
  return write_json(value);
}

template ApiResult<StatusReply> decode<StatusReply>(std::string_view json);
template ApiResult<DoctorReply> decode<DoctorReply>(std::string_view json);
template ApiResult<StepDownReply> decode<StepDownReply>(std::string_view json);

}  // namespace roomkeeper::api
