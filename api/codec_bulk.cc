// JSON of the verbs about many rooms.
#include "api/bulk.h"
#include "api/codec.h"
#include "api/json_fields.h"

namespace roomkeeper::api {

template <>
inline constexpr bool is_request<PutRequest> = true;
template <>
inline constexpr bool is_request<ExportRequest> = true;
template <>
inline constexpr bool is_request<ImportRequest> = true;
template <>
inline constexpr bool is_request<AdoptRequest> = true;
template <>
inline constexpr bool is_request<ReleaseRequest> = true;

constexpr Range page_range{1, 1000};

template <class Fields>
void describe(Fields& fields, Subject<Fields, PutRequest>& value) {
  fields.embedded_list("rooms", value.rooms);
  fields.field("dry_run", value.dry_run);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, PutOutcome>& value) {
  fields.required("id", value.id);
  fields.required("outcome", value.outcome);
  fields.field("code", value.code);
  fields.field("message", value.message);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, PutReply>& value) {
  fields.field("created", value.created);
  fields.field("updated", value.updated);
  fields.field("unchanged", value.unchanged);
  fields.field("refused", value.refused);
  fields.required("rooms", value.rooms);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ExportRequest>& value) {
  fields.field("match", value.match);
  fields.field("tag", value.tag);
  fields.field("template", value.template_name);
  fields.field("format", value.format);
  fields.field("limit", value.limit, page_range);
  fields.field("cursor", value.cursor);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ExportReply>& value) {
  fields.required("entries", value.entries);
  fields.field("total", value.total);
  fields.field("next_cursor", value.next_cursor);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ImportRequest>& value) {
  fields.field("match", value.match);
  fields.field("template", value.template_name);
  fields.field("limit", value.limit, page_range);
  fields.field("cursor", value.cursor);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ImportItem>& value) {
  fields.required("stream", value.stream);
  fields.field("room", value.room);
  fields.field("entry", value.entry);
  fields.field("why", value.why);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ImportReply>& value) {
  fields.required("streams", value.streams);
  fields.field("total", value.total);
  fields.field("next_cursor", value.next_cursor);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, AdoptRequest>& value) {
  fields.field("rooms", value.rooms);
  fields.field("match", value.match);
  fields.field("dry_run", value.dry_run);
  fields.field("limit", value.limit, page_range);
  fields.field("cursor", value.cursor);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, AdoptOutcome>& value) {
  fields.required("room", value.room);
  fields.field("stream", value.stream);
  fields.required("outcome", value.outcome);
  fields.field("reason", value.reason);
  fields.field("detail", value.detail);
  fields.field("messages", value.messages);
  fields.field("changes", value.changes);
  fields.field("waits", value.waits);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, AdoptReply>& value) {
  fields.field("pass", value.pass);
  fields.required("rooms", value.rooms);
  fields.field("total", value.total);
  fields.field("next_cursor", value.next_cursor);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ReleaseRequest>& value) {
  fields.required("rooms", value.rooms);
  fields.field("dry_run", value.dry_run);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ReleaseOutcome>& value) {
  fields.required("room", value.room);
  fields.field("stream", value.stream);
  fields.required("outcome", value.outcome);
  fields.field("code", value.code);
  fields.field("message", value.message);
  fields.field("messages", value.messages);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ReleaseReply>& value) {
  fields.field("released", value.released);
  fields.field("refused", value.refused);
  fields.required("rooms", value.rooms);
}

std::string encode(const PutRequest& value) {
  return write_json(value);
}
std::string encode(const PutReply& value) {
  return write_json(value);
}
std::string encode(const ExportRequest& value) {
  return write_json(value);
}
std::string encode(const ExportReply& value) {
  return write_json(value);
}
std::string encode(const ImportRequest& value) {
  return write_json(value);
}
std::string encode(const ImportReply& value) {
  return write_json(value);
}
std::string encode(const AdoptRequest& value) {
  return write_json(value);
}
std::string encode(const AdoptReply& value) {
  return write_json(value);
}
std::string encode(const ReleaseRequest& value) {
  return write_json(value);
}
std::string encode(const ReleaseReply& value) {
  return write_json(value);
}

template <>
ApiResult<PutRequest> decode<PutRequest>(std::string_view json) {
  ApiResult<PutRequest> request = read_json<PutRequest>(json);
  if (request && (request->rooms.empty() || request->rooms.size() > bulk_rooms_max)) {
    return tl::unexpected<ApiError>(
        ApiError{ApiCode::bad_request,
                 "field \"rooms\": expected 1 to " + std::to_string(bulk_rooms_max) + " rooms",
                 {}});
  }
  return request;
}
template ApiResult<PutReply> decode<PutReply>(std::string_view json);
template ApiResult<ExportRequest> decode<ExportRequest>(std::string_view json);
template ApiResult<ExportReply> decode<ExportReply>(std::string_view json);
template ApiResult<ImportRequest> decode<ImportRequest>(std::string_view json);
template ApiResult<ImportReply> decode<ImportReply>(std::string_view json);
template ApiResult<AdoptRequest> decode<AdoptRequest>(std::string_view json);
template ApiResult<AdoptReply> decode<AdoptReply>(std::string_view json);
template ApiResult<ReleaseRequest> decode<ReleaseRequest>(std::string_view json);
template ApiResult<ReleaseReply> decode<ReleaseReply>(std::string_view json);

}  // namespace roomkeeper::api
