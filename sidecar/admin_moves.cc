// Verbs room.move and room.moves.
#include <utility>

#include "api/codec.h"
#include "api/moves.h"
#include "sidecar/admin_context.h"
#include "sidecar/json_changes.h"
#include "sidecar/move_keeper.h"
#include "sidecar/move_plan.h"
#include "sidecar/room_definitions.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;

/// One home: only the template of a room of the API is written; a file has it already.
void change_in_place(AdminContext& context, const MovePlan& plan, const AdminRequest& request,
                     const AdminReply& reply) {
  if (plan.room_json.empty()) {
    context.reconciler.mark_dirty();
    return reply(api::encode(plan.record.move));
  }
  api::AuditRecord entry;
  entry.kind = api::AuditKind::room_defined;
  entry.reason = policies::Reason::asked_by_admin;
  entry.actor = request.actor;
  entry.room = plan.room.text();
  entry.changes = json_changes(plan.record.room_before, plan.room_json);
  context.state.put_room(
      plan.room, plan.room_json,
      [&context, entry, view = plan.record.move, reply](const policies::Result<>& written) mutable {
        entry.ok = written.has_value();
        if (!written) entry.text = written.error().text;
        context.audit.record(entry);
        if (!written) return reply(tl::unexpected(to_api_error(written.error())));
        context.reconciler.refresh_desired();
        context.reconciler.mark_dirty();
        reply(api::encode(view));
      });
}

void abort_move(AdminContext& context, const std::string& room, const AdminReply& reply) {
  const auto id = policies::RoomId::parse(room);
  if (!id) return reply(refuse(ApiCode::bad_request, "room: " + id.error().text));
  const ApiResult<api::MoveView> move = context.moves.abort(*id);
  if (!move) return reply(tl::unexpected(move.error()));
  reply(api::encode(*move));
}

void plan_and_move(AdminContext& context, const api::MoveRequest& wanted,
                   const AdminRequest& request, const AdminReply& reply) {
  // Behind the switch the room is where it shall be, and what has failed is the rest of the move.
  const auto id = policies::RoomId::parse(wanted.room);
  const RoomMove* failed = id ? context.moves.find(*id) : nullptr;
  if (failed != nullptr && failed->state() == policies::MoveState::failed &&
      failed->record().move.switched &&
      failed->record().move.to.template_name == wanted.template_name) {
    if (wanted.dry_run) return reply(api::encode(failed->view()));
    return context.moves.ask(*id, failed->fresh_record(), [reply](ApiResult<api::MoveView> move) {
      if (!move) return reply(tl::unexpected(move.error()));
      reply(api::encode(*move));
    });
  }
  ApiResult<MovePlan> plan = plan_move(context, wanted);
  if (!plan) return reply(tl::unexpected(plan.error()));
  plan->record.move.who = request.actor.claimed;
  if (wanted.dry_run) {
    plan->record.move.dry_run = true;
    return reply(api::encode(plan->record.move));
  }
  if (plan->in_place) return change_in_place(context, *plan, request, reply);
  const std::vector<std::string> notes = plan->record.move.notes;
  context.moves.ask(plan->room, std::move(plan->record),
                    [reply, notes](ApiResult<api::MoveView> move) {
                      if (!move) return reply(tl::unexpected(move.error()));
                      move->notes = notes;
                      reply(api::encode(*move));
                    });
}

}  // namespace

void admin_room_move(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::MoveRequest> wanted = api::decode<api::MoveRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto may = may_write(context); !may) return reply(tl::unexpected(may.error()));
  if (wanted->abort) return abort_move(context, wanted->room, reply);
  const auto id = policies::RoomId::parse(wanted->room);
  if (!id) return reply(refuse(ApiCode::bad_request, "room: " + id.error().text));
  context.moves.look_at(home_of(context, *id), *id, [&context, request, wanted = *wanted, reply] {
    plan_and_move(context, wanted, request, reply);
  });
}

void admin_room_moves(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::MoveListRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  reply(api::encode(context.moves.list(*wanted)));
}

}  // namespace roomkeeper::sidecar
