// Verb room.adopt: takes over unmarked streams of rooms that are defined, with a consent for once.
#include <algorithm>
#include <map>
#include <utility>

#include "api/bulk.h"
#include "api/codec.h"
#include "sidecar/admin_context.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using api::AdoptOutcome;
using api::ApiCode;
using api::ApiResult;
using policies::Change;
using policies::FieldChange;
using policies::Plan;
using policies::Reason;
using policies::RoomId;
using policies::RoomSpec;
using policies::RoomVerdict;

struct Meant {
  std::vector<RoomId> rooms;  ///< sorted
  std::uint64_t total = 0;
  std::string next_cursor;
};

ApiResult<Meant> named_rooms(const api::AdoptRequest& wanted) {
  if (wanted.rooms.size() > api::bulk_rooms_max) {
    return refuse(ApiCode::bad_request,
                  "rooms: at most " + std::to_string(api::bulk_rooms_max) + " expected");
  }
  Meant meant;
  for (const std::string& room : wanted.rooms) {
    policies::Result<RoomId> id = RoomId::parse(room);
    if (!id) return refuse(ApiCode::bad_request, "rooms: " + id.error().text);
    meant.rooms.push_back(*std::move(id));
  }
  std::sort(meant.rooms.begin(), meant.rooms.end());
  meant.rooms.erase(std::unique(meant.rooms.begin(), meant.rooms.end()), meant.rooms.end());
  meant.total = meant.rooms.size();
  return meant;
}

/// Rooms with a stream of their own that has no mark.
Meant matching_rooms(const AdminContext& context, const api::AdoptRequest& wanted) {
  Meant meant;
  for (const RoomSpec& room : context.rooms.desired().rooms) {
    if (room.settings->layout != policies::Layout::dedicated) continue;
    if (!policies::glob_matches(wanted.match, room.id.text())) continue;
    const policies::ObservedStream* stream =
        context.inventory.streams().find(context.runtime.names().stream_of(room.id));
    if (stream == nullptr || stream->config.mark) continue;
    ++meant.total;
    if (!wanted.cursor.empty() && room.id.text() <= wanted.cursor) continue;
    if (meant.rooms.size() < wanted.limit) {
      meant.rooms.push_back(room.id);
    } else if (meant.next_cursor.empty()) {
      meant.next_cursor = meant.rooms.back().text();
    }
  }
  return meant;
}

std::vector<std::string> lines_of(const std::vector<FieldChange>& fields) {
  std::vector<std::string> lines;
  lines.reserve(fields.size());
  for (const FieldChange& field : fields) {
    lines.push_back(std::string(to_string(field.field)) + ": " + field.from + " -> " + field.to +
                    (field.lossy ? " (lossy)" : "") + (field.impossible ? " (impossible)" : ""));
  }
  return lines;
}

void refuse_room(AdoptOutcome& outcome, Reason reason, std::string detail) {
  outcome.outcome = api::outcome::refused;
  outcome.reason = to_string(reason);
  outcome.detail = std::move(detail);
}

/// What a plan with the consent says about the rooms that were meant.
class Judge {
 public:
  Judge(const AdminContext& context, const Plan& plan) : context_(context), plan_(plan) {
    for (const Change& change : plan.changes) {
      if (change.kind == policies::ChangeKind::adopt &&
          change.target == policies::ChangeTarget::room_stream)
        adoptions_.emplace(change.room, &change);
    }
  }

  AdoptOutcome outcome_of(const RoomId& id) const {
    AdoptOutcome outcome;
    outcome.room = id.text();
    const RoomSpec* room = context_.rooms.desired().find(id);
    if (room == nullptr) {
      refuse_room(outcome, Reason::unmarked_stream,
                  "no file and no request defines the room: define it first; `roomctl room "
                  "import` writes a definition that fits the stream");
      return outcome;
    }
    if (room->settings->layout != policies::Layout::dedicated) {
      refuse_room(
          outcome, Reason::layout_change,
          "it is in pool " + room->settings->template_name + ", and a pool takes over no streams");
      return outcome;
    }
    outcome.stream = context_.runtime.names().stream_of(id);
    const policies::ObservedStream* stream = context_.inventory.streams().find(outcome.stream);
    if (stream == nullptr) {
      refuse_room(outcome, Reason::room_missing, "there is no stream " + outcome.stream);
      return outcome;
    }
    outcome.messages = stream->stored.messages;
    judge_stream(id, *stream, outcome);
    return outcome;
  }

 private:
  void judge_stream(const RoomId& id, const policies::ObservedStream& stream,
                    AdoptOutcome& outcome) const {
    const RoomVerdict* verdict = verdict_of(id);
    const auto& mark = stream.config.mark;
    if (mark && mark->instance == context_.runtime.config->instance) {
      outcome.outcome = api::outcome::unchanged;
      return;
    }
    if (verdict != nullptr) outcome.waits = lines_of(verdict->fields);
    const auto adoption = adoptions_.find(id);
    if (adoption == adoptions_.end()) {
      const Reason reason = verdict == nullptr ? Reason::not_observed : verdict->reason;
      std::string detail(explain(reason));
      if (verdict != nullptr && !verdict->detail.empty()) detail += ": " + verdict->detail;
      refuse_room(outcome, reason, std::move(detail));
      return;
    }
    outcome.outcome = api::outcome::adopted;
    outcome.reason = to_string(Reason::adopted);
    outcome.changes = lines_of(adoption->second->fields);
  }

  const RoomVerdict* verdict_of(const RoomId& id) const {
    const auto at = std::lower_bound(
        plan_.verdicts.begin(), plan_.verdicts.end(), id,
        [](const RoomVerdict& verdict, const RoomId& room) { return verdict.room < room; });
    return at == plan_.verdicts.end() || at->room != id ? nullptr : &*at;
  }

  const AdminContext& context_;
  const Plan& plan_;
  std::map<RoomId, const Change*> adoptions_;
};

/// Agreeing is an act of its own: what comes of it is told by the pass.
void tell_audit(AdminContext& context, const std::vector<RoomId>& rooms, const api::Actor& actor,
                std::uint64_t pass) {
  for (std::size_t from = 0; from < rooms.size(); from += api::audit_rooms_max) {
    api::AuditRecord entry;
    entry.kind = api::AuditKind::consent;
    entry.reason = Reason::consent_given;
    entry.actor = actor;
    entry.text = "to take over unmarked streams, in pass " + std::to_string(pass);
    const std::size_t end = std::min(rooms.size(), from + api::audit_rooms_max);
    for (std::size_t i = from; i < end && rooms.size() > 1; ++i)
      entry.rooms.push_back({.room = rooms[i].text(), .messages = 0, .before = 0, .up_to = 0});
    if (rooms.size() == 1) entry.room = rooms.front().text();
    context.audit.record(std::move(entry));
  }
}

}  // namespace

void admin_room_adopt(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::AdoptRequest> wanted = api::decode<api::AdoptRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (wanted->rooms.empty() == wanted->match.empty())
    return reply(refuse(ApiCode::bad_request, "expected either rooms or match"));
  if (const std::string halted = context.halted(); !halted.empty())
    return reply(refuse(ApiCode::not_ready, halted));
  if (!context.inventory.has_listed()) {
    return reply(
        refuse(ApiCode::not_ready, "Roomkeeper has not finished its first look at the server yet"));
  }
  context.reconciler.refresh_desired();
  ApiResult<Meant> meant =
      wanted->rooms.empty() ? matching_rooms(context, *wanted) : named_rooms(*wanted);
  if (!meant) return reply(tl::unexpected(meant.error()));
  policies::Consent consent;
  consent.adopt = meant->rooms;
  const Plan plan = context.reconciler.plan_now(consent);
  const Judge judge(context, plan);
  api::AdoptReply result;
  result.total = meant->total;
  result.next_cursor = meant->next_cursor;
  consent.adopt.clear();
  for (const RoomId& room : meant->rooms) {
    result.rooms.push_back(judge.outcome_of(room));
    if (result.rooms.back().outcome == api::outcome::adopted) consent.adopt.push_back(room);
  }
  if (!wanted->dry_run && !consent.adopt.empty()) {
    result.pass = context.reconciler.request_pass(consent);
    tell_audit(context, consent.adopt, request.actor, result.pass);
  }
  reply(api::encode(result));
}

}  // namespace roomkeeper::sidecar
