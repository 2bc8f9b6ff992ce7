// JSON of the `connection.*` verbs.
#include "api/codec.h"
#include "api/json_fields.h"

namespace roomkeeper::api {

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
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, ConnectionListRequest>& value) {
  fields.field("user", value.user);
  fields.field("over", value.over);
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
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, KickReply>& value) {
  fields.field("kicked", value.kicked);
  fields.field("gone", value.gone);
  fields.field("failures", value.failures);
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

template ApiResult<ConnectionListRequest> decode<ConnectionListRequest>(std::string_view json);
template ApiResult<ConnectionListReply> decode<ConnectionListReply>(std::string_view json);
template ApiResult<KickRequest> decode<KickRequest>(std::string_view json);
template ApiResult<KickReply> decode<KickReply>(std::string_view json);

}  // namespace roomkeeper::api
