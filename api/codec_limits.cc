// JSON of the `limit.*` and `ban.*` verbs.
#include "api/codec.h"
#include "api/json_fields.h"
#include "api/limit_fields.h"
#include "api/limits.h"

namespace roomkeeper::api {

template <>
inline constexpr bool is_request<LimitShowRequest> = true;
template <>
inline constexpr bool is_request<LimitExplainRequest> = true;
template <>
inline constexpr bool is_request<BanAddRequest> = true;
template <>
inline constexpr bool is_request<BanListRequest> = true;
template <>
inline constexpr bool is_request<BanRemoveRequest> = true;

template <class Fields>
void describe(Fields& fields, Subject<Fields, LimitShowRequest>& value) {
  fields.field("limit", value.limit);
  fields.field("over", value.over);
  fields.field("all", value.all);
  fields.field("max_rows", value.max_rows, Range{1, 1000});
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, LimitShowReply>& value) {
  fields.field("limits", value.limits);
  fields.field("left_out", value.left_out);
  fields.field("enforced", value.enforced);
  fields.field("note", value.note);
  fields.field("silent_servers", value.silent_servers);
  fields.field("wildcard_listeners", value.wildcard_listeners);
  fields.field("delayed", value.delayed);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, LimitExplainRequest>& value) {
  fields.field("user", value.user);
  fields.field("room", value.room);
  fields.field("server", value.server);
  fields.field("account", value.account);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, LimitExplainReply>& value) {
  fields.field("limit", value.limit);
  fields.field("exemption", value.exemption);
  fields.field("admin", value.admin);
  fields.field("banned", value.banned);
  fields.field("next", value.next);
  fields.field("counted", value.counted);
  fields.field("notes", value.notes);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, BanAddRequest>& value) {
  fields.required("user", value.user);
  fields.required("seconds", value.seconds, Range{1, static_cast<std::uint64_t>(ban_seconds_max)});
  fields.field("reason", value.reason);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, BanView>& value) {
  fields.required("user", value.user);
  fields.field("since", value.since);
  fields.field("until", value.until);
  fields.field("by", value.by);
  fields.field("reason", value.reason);
  fields.field("kicks", value.kicks);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, BanAddReply>& value) {
  fields.field("ban", value.ban);
  fields.field("connections", value.connections);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, BanListRequest>& value) {
  fields.field("user", value.user);
  fields.field("limit", value.limit, Range{1, 1000});
  fields.field("offset", value.offset);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, BanListReply>& value) {
  fields.field("bans", value.bans);
  fields.field("total", value.total);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, BanRemoveRequest>& value) {
  fields.required("user", value.user);
}

std::string encode(const LimitShowRequest& value) {
  return write_json(value);
}
std::string encode(const LimitShowReply& value) {
  return write_json(value);
}
std::string encode(const LimitExplainRequest& value) {
  return write_json(value);
}
std::string encode(const LimitExplainReply& value) {
  return write_json(value);
}
std::string encode(const BanAddRequest& value) {
  return write_json(value);
}
std::string encode(const BanAddReply& value) {
  return write_json(value);
}
std::string encode(const BanListRequest& value) {
  return write_json(value);
}
std::string encode(const BanListReply& value) {
  return write_json(value);
}
std::string encode(const BanRemoveRequest& value) {
  return write_json(value);
}
std::string encode(const BanView& value) {
  return write_json(value);
}

template ApiResult<LimitShowRequest> decode<LimitShowRequest>(std::string_view json);
template ApiResult<LimitShowReply> decode<LimitShowReply>(std::string_view json);
template ApiResult<LimitExplainRequest> decode<LimitExplainRequest>(std::string_view json);
template ApiResult<LimitExplainReply> decode<LimitExplainReply>(std::string_view json);
template ApiResult<BanAddRequest> decode<BanAddRequest>(std::string_view json);
template ApiResult<BanAddReply> decode<BanAddReply>(std::string_view json);
template ApiResult<BanListRequest> decode<BanListRequest>(std::string_view json);
template ApiResult<BanListReply> decode<BanListReply>(std::string_view json);
template ApiResult<BanRemoveRequest> decode<BanRemoveRequest>(std::string_view json);
template ApiResult<BanView> decode<BanView>(std::string_view json);

}  // namespace roomkeeper::api
