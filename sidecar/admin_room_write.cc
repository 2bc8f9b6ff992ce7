// Verbs room.create, room.update, room.rm: rooms of the API, kept in the state bucket.
#include <utility>

#include "api/codec.h"
#include "sidecar/admin_context.h"
#include "sidecar/json_changes.h"
#include "sidecar/room_definitions.h"
#include "sidecar/room_view.h"
#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using policies::Result;
using policies::RoomId;
using policies::RoomSpec;

bool api_has(const AdminContext& context, const RoomId& id) {
  return context.state.room_json(id).has_value();
}

/// What was asked for, and whether it was written into the bucket.
void tell_audit(AdminContext& context, api::AuditRecord entry, const Result<>& written) {
  entry.reason = policies::Reason::asked_by_admin;
  entry.ok = written.has_value();
  if (!written) entry.text = written.error().text;
  context.audit.record(std::move(entry));
}

/// Stores the room, asks for a pass, and answers with the room as it is wanted now. `before`: its
/// JSON until now, empty for a new one.
void store(AdminContext& context, const RoomSpec& room, const std::string& before,
           const std::string& json, const api::Actor& actor, const AdminReply& reply) {
  api::AuditRecord entry;
  entry.kind = api::AuditKind::room_defined;
  entry.actor = actor;
  entry.room = room.id.text();
  entry.changes = json_changes(before, json);
  context.state.put_room(room.id, json, [&context, id = room.id, entry, reply](Result<> written) {
    tell_audit(context, entry, written);
    if (!written) {
      return reply(tl::unexpected(to_api_error(written.error())));
    }
    context.reconciler.refresh_desired();
    context.reconciler.mark_dirty();
    const policies::RoomVerdict* verdict = context.rooms.verdict(id);
    const policies::RoomVerdict pending{.room = id,
                                        .state = policies::RoomState::pending,
                                        .reason = policies::Reason::room_missing,
                                        .detail = {},
                                        .fields = {}};
    reply(api::encode(view_room(context, verdict == nullptr ? pending : *verdict)));
  });
}

}  // namespace

void admin_room_create(AdminContext& context, const AdminRequest& request,
                       const AdminReply& reply) {
  const ApiResult<api::RoomWriteRequest> wanted = api::decode<api::RoomWriteRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto may = may_write(context); !may) return reply(tl::unexpected(may.error()));
  const ApiResult<RoomSpec> room = parse_room(context, wanted->room_json);
  if (!room) return reply(tl::unexpected(room.error()));
  if (const auto owned = is_api_owned(context, room->id); !owned)
    return reply(tl::unexpected(owned.error()));
  if (api_has(context, room->id)) {
    return reply(
        refuse(ApiCode::room_exists, "room '" + room->id.text() + "' exists: use room.update"));
  }
  store(context, *room, "", wanted->room_json, request.actor, reply);
}

void admin_room_update(AdminContext& context, const AdminRequest& request,
                       const AdminReply& reply) {
  const ApiResult<api::RoomWriteRequest> wanted = api::decode<api::RoomWriteRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto may = may_write(context); !may) return reply(tl::unexpected(may.error()));
  const Result<std::string> id_text = room_id_of(wanted->room_json);
  if (!id_text) return reply(refuse(ApiCode::bad_request, id_text.error().text));
  const Result<RoomId> id = RoomId::parse(*id_text);
  if (!id) return reply(refuse(ApiCode::bad_request, "room: " + id.error().text));
  if (const auto owned = is_api_owned(context, *id); !owned)
    return reply(tl::unexpected(owned.error()));
  const std::optional<std::string> before = context.state.room_json(*id);
  if (!before)
    return reply(refuse(ApiCode::room_not_found, "the API has no room '" + id->text() + "'"));
  const Result<std::string> merged = merge_room(*before, wanted->room_json);
  if (!merged) return reply(refuse(ApiCode::bad_request, merged.error().text));
  const ApiResult<RoomSpec> room = parse_room(context, *merged);
  if (!room) return reply(tl::unexpected(room.error()));
  store(context, *room, *before, *merged, request.actor, reply);
}

void admin_room_rm(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::RoomRequest> wanted = api::decode<api::RoomRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto may = may_write(context); !may) return reply(tl::unexpected(may.error()));
  const Result<RoomId> id = RoomId::parse(wanted->room);
  if (!id) return reply(refuse(ApiCode::bad_request, "room: " + id.error().text));
  if (const auto owned = is_api_owned(context, *id); !owned)
    return reply(tl::unexpected(owned.error()));
  if (!api_has(context, *id)) {
    return reply(refuse(ApiCode::room_not_found, "the API has no room '" + id->text() + "'"));
  }
  api::AuditRecord entry;
  entry.kind = api::AuditKind::room_undefined;
  entry.actor = request.actor;
  entry.room = id->text();
  entry.changes = json_changes(*context.state.room_json(*id), "");
  context.state.record_removal(*id, [&context, room = *id, entry, reply](Result<> written) {
    tell_audit(context, entry, written);
    if (!written) {
      return reply(tl::unexpected(to_api_error(written.error())));
    }
    context.reconciler.refresh_desired();
    context.reconciler.mark_dirty();
    const policies::RoomVerdict removing{.room = room,
                                         .state = policies::RoomState::removing,
                                         .reason = policies::Reason::removed_by_api,
                                         .detail = {},
                                         .fields = {}};
    reply(api::encode(view_room(context, removing)));
  });
}

}  // namespace roomkeeper::sidecar
