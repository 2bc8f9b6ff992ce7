// Verbs room.show, room.explain: answered from memory.
#include <algorithm>
#include <utility>

#include "api/codec.h"
#include "policies/setting_text.h"
#include "sidecar/admin_context.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using policies::RoomSpec;
using policies::RoomState;
using policies::RoomVerdict;

/// What is the matter, and what to do.
std::string sentence_of(const RoomVerdict& verdict) {
  std::string text(explain(verdict.reason));
  if (!verdict.detail.empty()) text += ": " + verdict.detail;
  switch (verdict.state) {
    case RoomState::pending_consent:
      return text + ". Run `roomctl plan`, then `roomctl apply --allow-lossy` to agree.";
    case RoomState::blocked:
      return text + ". Nothing is changed until the cause is gone.";
    case RoomState::failed:
      return text + ". It is tried again.";
    case RoomState::orphaned:
      return text + ". Delete the stream by hand, or set reconcile.on_removal.";
    case RoomState::removing:
      return text + ".";
    case RoomState::ready:
    case RoomState::pending:
    case RoomState::unknown:
      return text + ".";
  }
  return text;
}

std::string state_of_field(const RoomVerdict& verdict, std::string_view key) {
  for (const policies::FieldChange& field : verdict.fields) {
    if (to_string(field.field) == key) return field.from;
  }
  return {};
}

api::ExplainReply explain_room(AdminContext& context, const RoomVerdict& verdict) {
  api::ExplainReply reply;
  reply.room = view_room(context, verdict);
  reply.sentence = sentence_of(verdict);
  const RoomSpec* room = context.rooms.desired().find(verdict.room);
  if (room == nullptr) return reply;
  if (room->place.file != nullptr) {
    reply.source = *room->place.file + ":" + std::to_string(room->place.line);
  }
  for (const policies::SettingText& value : policies::describe_settings(*room->settings)) {
    const auto origin = room->settings->origins.find(value.key);
    reply.values.push_back(
        {.key = value.key,
         .value = value.text,
         .origin = origin == room->settings->origins.end() ? "built-in" : origin->second,
         .on_server = state_of_field(verdict, value.key)});
  }
  return reply;
}

}  // namespace

void admin_room_show(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const api::ApiResult<api::RoomRequest> wanted = api::decode<api::RoomRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const auto verdict = find_room(context, wanted->room);
  if (!verdict) return reply(tl::unexpected(verdict.error()));
  // Counts are from the last listing; one room is asked for afresh.
  const Home home = home_of(context, (*verdict)->room);
  if (home.is_pooled()) {
    return context.pools.watch().look_at(
        home.pool, (*verdict)->room,
        [&context, room = (*verdict)->room,
         reply](const policies::Result<policies::PooledStored>& stored) {
          const auto now = find_room(context, room.text());
          if (!now) return reply(tl::unexpected(now.error()));
          api::RoomView view = view_room(context, **now);
          if (stored) {
            view.messages = stored->messages;
            view.last_message =
                stored->messages > 0 ? std::optional(stored->last_ts) : std::nullopt;
          }
          reply(api::encode(view));
        });
  }
  context.js.info(
      nats::Priority::admin, home.stream,
      [&context, room = (*verdict)->room, reply](policies::Result<nats::StreamInfo> info) {
        if (info) context.inventory.put(std::move(info->stream), info->server_time);
        const auto now = find_room(context, room.text());
        if (!now) return reply(tl::unexpected(now.error()));
        reply(api::encode(view_room(context, **now)));
      });
}

void admin_room_explain(AdminContext& context, const AdminRequest& request,
                        const AdminReply& reply) {
  const api::ApiResult<api::RoomRequest> wanted = api::decode<api::RoomRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const auto verdict = find_room(context, wanted->room);
  if (!verdict) return reply(tl::unexpected(verdict.error()));
  reply(api::encode(explain_room(context, **verdict)));
}

}  // namespace roomkeeper::sidecar
