// Verb deadline.
#include "api/codec.h"
#include "sidecar/admin_context.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;

}  // namespace

void admin_deadline(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::DeadlineRequest> wanted = api::decode<api::DeadlineRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const auto verdict = find_room(context, wanted->room);
  if (!verdict) return reply(tl::unexpected(verdict.error()));
  const policies::ObservedStream* stream = stream_of(context, (*verdict)->room);
  const policies::RetentionRule* rule =
      stream == nullptr ? nullptr : context.retention.rule_of(*stream);
  const policies::RoomSpec* room = context.rooms.desired().find((*verdict)->room);
  if (rule == nullptr && room != nullptr) rule = &room->settings->retention;
  if (rule == nullptr)
    return reply(refuse(ApiCode::room_not_found, "no retention is known for this room"));
  api::DeadlineReply answer{
      .retention = policies::describe(*rule), .timezone = {}, .gone_at = std::nullopt};
  if (const auto* midnight = std::get_if<policies::UntilMidnight>(rule))
    answer.timezone = midnight->zone->name();
  answer.gone_at = policies::gone_at(*rule, wanted->at);
  reply(api::encode(answer));
}

}  // namespace roomkeeper::sidecar
