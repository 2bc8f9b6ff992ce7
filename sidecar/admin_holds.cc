// Verbs room.hold, room.unhold, room.holds, and what doctor says about holds.
#include <utility>

#include "api/codec.h"
#include "api/holds.h"
#include "sidecar/admin_context.h"
#include "sidecar/hold_findings.h"
#include "sidecar/move_keeper.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using policies::RoomId;

api::HoldView view_of(const Hold& hold) {
  api::HoldView view;
  view.room = hold.room;
  view.stream = hold.copy;
  view.state = to_string(hold.state);
  view.acknowledged = hold.acknowledged;
  view.messages = hold.messages;
  view.bytes = hold.bytes;
  view.missing = hold.missing;
  view.only_here = hold.only_here;
  if (hold.mark) {
    view.since = hold.mark->at;
    view.by = hold.mark->by;
    view.note = hold.mark->note;
  }
  view.why = hold.why;
  view.looked = hold.looked;
  return view;
}

ApiResult<RoomId> parse_id(const std::string& text) {
  auto id = RoomId::parse(text);
  if (!id) return refuse(ApiCode::bad_request, "room: " + id.error().text);
  return *std::move(id);
}

ApiResult<void> may_act(const AdminContext& context) {
  if (const std::string halted = context.halted(); !halted.empty())
    return refuse(ApiCode::not_connected, "Roomkeeper does not act now: " + halted);
  if (!context.inventory.has_listed())
    return refuse(ApiCode::not_ready, "the server's streams were not listed yet");
  return {};
}

/// Control characters have no place in a stream's metadata that people read.
bool is_plain(const std::string& note) {
  for (const char c : note) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

}  // namespace

void admin_room_hold(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::HoldRequest> wanted = api::decode<api::HoldRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const ApiResult<RoomId> id = parse_id(wanted->room);
  if (!id) return reply(tl::unexpected(id.error()));
  if (wanted->note.size() > policies::hold_note_max || !is_plain(wanted->note)) {
    return reply(refuse(ApiCode::bad_request, "note: one line of at most " +
                                                  std::to_string(policies::hold_note_max) +
                                                  " bytes expected"));
  }
  if (const auto may = may_act(context); !may) return reply(tl::unexpected(may.error()));
  if (context.moves.is_moving(*id)) {
    return reply(refuse(ApiCode::conflict,
                        "room '" + id->text() + "' is being moved: hold it when that is over"));
  }
  const RoomMove* move = context.moves.find(*id);
  if (move != nullptr && move->state() == policies::MoveState::left) {
    return reply(refuse(ApiCode::conflict,
                        "room '" + id->text() + "' has earlier messages in " +
                            move->record().move.from.stream +
                            ", which a copy of its new home would not have: hold it when they are "
                            "gone"));
  }
  // A room that is gone may still be held.
  if (context.holds.of_room(*id) == nullptr) {
    if (const auto known = find_room(context, id->text()); !known)
      return reply(tl::unexpected(known.error()));
  }
  context.holds.hold(*id, wanted->note, request.actor, [reply](const ApiResult<Hold>& hold) {
    if (!hold) return reply(tl::unexpected(hold.error()));
    reply(api::encode(view_of(*hold)));
  });
}

void admin_room_unhold(AdminContext& context, const AdminRequest& request,
                       const AdminReply& reply) {
  const ApiResult<api::UnholdRequest> wanted = api::decode<api::UnholdRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const ApiResult<RoomId> id = parse_id(wanted->room);
  if (!id) return reply(tl::unexpected(id.error()));
  if (const auto may = may_act(context); !may) return reply(tl::unexpected(may.error()));
  const bool removes = !wanted->dry_run;
  context.holds.unhold(*id, removes, request.actor, [removes, reply](const ApiResult<Hold>& hold) {
    if (!hold) return reply(tl::unexpected(hold.error()));
    reply(api::encode(api::UnholdReply{.hold = view_of(*hold), .removed = removes}));
  });
}

void admin_room_holds(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::HoldListRequest> empty = api::decode<api::HoldListRequest>(request.body);
  if (!empty) return reply(tl::unexpected(empty.error()));
  if (const auto may = may_act(context); !may) return reply(tl::unexpected(may.error()));
  context.holds.refresh([&context, reply] {
    api::HoldListReply list;
    for (const auto& [room, hold] : context.holds.holds()) list.holds.push_back(view_of(hold));
    for (const std::string& room : context.holds.blocking()) list.blocked.push_back(room);
    reply(api::encode(list));
  });
}

std::vector<api::Finding> hold_findings(const HoldKeeper& holds) {
  std::vector<api::Finding> findings;
  const auto add = [&](api::Severity severity, const Hold& hold, std::string hint) {
    findings.push_back({.check = "hold." + std::string(to_string(hold.state)),
                        .severity = severity,
                        .text = hold.copy + ": " + hold.why,
                        .hint = std::move(hint)});
  };
  for (const auto& [room, hold] : holds.holds()) {
    switch (hold.state) {
      case policies::HoldState::copying:
      case policies::HoldState::lagging:
        add(api::Severity::warning, hold,
            "until the copy has them, nothing of the room is deleted; " +
                std::to_string(hold.missing) + " messages are missing");
        break;
      case policies::HoldState::orphaned:
        add(api::Severity::info, hold,
            "the copy is all there is; `roomctl room unhold " + hold.room + " --yes` removes it");
        break;
      case policies::HoldState::broken:
        add(api::Severity::error, hold,
            "nothing of the room is deleted; undo the change, or end the hold and begin a new one");
        break;
      case policies::HoldState::held:
        break;
    }
  }
  if (findings.empty() && !holds.holds().empty()) {
    findings.push_back({.check = "hold.held",
                        .severity = api::Severity::ok,
                        .text = std::to_string(holds.holds().size()) + " rooms are held",
                        .hint = {}});
  }
  return findings;
}

}  // namespace roomkeeper::sidecar
