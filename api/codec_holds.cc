// JSON of `room.hold`, `room.unhold` and `room.holds`.
#include "api/codec.h"
#include "api/holds.h"
#include "api/json_fields.h"

namespace roomkeeper::api {

template <>
inline constexpr bool is_request<HoldRequest> = true;
template <>
inline constexpr bool is_request<UnholdRequest> = true;
template <>
inline constexpr bool is_request<HoldListRequest> = true;

template <class Fields>
void describe(Fields& fields, Subject<Fields, HoldRequest>& value) {
  fields.required("room", value.room);
  fields.field("note", value.note);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, UnholdRequest>& value) {
  fields.required("room", value.room);
  fields.field("dry_run", value.dry_run);
}

template <class Fields>
void describe(Fields&, Subject<Fields, HoldListRequest>&) {}

template <class Fields>
void describe(Fields& fields, Subject<Fields, HoldView>& value) {
  fields.required("room", value.room);
  fields.required("stream", value.stream);
  fields.required("state", value.state);
  fields.field("acknowledged", value.acknowledged);
  fields.field("messages", value.messages);
  fields.field("bytes", value.bytes);
  fields.field("missing", value.missing);
  fields.field("only_here", value.only_here);
  fields.field("since", value.since);
  fields.field("by", value.by);
  fields.field("note", value.note);
  fields.field("why", value.why);
  fields.field("looked", value.looked);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, UnholdReply>& value) {
  fields.required("hold", value.hold);
  fields.field("removed", value.removed);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, HoldListReply>& value) {
  fields.required("holds", value.holds);
  fields.field("blocked", value.blocked);
}

std::string encode(const HoldRequest& value) {
  return write_json(value);
}
std::string encode(const UnholdRequest& value) {
  return write_json(value);
}
std::string encode(const HoldListRequest& value) {
  return write_json(value);
}
std::string encode(const HoldView& value) {
  return write_json(value);
}
std::string encode(const UnholdReply& value) {
  return write_json(value);
}
std::string encode(const HoldListReply& value) {
  return write_json(value);
}

template ApiResult<HoldRequest> decode<HoldRequest>(std::string_view json);
template ApiResult<UnholdRequest> decode<UnholdRequest>(std::string_view json);
template ApiResult<HoldListRequest> decode<HoldListRequest>(std::string_view json);
template ApiResult<HoldView> decode<HoldView>(std::string_view json);
template ApiResult<UnholdReply> decode<UnholdReply>(std::string_view json);
template ApiResult<HoldListReply> decode<HoldListReply>(std::string_view json);

}  // namespace roomkeeper::api
