// Verbs purge (one room, on demand) and deadline.
#include <algorithm>
#include <memory>
#include <utility>

#include "api/codec.h"
#include "sidecar/admin_context.h"
#include "sidecar/nats/message_count.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using nats::Priority;
using policies::Result;

/// One purge on its way from the request to the answer.
struct RoomPurge {
  AdminContext& context;
  api::PurgeRoomRequest wanted;
  AdminReply reply;
  std::string stream;
  std::string filter;  ///< empty: everybody's messages
  nats::StreamInfo before;
  std::uint64_t up_to = 0;  ///< exclusive; 0: no bound
};
using Shared = std::shared_ptr<RoomPurge>;

void fail_with(const Shared& purge, const policies::Error& error) {
  purge->reply(tl::unexpected(to_api_error(error)));
}

void answer(const Shared& purge, std::uint64_t messages) {
  purge->reply(api::encode(api::PurgeRoomReply{.room = purge->wanted.room,
                                               .messages = messages,
                                               .stored = purge->before.stream.stored.messages,
                                               .dry_run = purge->wanted.dry_run}));
}

/// What would go: all that match, less those from the bound on, or less those that are kept.
void count(const Shared& purge) {
  nats::count_messages(purge->context.js, Priority::admin, purge->stream, purge->filter, 0,
                       [purge](Result<std::uint64_t> all) {
                         if (!all) return fail_with(purge, all.error());
                         if (purge->wanted.keep)
                           return answer(purge, *all - std::min(*all, *purge->wanted.keep));
                         if (purge->up_to == 0) return answer(purge, *all);
                         nats::count_messages(purge->context.js, Priority::admin, purge->stream,
                                              purge->filter, purge->up_to,
                                              [purge, all = *all](Result<std::uint64_t> stay) {
                                                if (!stay) return fail_with(purge, stay.error());
                                                answer(purge, all - std::min(all, *stay));
                                              });
                       });
}

void execute(const Shared& purge) {
  AdminContext& context = purge->context;
  const auto& stored = purge->before.stream.stored;
  // Messages that come in from here on are never meant: without a bound the purge ends at what is
  // stored now.
  nats::PurgeRequest request{
      .filter = purge->filter, .up_to = purge->up_to, .keep = purge->wanted.keep.value_or(0)};
  if (request.keep == 0 && request.up_to == 0) request.up_to = stored.last_seq + 1;
  if (request.keep == 0 && request.up_to < 2)
    return answer(purge, 0);  // 0 would purge everything, 1 nothing
  context.runtime.metrics.add(metrics::MetricId::purges_total,
                              {std::string(to_string(policies::Reason::manual))});
  context.js.purge(Priority::admin, purge->stream, request, [purge](Result<std::uint64_t> purged) {
    if (!purged) return fail_with(purge, purged.error());
    AdminContext& done_in = purge->context;
    done_in.runtime.metrics.add(metrics::MetricId::purged_messages_total,
                                {std::string(to_string(policies::Reason::manual))},
                                static_cast<double>(*purged));
    done_in.runtime.log.info("room.purged", {{"room", purge->wanted.room},
                                             {"reason", policies::Reason::manual},
                                             {"user", purge->wanted.user},
                                             {"messages", *purged}});
    done_in.inventory.mark_dirty(purge->stream);
    done_in.reconciler.mark_dirty();
    answer(purge, *purged);
  });
}

void act(const Shared& purge) {
  purge->wanted.dry_run ? count(purge) : execute(purge);
}

/// The bound in time becomes a sequence, by server timestamps.
void find_bound(const Shared& purge) {
  const auto& stored = purge->before.stream.stored;
  if (stored.messages == 0) return answer(purge, 0);
  if (purge->wanted.before_seq) {
    if (*purge->wanted.before_seq < 2) return answer(purge, 0);
    purge->up_to = std::min(*purge->wanted.before_seq, stored.last_seq + 1);
    return act(purge);
  }
  if (!purge->wanted.before_time) return act(purge);
  if (*purge->wanted.before_time <= stored.first_ts) return answer(purge, 0);
  nats::find_cut(purge->context.js, Priority::admin, purge->stream, stored,
                 *purge->wanted.before_time, [purge](Result<nats::Cut> cut) {
                   if (!cut) return fail_with(purge, cut.error());
                   if (cut->seq < 2) return answer(purge, 0);
                   purge->up_to = cut->seq;
                   act(purge);
                 });
}

ApiResult<std::string> filter_of(const AdminContext& context, const policies::RoomId& room,
                                 const std::string& user) {
  if (user.empty()) return std::string();
  const Result<policies::UserId> id = policies::UserId::parse(user);
  if (!id) return refuse(ApiCode::bad_request, "user: " + id.error().text);
  return context.runtime.names().publish_subject(room, id->text());
}

}  // namespace

void admin_purge(AdminContext& context, const std::string& request, const AdminReply& reply) {
  const ApiResult<api::PurgeRoomRequest> wanted = api::decode<api::PurgeRoomRequest>(request);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const int bounds =
      (wanted->before_time ? 1 : 0) + (wanted->before_seq ? 1 : 0) + (wanted->keep ? 1 : 0);
  if (bounds > 1)
    return reply(
        refuse(ApiCode::bad_request, "before_time, before_seq, keep: at most one of them"));
  const auto verdict = find_room(context, wanted->room);
  if (!verdict) return reply(tl::unexpected(verdict.error()));
  const ApiResult<std::string> filter = filter_of(context, (*verdict)->room, wanted->user);
  if (!filter) return reply(tl::unexpected(filter.error()));
  if (!wanted->dry_run && !context.halted().empty())
    return reply(refuse(ApiCode::not_ready, context.halted()));
  auto purge = std::make_shared<RoomPurge>(
      RoomPurge{.context = context,
                .wanted = *wanted,
                .reply = reply,
                .stream = context.runtime.names().stream_of((*verdict)->room),
                .filter = *filter,
                .before = {},
                .up_to = 0});
  // `keep: 0` keeps nothing: that is a purge without a bound.
  if (purge->wanted.keep == std::uint64_t{0}) purge->wanted.keep.reset();
  context.js.info(Priority::admin, purge->stream, [purge](Result<nats::StreamInfo> info) {
    if (!info) return fail_with(purge, info.error());
    const auto& mark = info->stream.config.mark;
    if (!mark || mark->instance != purge->context.runtime.config->instance) {
      return purge->reply(refuse(ApiCode::unsafe, "stream " + purge->stream +
                                                      " is not marked as ours: nothing is purged"));
    }
    purge->before = std::move(*info);
    find_bound(purge);
  });
}

void admin_deadline(AdminContext& context, const std::string& request, const AdminReply& reply) {
  const ApiResult<api::DeadlineRequest> wanted = api::decode<api::DeadlineRequest>(request);
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
