// Verbs purge, job.ls, job.show, job.abort.
#include <algorithm>
#include <utility>

#include "api/codec.h"
#include "api/jobs.h"
#include "sidecar/admin_context.h"
#include "sidecar/job_keeper.h"
#include "sidecar/job_room_search.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;

ApiResult<void> bad(std::string message) {
  return refuse(ApiCode::bad_request, std::move(message));
}

bool is_known_template(const AdminContext& context, const std::string& name) {
  if (context.runtime.config->templates.contains(name)) return true;
  const auto& streams = context.inventory.streams().streams;
  return std::any_of(streams.begin(), streams.end(), [&](const policies::ObservedStream& stream) {
    return stream.config.mark && stream.config.mark->template_name == name;
  });
}

/// A room, or what is in a pool of ours under a name that nothing defines.
ApiResult<void> check_named(const AdminContext& context, const std::string& name) {
  const auto verdict = find_room(context, name);
  const auto room = policies::RoomId::parse(name);
  if (!room) return tl::unexpected(verdict.error());
  const auto& config = *context.runtime.config;
  const Home home = home_of_named(config.names, context.pools, context.inventory, *room);
  if (!verdict && !home.is_pooled()) return tl::unexpected(verdict.error());
  const policies::ObservedStream* stream = context.inventory.streams().find(home.stream);
  const bool ours = stream == nullptr ||
                    (home.is_pooled() ? is_pool_of_ours(*stream, config.names, config.instance)
                                      : is_room_of_ours(*stream, config.names, config.instance));
  if (!ours) {
    return refuse(ApiCode::unsafe,
                  "stream " + stream->name + " is not marked as ours: nothing is purged");
  }
  return {};
}

ApiResult<void> check_rooms(const AdminContext& context, const api::PurgeSelection& selection) {
  const bool by_pattern = !selection.match.empty() || !selection.template_name.empty();
  if (selection.rooms.empty() == !by_pattern)
    return bad("either rooms, or match and template, are expected");
  if (selection.rooms.size() > api::purge_rooms_max)
    return bad("rooms: at most " + std::to_string(api::purge_rooms_max) + " expected");
  for (const std::string& room : selection.rooms) {
    if (const auto clear = check_named(context, room); !clear) return clear;
  }
  if (selection.match.size() > api::purge_match_max)
    return bad("match: at most " + std::to_string(api::purge_match_max) + " bytes expected");
  const std::string& name = selection.template_name;
  if (!name.empty() && !is_known_template(context, name))
    return bad("template: no room and no file names '" + name.substr(0, 64) + "'");
  return {};
}

ApiResult<void> check_messages(const api::PurgeRequest& request) {
  const api::PurgeSelection& selection = request.selection;
  if (!selection.user.empty()) {
    const auto user = policies::UserId::parse(selection.user);
    if (!user) return bad("user: " + user.error().text);
  }
  const int bounds =
      (selection.before_time ? 1 : 0) + (selection.before_seq ? 1 : 0) + (selection.keep ? 1 : 0);
  if (bounds > 1) return bad("before_time, before_seq, keep: at most one of them");
  if (selection.before_seq && selection.rooms.size() != 1)
    return bad("before_seq: a sequence means something in one room only");
  const bool narrowed = !selection.user.empty() || bounds > 0;
  if (narrowed && request.all) return bad("all: nothing beside it that narrows the purge");
  if (!narrowed && !request.all && !request.dry_run)
    return bad("say what goes: user, before_time, before_seq, keep, or all");
  return {};
}

}  // namespace

void admin_purge(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::PurgeRequest> wanted = api::decode<api::PurgeRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto clear = check_messages(*wanted); !clear)
    return reply(tl::unexpected(clear.error()));
  if (const auto clear = check_rooms(context, wanted->selection); !clear)
    return reply(tl::unexpected(clear.error()));
  if (!context.halted().empty()) return reply(refuse(ApiCode::not_ready, context.halted()));
  context.jobs.ask(*wanted, request.actor, [reply](const ApiResult<api::JobView>& job) {
    if (!job) return reply(tl::unexpected(job.error()));
    reply(api::encode(*job));
  });
}

void admin_job_ls(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::JobListRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  reply(api::encode(context.jobs.list(wanted->limit, wanted->offset)));
}

void admin_job_show(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::JobShowRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  PurgeJob* job = context.jobs.find(wanted->job);
  if (job == nullptr)
    return reply(refuse(ApiCode::job_not_found, "no job '" + wanted->job.substr(0, 64) + "'"));
  reply(api::encode(job->show(wanted->limit, wanted->offset)));
}

void admin_job_abort(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::JobRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const ApiResult<api::JobView> job = context.jobs.abort(wanted->job, request.actor);
  if (!job) return reply(tl::unexpected(job.error()));
  reply(api::encode(*job));
}

}  // namespace roomkeeper::sidecar
