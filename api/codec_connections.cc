// JSON of the `connection.*` verbs.
#include "api/codec.h"
#include "api/connections.h"
#include "api/json_fields.h"

namespace roomkeeper::api {

template <>
inline constexpr bool is_request<ConnectionListRequest> = true;
template <>
inline constexpr bool is_request<KickRequest> = true;
template <>
inline constexpr bool is_request<ConnectionEventsRequest> = true;

template <class Fields>
void describe(Fields& fields, Subject<Fields, ConnectionCount>& value) {
  fields.field("limit", value.limit);
  fields.field("of", value.of);
  fields.field("counted", value.counted);
  fields.field("why", value.why);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ConnectionView>& value) {
  fields.field("server_id", value.server_id);
  fields.field("server_name", value.server_name);
  fields.field("cid", value.cid);
  fields.field("account", value.account);
  fields.field("user", value.user);
  fields.field("host", value.host);
  fields.field("name", value.name);
  fields.field("kind", value.kind);
  fields.field("start", value.start);
  fields.field("counts", value.counts);
  fields.field("limits", value.limits);
  fields.field("rooms", value.rooms);
  fields.field("rooms_total", value.rooms_total);
  fields.field("wildcard", value.wildcard);
  fields.field("admin", value.admin);
  fields.field("banned", value.banned);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ConnectionListRequest>& value) {
  fields.field("user", value.user);
  fields.field("room", value.room);
  fields.field("server", value.server);
  fields.field("over", value.over);
  fields.field("wildcard", value.wildcard);
  fields.field("limit", value.limit, Range{1, 1000});
  fields.field("offset", value.offset);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ConnectionListReply>& value) {
  fields.field("connections", value.connections);
  fields.field("total", value.total);
  fields.field("silent_servers", value.silent_servers);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, KickRequest>& value) {
  fields.field("server_id", value.server_id);
  fields.field("cid", value.cid);
  fields.field("user", value.user);
  fields.field("room", value.room);
  fields.field("reason", value.reason);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, KickReply>& value) {
  fields.field("kicked", value.kicked);
  fields.field("gone", value.gone);
  fields.field("failures", value.failures);
  fields.field("failed", value.failed);
  fields.field("silent_servers", value.silent_servers);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ConnectionEventsRequest>& value) {
  fields.field("after", value.after);
  fields.field("user", value.user);
  fields.field("limit", value.limit, Range{1, 1000});
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ConnectionEvent>& value) {
  fields.field("number", value.number);
  fields.field("at", value.at);
  fields.field("what", value.what);
  fields.field("server_name", value.server_name);
  fields.field("cid", value.cid);
  fields.field("user", value.user);
  fields.field("host", value.host);
  fields.field("kind", value.kind);
  fields.field("name", value.name);
  fields.field("limit", value.limit);
  fields.field("reason", value.reason);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ConnectionEventsReply>& value) {
  fields.field("events", value.events);
  fields.field("next", value.next);
  fields.field("missed", value.missed);
  fields.field("connections", value.connections);
  fields.field("daemon", value.daemon);
}

std::string encode(const ConnectionListRequest& value) {
  return write_json(value);
}
std::string encode(const ConnectionListReply& value) {
  return write_json(value);
}
std::string encode(const KickRequest& value) {
  return write_json(value);
}
std::string encode(const KickReply& value) {
  return write_json(value);
}
std::string encode(const ConnectionEventsRequest& value) {
  return write_json(value);
}
std::string encode(const ConnectionEventsReply& value) {
  return write_json(value);
}
std::string encode(const ConnectionEvent& value) {
  return write_json(value);
}

template ApiResult<ConnectionListRequest> decode<ConnectionListRequest>(std::string_view json);
template ApiResult<ConnectionListReply> decode<ConnectionListReply>(std::string_view json);
template ApiResult<KickRequest> decode<KickRequest>(std::string_view json);
template ApiResult<KickReply> decode<KickReply>(std::string_view json);
template ApiResult<ConnectionEventsRequest> decode<ConnectionEventsRequest>(std::string_view json);
template ApiResult<ConnectionEventsReply> decode<ConnectionEventsReply>(std::string_view json);

}  // namespace roomkeeper::api
