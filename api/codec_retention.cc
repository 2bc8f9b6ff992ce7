// JSON of `retention` and `retention.room`.
#include "api/codec.h"
#include "api/json_fields.h"
#include "api/retention.h"

namespace roomkeeper::api {

template <>
inline constexpr bool is_request<RetentionRequest> = true;
template <>
inline constexpr bool is_request<RoomRetentionRequest> = true;

template <class Fields>
void describe(Fields& fields, Subject<Fields, RetentionRequest>& value) {
  fields.field("template", value.template_name);
  fields.field("timezone", value.timezone);
  fields.field("overdue", value.overdue);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, RetentionRow>& value) {
  fields.field("template", value.template_name);
  fields.field("rule", value.rule);
  fields.field("kind", value.kind);
  fields.field("timezone", value.timezone);
  fields.field("wanted", value.wanted);
  fields.field("rooms", value.rooms);
  fields.field("messages", value.messages);
  fields.field("boundary", value.boundary);
  fields.field("next_deadline", value.next_deadline);
  fields.field("last_closed", value.last_closed);
  fields.field("closed_late_seconds", value.closed_late_seconds);
  fields.field("made_up", value.made_up);
  fields.field("overdue_rooms", value.overdue_rooms);
  fields.field("overdue_seconds", value.overdue_seconds);
  fields.field("oldest_overdue", value.oldest_overdue);
  fields.field("oldest_overdue_room", value.oldest_overdue_room);
  fields.field("held_rooms", value.held_rooms);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, RetentionReply>& value) {
  fields.field("server_time", value.server_time);
  fields.field("clock_skew_seconds", value.clock_skew_seconds);
  fields.field("halted", value.halted);
  fields.field("doubt", value.doubt);
  fields.field("doubt_text", value.doubt_text);
  fields.field("rows", value.rows);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, RoomRetentionRequest>& value) {
  fields.required("room", value.room);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, OverdueCause>& value) {
  fields.field("reason", value.reason);
  fields.field("text", value.text);
  fields.field("since", value.since);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, RoomRetentionReply>& value) {
  fields.field("room", value.room);
  fields.field("stream", value.stream);
  fields.field("template", value.template_name);
  fields.field("source", value.source);
  fields.field("owner", value.owner);
  fields.field("server_time", value.server_time);
  fields.field("rule", value.rule);
  fields.field("kind", value.kind);
  fields.field("timezone", value.timezone);
  fields.field("days", value.days);
  fields.field("origin", value.origin);
  fields.field("wanted", value.wanted);
  fields.field("wanted_origin", value.wanted_origin);
  fields.field("waits_for_consent", value.waits_for_consent);
  fields.field("state", value.state);
  fields.field("reason", value.reason);
  fields.field("boundary", value.boundary);
  fields.field("next_deadline", value.next_deadline);
  fields.field("messages", value.messages);
  fields.field("oldest_message", value.oldest_message);
  fields.field("oldest_gone_at", value.oldest_gone_at);
  fields.field("max_age_seconds", value.max_age_seconds);
  fields.field("backstop", value.backstop);
  fields.field("max_messages", value.max_messages);
  fields.field("max_bytes", value.max_bytes);
  fields.field("max_messages_per_subject", value.max_messages_per_subject);
  fields.field("on_full", value.on_full);
  fields.field("stream_retention", value.stream_retention);
  fields.field("last_purged", value.last_purged);
  fields.field("last_purged_messages", value.last_purged_messages);
  fields.field("last_purged_reason", value.last_purged_reason);
  fields.field("last_closed", value.last_closed);
  fields.field("closed_late_seconds", value.closed_late_seconds);
  fields.field("made_up", value.made_up);
  fields.field("hold", value.hold);
  fields.field("overdue_seconds", value.overdue_seconds);
  fields.field("causes", value.causes);
}

std::string encode(const RetentionRequest& value) {
  return write_json(value);
}
std::string encode(const RetentionReply& value) {
  return write_json(value);
}
std::string encode(const RoomRetentionRequest& value) {
  return write_json(value);
}
std::string encode(const RoomRetentionReply& value) {
  return write_json(value);
}

template ApiResult<RetentionRequest> decode<RetentionRequest>(std::string_view json);
template ApiResult<RetentionReply> decode<RetentionReply>(std::string_view json);
template ApiResult<RoomRetentionRequest> decode<RoomRetentionRequest>(std::string_view json);
template ApiResult<RoomRetentionReply> decode<RoomRetentionReply>(std::string_view json);

}  // namespace roomkeeper::api
