// Verb room.put: defines many rooms of the API at once, each with an outcome of its own.
#include <memory>
#include <set>
#include <utility>

#include "api/bulk.h"
#include "api/codec.h"
#include "config/room_text.h"
#include "sidecar/admin_context.h"
#include "sidecar/room_definitions.h"
#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiError;
using api::ApiResult;
using api::PutOutcome;
using policies::Result;
using policies::RoomId;
using policies::RoomSpec;

/// One request while its writes are on their way.
struct PutWork {
  AdminContext& context;
  AdminReply reply;
  api::Actor actor;
  api::PutReply result;
  std::vector<std::string> written;  ///< ids
  std::size_t open = 1;              ///< writes on their way, and the one who hands them out
};

std::string error_line(const ApiError& error) {
  if (error.details.empty()) return error.message;
  std::string text;
  for (const std::string& detail : error.details) text += (text.empty() ? "" : "; ") + detail;
  return text;
}

void refuse_room(PutOutcome& outcome, const ApiError& error) {
  outcome.outcome = api::outcome::refused;
  outcome.code = to_string(error.code);
  outcome.message = error_line(error);
}

/// What would become of the room. Nothing but `created` and `updated` has to be written.
PutOutcome judge(const AdminContext& context, const std::string& json,
                 std::optional<RoomSpec>& room, std::set<std::string>& named) {
  PutOutcome outcome;
  outcome.id = room_id_of(json).value_or("");
  ApiResult<RoomSpec> parsed = parse_room(context, json);
  if (!parsed) {
    refuse_room(outcome, parsed.error());
    return outcome;
  }
  if (!named.insert(outcome.id).second) {
    refuse_room(outcome, {ApiCode::bad_request, "named more than once in the request", {}});
    return outcome;
  }
  if (const RoomSpec* of_file = context.runtime.config->rooms.find(parsed->id)) {
    if (config::same_definition(*parsed, *of_file)) {
      outcome.outcome = api::outcome::unchanged;
    } else {
      refuse_room(outcome, is_api_owned(context, parsed->id).error());
    }
    return outcome;
  }
  const RoomSpec* before = context.state.find_room(parsed->id);
  if (before != nullptr && config::same_definition(*parsed, *before)) {
    outcome.outcome = api::outcome::unchanged;
    return outcome;
  }
  if (const auto free = is_api_owned(context, parsed->id); !free) {
    refuse_room(outcome, free.error());
    return outcome;
  }
  outcome.outcome =
      context.state.room_json(parsed->id) ? api::outcome::updated : api::outcome::created;
  room = std::move(*parsed);
  return outcome;
}

/// What was asked for and written, as few entries as may be.
void tell_audit(const PutWork& work) {
  for (std::size_t from = 0; from < work.written.size(); from += api::audit_rooms_max) {
    const std::size_t end = std::min(work.written.size(), from + api::audit_rooms_max);
    api::AuditRecord entry;
    entry.kind = api::AuditKind::room_defined;
    entry.reason = policies::Reason::asked_by_admin;
    entry.actor = work.actor;
    if (work.written.size() == 1) entry.room = work.written.front();
    for (std::size_t i = from; i < end && work.written.size() > 1; ++i)
      entry.rooms.push_back({.room = work.written[i], .messages = 0, .before = 0, .up_to = 0});
    work.context.audit.record(std::move(entry));
  }
}

void count(api::PutReply& result) {
  for (const PutOutcome& room : result.rooms) {
    if (room.outcome == api::outcome::created) ++result.created;
    if (room.outcome == api::outcome::updated) ++result.updated;
    if (room.outcome == api::outcome::unchanged) ++result.unchanged;
    if (room.outcome == api::outcome::refused) ++result.refused;
  }
}

void finish_write(const std::shared_ptr<PutWork>& work) {
  if (--work->open > 0) return;
  if (!work->written.empty()) {
    tell_audit(*work);
    // The pass reads what is wanted anew: doing that for each of many requests would be a square.
    // But a removal that is on its way must see at once that its room is wanted again.
    if (!work->context.rooms.desired().removed_by_api.empty())
      work->context.reconciler.refresh_desired();
    work->context.reconciler.mark_dirty();
  }
  count(work->result);
  work->reply(api::encode(work->result));
}

}  // namespace

void admin_room_put(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::PutRequest> wanted = api::decode<api::PutRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto may = may_write(context); !may) return reply(tl::unexpected(may.error()));
  const auto work = std::make_shared<PutWork>(PutWork{
      .context = context, .reply = reply, .actor = request.actor, .result = {}, .written = {}});
  work->result.rooms.reserve(wanted->rooms.size());
  std::set<std::string> named;
  std::vector<std::optional<RoomSpec>> rooms(wanted->rooms.size());
  for (std::size_t i = 0; i < rooms.size(); ++i)
    work->result.rooms.push_back(judge(context, wanted->rooms[i], rooms[i], named));
  for (std::size_t i = 0; i < rooms.size() && !wanted->dry_run; ++i) {
    if (!rooms[i]) continue;
    ++work->open;
    context.state.put_room(*rooms[i], wanted->rooms[i], [work, i](const Result<>& written) {
      PutOutcome& outcome = work->result.rooms[i];
      if (written) {
        work->written.push_back(outcome.id);
      } else {
        refuse_room(outcome, to_api_error(written.error()));
      }
      finish_write(work);
    });
  }
  finish_write(work);
}

}  // namespace roomkeeper::sidecar
