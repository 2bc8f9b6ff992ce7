// JSON of the audit's entries.
#include <utility>

#include "api/audit.h"
#include "api/json_fields.h"

namespace roomkeeper::api {

template <class Fields>
void describe(Fields& fields, Subject<Fields, AuditChange>& value) {
  fields.required("field", value.field);
  fields.field("from", value.from);
  fields.field("to", value.to);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, AuditRoom>& value) {
  fields.required("room", value.room);
  fields.field("messages", value.messages);
  fields.field("before", value.before);
  fields.field("up_to", value.up_to);
}

namespace {

/// At most `most` bytes; never the half of a character.
std::string cut(const std::string& text, std::size_t most) {
  constexpr std::string_view ellipsis = "...";
  if (text.size() <= most) return text;
  std::size_t end = most - ellipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end).append(ellipsis);
}

void put_text(JsonWriter& out, std::string_view name, const std::string& text, std::size_t most) {
  if (!text.empty()) out.field(name, cut(text, most));
}

void put_changes(JsonWriter& out, const std::vector<AuditChange>& changes) {
  if (changes.empty()) return;
  std::vector<AuditChange> written;
  for (const AuditChange& change : changes) {
    if (written.size() + 1 == audit_changes_max && changes.size() > audit_changes_max) {
      const std::size_t left = changes.size() - written.size();
      written.push_back(
          {.field = "...", .from = {}, .to = "and " + std::to_string(left) + " more"});
      break;
    }
    written.push_back({.field = cut(change.field, audit_name_max),
                       .from = cut(change.from, audit_value_max),
                       .to = cut(change.to, audit_value_max)});
  }
  out.field("changes", written);
}

void put_rooms(JsonWriter& out, const std::vector<AuditRoom>& rooms) {
  if (rooms.empty()) return;
  if (rooms.size() <= audit_rooms_max) {
    out.field("rooms", rooms);
    return;
  }
  std::vector<AuditRoom> written(rooms.begin(),
                                 rooms.begin() + static_cast<std::ptrdiff_t>(audit_rooms_max) - 1);
  const std::size_t left = rooms.size() - written.size();
  written.push_back({.room = "... and " + std::to_string(left) + " more",
                     .messages = 0,
                     .before = 0,
                     .up_to = 0});
  out.field("rooms", written);
}

tl::unexpected<ApiError> unreadable(std::string why) {
  return tl::unexpected<ApiError>(ApiError{ApiCode::bad_request, std::move(why), {}});
}

/// What stands as a name where the record has an enumerator.
struct EnumNames {
  std::string kind;
  std::string reason;
  std::string origin;
};

void read_fields(JsonReader& in, AuditRecord& record, EnumNames& names) {
  in.required("at", record.at);
  in.required("kind", names.kind);
  in.required("reason", names.reason);
  in.required("origin", names.origin);
  in.field("actor", record.actor.claimed);
  in.field("ok", record.ok);
  in.field("room", record.room);
  in.field("stream", record.stream);
  in.field("user", record.user);
  in.field("job", record.job);
  in.field("text", record.text);
  in.field("messages", record.messages);
  in.field("connections", record.connections);
  in.field("times", record.times, Range{.low = 1});
  in.field("first", record.first);
  in.field("changes", record.changes);
  in.field("rooms", record.rooms);
}

}  // namespace

std::string encode_audit(const AuditRecord& record) {
  JsonWriter out;
  out.field("at", record.at);
  out.field("kind", std::string(to_string(record.kind)));
  out.field("reason", std::string(policies::to_string(record.reason)));
  out.field("origin", std::string(to_string(record.actor.origin)));
  put_text(out, "actor", record.actor.claimed, actor_max);
  out.field("ok", record.ok);
  put_text(out, "room", record.room, audit_name_max);
  put_text(out, "stream", record.stream, audit_name_max);
  put_text(out, "user", record.user, audit_name_max);
  put_text(out, "job", record.job, audit_name_max);
  put_text(out, "text", record.text, audit_text_max);
  out.field("messages", record.messages);
  out.field("connections", record.connections);
  if (record.times > 1) out.field("times", record.times);
  out.field("first", record.first);
  put_changes(out, record.changes);
  put_rooms(out, record.rooms);
  return out.text();
}

ApiResult<AuditRecord> decode_audit(std::string_view json) {
  const ApiResult<JsonText> parsed = JsonText::parse(json, audit_record_max);
  if (!parsed) return tl::unexpected<ApiError>(parsed.error());
  AuditRecord record;
  EnumNames names;
  ReadState state{.strict = false, .problem = {}};
  JsonReader reader(parsed->object(), state, "");
  read_fields(reader, record, names);
  if (!state.problem.empty()) return unreadable(std::move(state.problem));
  const auto kind = parse_audit_kind(names.kind);
  if (!kind) return unreadable("unknown kind \"" + cut(names.kind, 64) + "\"");
  const auto reason = policies::parse_reason(names.reason);
  if (!reason) return unreadable("unknown reason \"" + cut(names.reason, 64) + "\"");
  const auto origin = parse_origin(names.origin);
  if (!origin) return unreadable("unknown origin \"" + cut(names.origin, 64) + "\"");
  record.kind = *kind;
  record.reason = *reason;
  record.actor.origin = *origin;
  return record;
}

}  // namespace roomkeeper::api
