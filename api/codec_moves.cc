// JSON of `room.move` and `room.moves`, and of a move's record.
#include "api/codec.h"
#include "api/json_fields.h"
#include "api/moves.h"

namespace roomkeeper::api {

template <>
inline constexpr bool is_request<MoveRequest> = true;
template <>
inline constexpr bool is_request<MoveListRequest> = true;
template <>
inline constexpr bool is_request<MoveRecord> = true;

template <class Fields>
void describe(Fields& fields, Subject<Fields, MoveRequest>& value) {
  fields.required("room", value.room);
  fields.field("template", value.template_name);
  fields.field("copy", value.copy);
  fields.field("grace_seconds", value.grace_seconds, Range{.low = 0, .high = move_grace_max});
  fields.field("dry_run", value.dry_run);
  fields.field("abort", value.abort);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, MoveHome>& value) {
  fields.field("stream", value.stream);
  fields.field("layout", value.layout);
  fields.field("template", value.template_name);
  fields.field("retention", value.retention);
  fields.field("publish_subject", value.publish_subject);
  fields.field("subscribe_subject", value.subscribe_subject);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, MoveView>& value) {
  fields.required("room", value.room);
  fields.field("dry_run", value.dry_run);
  fields.field("copy", value.copy);
  fields.required("state", value.state);
  fields.field("reason", value.reason);
  fields.field("detail", value.detail);
  fields.required("from", value.from);
  fields.required("to", value.to);
  fields.field("messages", value.messages);
  fields.field("bytes", value.bytes);
  fields.field("copied", value.copied);
  fields.field("skipped", value.skipped);
  fields.field("expired", value.expired);
  fields.field("grace_seconds", value.grace_seconds);
  fields.field("resumed", value.resumed);
  fields.field("who", value.who);
  fields.field("asked", value.asked);
  fields.field("switched", value.switched);
  fields.field("ended", value.ended);
  fields.field("ledger", value.ledger);
  fields.field("next_due", value.next_due);
  fields.field("notes", value.notes);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, MoveListRequest>& value) {
  fields.field("room", value.room);
  fields.field("limit", value.limit, Range{.low = 1, .high = 500});
  fields.field("offset", value.offset);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, MoveListReply>& value) {
  fields.required("moves", value.moves);
  fields.field("total", value.total);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, MoveGroup>& value) {
  fields.required("up_to", value.up_to);
  fields.required("newest", value.newest);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, MoveRecord>& value) {
  fields.required("move", value.move);
  fields.field("failed_in", value.failed_in);
  fields.field("room_before", value.room_before);
  fields.required("from_created", value.from_created);
  fields.required("to_created", value.to_created);
  fields.field("made_home", value.made_home);
  fields.required("attempt", value.attempt);
  fields.required("cursor", value.cursor);
  fields.required("last_origin", value.last_origin);
  fields.required("last_copy", value.last_copy);
  fields.required("scan_from", value.scan_from);
  fields.field("purging", value.purging);
  fields.required("groups", value.groups);
  fields.required("singles", value.singles);
  fields.field("kept_stream", value.kept_stream);
  fields.field("kept_filter", value.kept_filter);
  fields.field("kept_last", value.kept_last);
  fields.field("kept_groups", value.kept_groups);
  fields.field("kept_singles", value.kept_singles);
}

std::string encode(const MoveRequest& value) {
  return write_json(value);
}
std::string encode(const MoveView& value) {
  return write_json(value);
}
std::string encode(const MoveListRequest& value) {
  return write_json(value);
}
std::string encode(const MoveListReply& value) {
  return write_json(value);
}
std::string encode(const MoveRecord& value) {
  return write_json(value);
}

template ApiResult<MoveRequest> decode<MoveRequest>(std::string_view json);
template ApiResult<MoveView> decode<MoveView>(std::string_view json);
template ApiResult<MoveListRequest> decode<MoveListRequest>(std::string_view json);
template ApiResult<MoveListReply> decode<MoveListReply>(std::string_view json);
template ApiResult<MoveRecord> decode<MoveRecord>(std::string_view json);

}  // namespace roomkeeper::api
