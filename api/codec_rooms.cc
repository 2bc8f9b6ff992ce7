// JSON of the `room.*` verbs and of what is asked about one room's retention.
#include "api/codec.h"
#include "api/json_fields.h"

namespace roomkeeper::api {

template <class Fields>
void describe(Fields& fields, Subject<Fields, RoomView>& value) {
  fields.field("id", value.id);
  fields.field("title", value.title);
  fields.field("topic", value.topic);
  fields.field("tags", value.tags);
  fields.field("template", value.template_name);
  fields.field("layout", value.layout);
  fields.field("owner", value.owner);
  fields.field("stream", value.stream);
  fields.field("state", value.state);
  fields.field("reason", value.reason);
  fields.field("detail", value.detail);
  fields.field("messages", value.messages);
  fields.field("bytes", value.bytes);
  fields.field("consumers", value.consumers);
  fields.field("first_message", value.first_message);
  fields.field("last_message", value.last_message);
  fields.field("retention", value.retention);
  fields.field("next_deadline", value.next_deadline);
  fields.field("publish_subject", value.publish_subject);
  fields.field("subscribe_subject", value.subscribe_subject);
  fields.field("connections", value.connections);
  fields.field("connections_max", value.connections_max);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, RoomListRequest>& value) {
  fields.field("match", value.match);
  fields.field("tag", value.tag);
  fields.field("template", value.template_name);
  fields.field("state", value.state);
  fields.field("sort", value.sort);
  fields.field("limit", value.limit, Range{1, 1000});
  fields.field("cursor", value.cursor);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, RoomListReply>& value) {
  fields.field("rooms", value.rooms);
  fields.field("total", value.total);
  fields.field("next_cursor", value.next_cursor);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, RoomRequest>& value) {
  fields.required("room", value.room);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ExplainedValue>& value) {
  fields.field("key", value.key);
  fields.field("value", value.value);
  fields.field("origin", value.origin);
  fields.field("on_server", value.on_server);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ExplainReply>& value) {
  fields.field("room", value.room);
  fields.field("source", value.source);
  fields.field("sentence", value.sentence);
  fields.field("values", value.values);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, DeadlineRequest>& value) {
  fields.required("room", value.room);
  fields.required("at", value.at);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, DeadlineReply>& value) {
  fields.field("retention", value.retention);
  fields.field("timezone", value.timezone);
  fields.field("gone_at", value.gone_at);
}

/// The room itself is embedded as it was given: its keys are the configuration's, not the API's.
template <class Fields>
void describe(Fields& fields, Subject<Fields, RoomWriteRequest>& value) {
  fields.embedded("room", value.room_json);
}

std::string encode(const RoomView& value) {
  return write_json(value);
}
std::string encode(const RoomListRequest& value) {
  return write_json(value);
}
std::string encode(const RoomListReply& value) {
  return write_json(value);
}
std::string encode(const RoomRequest& value) {
  return write_json(value);
}
std::string encode(const ExplainReply& value) {
  return write_json(value);
}
std::string encode(const RoomWriteRequest& value) {
  return write_json(value);
}
std::string encode(const DeadlineRequest& value) {
  return write_json(value);
}
std::string encode(const DeadlineReply& value) {
  return write_json(value);
}

template <>
ApiResult<RoomWriteRequest> decode<RoomWriteRequest>(std::string_view json) {
  ApiResult<RoomWriteRequest> request = read_json<RoomWriteRequest>(json);
  if (request && request->room_json.empty()) {
    return tl::unexpected<ApiError>(
        ApiError{ApiCode::bad_request, "field \"room\" is missing", {}});
  }
  return request;
}
template ApiResult<RoomView> decode<RoomView>(std::string_view json);
template ApiResult<RoomListRequest> decode<RoomListRequest>(std::string_view json);
template ApiResult<RoomListReply> decode<RoomListReply>(std::string_view json);
template ApiResult<RoomRequest> decode<RoomRequest>(std::string_view json);
template ApiResult<ExplainReply> decode<ExplainReply>(std::string_view json);
template ApiResult<DeadlineRequest> decode<DeadlineRequest>(std::string_view json);
template ApiResult<DeadlineReply> decode<DeadlineReply>(std::string_view json);

}  // namespace roomkeeper::api
