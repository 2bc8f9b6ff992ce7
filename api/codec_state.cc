// JSON of the verbs about the state as a whole.
#include "api/codec.h"
#include "api/json_fields.h"
#include "api/state.h"

namespace roomkeeper::api {

template <>
inline constexpr bool is_request<StateExportRequest> = true;
template <>
inline constexpr bool is_request<StateImportRequest> = true;

constexpr Range state_page_range{1, state_lines_max};
constexpr Range state_count_range{0, 1'000'000'000};

template <class Fields>
void describe(Fields& fields, Subject<Fields, StateExportRequest>& value) {
  fields.field("after", value.after);
  fields.field("limit", value.limit, state_page_range);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, StateExportReply>& value) {
  fields.required("lines", value.lines);
  fields.field("next", value.next);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, StateImportRequest>& value) {
  fields.required("header", value.header);
  fields.required("lines", value.lines);
  fields.field("first_line", value.first_line, state_count_range);
  fields.field("before", value.before, state_count_range);
  fields.field("refused", value.refused, state_count_range);
  fields.field("last", value.last);
  fields.field("dry_run", value.dry_run);
  fields.field("replace", value.replace);
  fields.field("removals", value.removals);
  fields.field("partial", value.partial);
  fields.field("instance_from", value.instance_from);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, StateImportOutcome>& value) {
  fields.required("line", value.line);
  fields.field("kind", value.kind);
  fields.field("name", value.name);
  fields.required("outcome", value.outcome);
  fields.field("code", value.code);
  fields.field("reason", value.reason);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, StateImportReply>& value) {
  fields.field("created", value.created);
  fields.field("updated", value.updated);
  fields.field("unchanged", value.unchanged);
  fields.field("exists", value.exists);
  fields.field("skipped", value.skipped);
  fields.field("refused", value.refused);
  fields.field("complete", value.complete);
  fields.required("lines", value.lines);
}

std::string encode(const StateExportRequest& value) {
  return write_json(value);
}
std::string encode(const StateExportReply& value) {
  return write_json(value);
}
std::string encode(const StateImportRequest& value) {
  return write_json(value);
}
std::string encode(const StateImportReply& value) {
  return write_json(value);
}

template ApiResult<StateExportRequest> decode<StateExportRequest>(std::string_view json);
template ApiResult<StateExportReply> decode<StateExportReply>(std::string_view json);
template <>
ApiResult<StateImportRequest> decode<StateImportRequest>(std::string_view json) {
  ApiResult<StateImportRequest> request = read_json<StateImportRequest>(json);
  if (request && (request->lines.empty() || request->lines.size() > state_lines_max)) {
    return tl::unexpected<ApiError>(
        ApiError{ApiCode::bad_request,
                 "field \"lines\": expected 1 to " + std::to_string(state_lines_max) + " lines",
                 {}});
  }
  return request;
}
template ApiResult<StateImportReply> decode<StateImportReply>(std::string_view json);

}  // namespace roomkeeper::api
