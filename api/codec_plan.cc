// JSON of `plan`, `apply` and `pass`.
#include "api/capacity_fields.h"
#include "api/codec.h"
#include "api/json_fields.h"

namespace roomkeeper::api {

template <class Fields>
void describe(Fields& fields, Subject<Fields, PlanField>& value) {
  fields.field("field", value.field);
  fields.field("from", value.from);
  fields.field("to", value.to);
  fields.field("lossy", value.lossy);
  fields.field("impossible", value.impossible);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, PlanEntry>& value) {
  fields.field("kind", value.kind);
  fields.field("room", value.room);
  fields.field("pool", value.pool);
  fields.field("stream", value.stream);
  fields.field("state", value.state);
  fields.field("reason", value.reason);
  fields.field("detail", value.detail);
  fields.field("fields", value.fields);
  fields.field("messages", value.messages);
  fields.field("would_go", value.would_go);
  fields.field("would_go_is", value.would_go_is);
  fields.field("loss_note", value.loss_note);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, PlanRequest>& value) {
  fields.field("allow_lossy", value.allow_lossy);
  fields.field("rooms", value.rooms);
  fields.field("pools", value.pools);
  fields.field("limit", value.limit, Range{1, 1000});
  fields.field("offset", value.offset);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, PlanReply>& value) {
  fields.field("complete", value.complete);
  fields.field("doubts", value.doubts);
  fields.field("creates", value.creates);
  fields.field("updates", value.updates);
  fields.field("adopts", value.adopts);
  fields.field("removes", value.removes);
  fields.field("held", value.held);
  fields.field("would_go", value.would_go);
  fields.field("held_would_go", value.held_would_go);
  fields.field("not_counted", value.not_counted);
  fields.field("entries", value.entries);
  fields.field("total", value.total);
  fields.field("capacity", value.capacity);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ApplyRequest>& value) {
  fields.field("allow_lossy", value.allow_lossy);
  fields.field("rooms", value.rooms);
  fields.field("pools", value.pools);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, PassRequest>& value) {
  fields.required("pass", value.pass, Range{.low = 1});
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, PassReply>& value) {
  fields.field("pass", value.pass);
  fields.field("done", value.done);
  fields.field("total", value.total);
  fields.field("applied", value.applied);
  fields.field("failed", value.failed);
  fields.field("held", value.held);
  fields.field("failures", value.failures);
}

std::string encode(const PlanRequest& value) {
  return write_json(value);
}
std::string encode(const PlanReply& value) {
  return write_json(value);
}
std::string encode(const ApplyRequest& value) {
  return write_json(value);
}
std::string encode(const PassRequest& value) {
  return write_json(value);
}
std::string encode(const PassReply& value) {
  return write_json(value);
}

template ApiResult<PlanRequest> decode<PlanRequest>(std::string_view json);
template ApiResult<PlanReply> decode<PlanReply>(std::string_view json);
template ApiResult<ApplyRequest> decode<ApplyRequest>(std::string_view json);
template ApiResult<PassRequest> decode<PassRequest>(std::string_view json);
template ApiResult<PassReply> decode<PassReply>(std::string_view json);

}  // namespace roomkeeper::api
