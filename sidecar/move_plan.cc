#include "sidecar/move_plan.h"

#include <optional>
#include <utility>

#include "sidecar/move_keeper.h"
#include "sidecar/move_record.h"
#include "sidecar/room_definitions.h"
#include "sidecar/room_stored.h"
#include "sidecar/room_view.h"
#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using policies::Layout;
using policies::MoveState;
using policies::ObservedStream;
using policies::RoomId;
using policies::RoomSpec;
using policies::StreamRetention;

/// The room as it will be defined, and its JSON where the API has it.
struct Target {
  RoomSpec room;
  std::string json;
};

ApiResult<Target> target_of(AdminContext& context, const RoomSpec& room, const std::string& name) {
  if (!context.runtime.config->templates.contains(name)) {
    return refuse(ApiCode::bad_request,
                  "template: no file names a template '" + name.substr(0, 64) + "'");
  }
  const std::optional<std::string> json = context.state.room_json(room.id);
  if (context.runtime.config->rooms.find(room.id) != nullptr || !json) {
    if (room.settings->template_name == name) return Target{room, {}};
    return refuse(ApiCode::owned_by_file,
                  "room '" + room.id.text() + "' is defined in " + defined_where(context, room.id) +
                      ": write template: " + name + " there first, and ask again");
  }
  const policies::Result<std::string> merged = merge_room(*json, template_patch(name));
  if (!merged) return refuse(ApiCode::bad_request, merged.error().text);
  ApiResult<RoomSpec> parsed = parse_room(context, *merged);
  if (!parsed) return tl::unexpected(std::move(parsed).error());
  return Target{*std::move(parsed), *merged};
}

api::MoveHome home_view(const policies::Names& names, const RoomId& room, const std::string& pool) {
  api::MoveHome home;
  home.stream = names.stream_of(room, pool);
  home.layout = to_string(pool.empty() ? Layout::dedicated : Layout::pooled);
  home.publish_subject = names.publish_pattern(room, pool);
  home.subscribe_subject = names.subscribe_subject(room, pool);
  return home;
}

ApiResult<void> check_other_moves(AdminContext& context, const RoomId& room) {
  const RoomMove* move = context.moves.find(room);
  if (move == nullptr || move->state() == MoveState::keeping || move->state() == MoveState::failed)
    return {};
  const std::string& old = move->record().move.from.stream;
  if (move->state() == MoveState::left) {
    return refuse(ApiCode::conflict, "an earlier move has left messages in " + old +
                                         ": wait until they are gone");
  }
  return refuse(ApiCode::conflict, "room '" + room.text() + "' is being moved (" +
                                       std::string(to_string(move->state())) +
                                       "): see roomctl room moves");
}

ApiResult<void> check_origin(AdminContext& context, const RoomSpec& room,
                             const ObservedStream* stream, bool copy) {
  if (stream == nullptr)
    return refuse(ApiCode::not_ready, "the room has no stream yet: wait until it is ready");
  const auto& mark = stream->config.mark;
  if (!mark || mark->instance != context.runtime.config->instance) {
    return refuse(ApiCode::unsafe, "stream " + stream->name + " is not marked as ours");
  }
  if (!stream->has_leader) return refuse(ApiCode::not_ready, stream->name + " has no leader");
  if (context.holds.of_room(room.id) != nullptr) {
    return refuse(ApiCode::conflict, "room '" + room.id.text() +
                                         "' is held, and its copy is of its old home: "
                                         "end the hold first");
  }
  if (copy && stream->config.settings.retention != StreamRetention::limits) {
    return refuse(ApiCode::refused,
                  "a room of retention " +
                      std::string(to_string(stream->config.settings.retention)) +
                      " cannot be copied: what was read of it is gone; move it without a copy");
  }
  return {};
}

ApiResult<void> check_target(AdminContext& context, const Target& target, const api::MoveView& move,
                             bool pooled_to) {
  const policies::StreamSettings& stream = target.room.settings->stream;
  if (move.copy && stream.retention != StreamRetention::limits) {
    return refuse(ApiCode::refused, "a room of retention " +
                                        std::string(to_string(stream.retention)) +
                                        " takes no copies; move it without a copy");
  }
  const auto more_than = [](std::uint64_t stored, std::int64_t most) {
    return most >= 0 && stored > static_cast<std::uint64_t>(most);
  };
  if (move.copy && !pooled_to &&
      (more_than(move.messages, stream.max_messages) || more_than(move.bytes, stream.max_bytes))) {
    return refuse(ApiCode::refused,
                  "the limits of template " + move.to.template_name +
                      " would not hold its messages: raise them, or purge the oldest first");
  }
  const ObservedStream* there = context.inventory.streams().find(move.to.stream);
  if (!pooled_to && move.copy && there != nullptr && there->stored.messages > 0) {
    return refuse(ApiCode::conflict, "stream " + move.to.stream + " is there, with " +
                                         std::to_string(there->stored.messages) +
                                         " messages: purge it first");
  }
  if (!context.pools.seen().roster.known)
    return refuse(ApiCode::not_ready, "the roster of the pools has not been read");
  return {};
}

/// The ledger of a move before this one: of the home that is left now.
void take_over_ledger(const RoomMove& before, api::MoveRecord& record) {
  const api::MoveRecord old = before.fresh_record();
  if (old.move.to.stream != record.move.from.stream) return;
  record.kept_stream = old.move.to.stream;
  record.kept_filter = old.move.to.subscribe_subject;
  record.kept_last = old.last_copy;
  record.kept_groups = old.groups;
  record.kept_singles = old.singles;
}

void add_notes(const policies::RetentionRule& before, const policies::RetentionRule& after,
               api::MoveView& move) {
  auto& notes = move.notes;
  notes.push_back("clients that ask room.show get the new subjects from the switch on: publish " +
                  move.to.publish_subject + ", subscribe " + move.to.subscribe_subject);
  if (move.copy) {
    notes.push_back(
        "the copies come to subscribers of the new subjects with their users, data and headers, "
        "with new sequences and times; Roomkeeper-Time has the time of the original");
    notes.push_back("for " + std::to_string(move.grace_seconds) +
                    " s after the switch what is still published to the old subjects is copied; "
                    "then the old home goes");
  } else {
    notes.push_back("what is stored stays readable in " + move.from.stream +
                    " until its own retention has taken it; what is published to the old subjects "
                    "stays there too, and clients of the new ones do not see it");
  }
  if (policies::may_shorten(before, after))
    notes.push_back("the new retention may end messages earlier: what is over it is not copied");
}

}  // namespace

ApiResult<MovePlan> plan_move(AdminContext& context, const api::MoveRequest& request) {
  const auto verdict = find_room(context, request.room);
  if (!verdict) return tl::unexpected(verdict.error());
  const RoomId room = (*verdict)->room;
  const RoomSpec* spec = context.rooms.desired().find(room);
  if (spec == nullptr)
    return refuse(ApiCode::refused,
                  "nobody defines room '" + room.text() + "': it cannot be moved");
  if (const auto free = check_other_moves(context, room); !free)
    return tl::unexpected(free.error());
  const ApiResult<Target> target = target_of(context, *spec, request.template_name);
  if (!target) return tl::unexpected(target.error());
  const Home from = home_of(context, room);
  const ObservedStream* stream = context.inventory.streams().find(from.stream);
  const bool pooled_to = target->room.settings->layout == Layout::pooled;
  MovePlan plan{.room = room, .record = {}};
  api::MoveView& move = plan.record.move;
  move.room = room.text();
  move.copy = request.copy;
  move.state = to_string(MoveState::asked);
  move.grace_seconds = request.grace_seconds;
  const policies::Names& names = context.runtime.names();
  move.from = home_view(names, room, from.pool);
  move.to = home_view(names, room, pooled_to ? request.template_name : "");
  move.to.template_name = request.template_name;
  move.to.retention = policies::describe(target->room.settings->retention);
  plan.in_place = move.from.stream == move.to.stream;
  if (const auto good = check_origin(context, *spec, stream, request.copy); !good)
    return tl::unexpected(good.error());
  move.from.template_name = stream->config.mark->template_name;
  const RoomStored stored = stored_of(context, room);
  move.messages = stored.messages;
  move.bytes = stored.bytes;
  const policies::RetentionRule* rule = context.retention.rule_of(*stream);
  const policies::RetentionRule before = rule == nullptr ? spec->settings->retention : *rule;
  move.from.retention = policies::describe(before);
  if (!target->json.empty()) {
    plan.record.room_before = *context.state.room_json(room);
    if (target->json != plan.record.room_before) plan.room_json = target->json;
  }
  if (plan.in_place) {
    move.state = "none";
    move.notes.push_back("the messages stay where they are, in " + move.from.stream +
                         ": the template is changed in place, and what would end messages earlier "
                         "waits for apply --allow-lossy");
    return plan;
  }
  if (const auto good = check_target(context, *target, move, pooled_to); !good)
    return tl::unexpected(good.error());
  if (const RoomMove* earlier = context.moves.find(room)) take_over_ledger(*earlier, plan.record);
  add_notes(before, target->room.settings->retention, move);
  return plan;
}

}  // namespace roomkeeper::sidecar
