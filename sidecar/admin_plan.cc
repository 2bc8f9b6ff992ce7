// Verbs plan, apply, pass.
#include <algorithm>
#include <memory>
#include <utility>

#include "api/codec.h"
#include "sidecar/admin_context.h"
#include "sidecar/loss_count.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using api::PlanEntry;
using policies::Change;
using policies::ChangeKind;
using policies::Plan;
using policies::RoomState;
using policies::RoomVerdict;

ApiResult<policies::Consent> consent_of(bool allow_lossy, const std::vector<std::string>& rooms) {
  policies::Consent consent;
  for (const std::string& room : rooms) {
    const policies::Result<policies::RoomId> id = policies::RoomId::parse(room);
    if (!id) return refuse(ApiCode::bad_request, "rooms: " + id.error().text);
    if (allow_lossy) consent.rooms.push_back(*id);
  }
  consent.all = allow_lossy && rooms.empty();
  std::sort(consent.rooms.begin(), consent.rooms.end());
  return consent;
}

std::vector<api::PlanField> fields_of(const std::vector<policies::FieldChange>& fields) {
  std::vector<api::PlanField> shown;
  shown.reserve(fields.size());
  for (const policies::FieldChange& field : fields) {
    shown.push_back({.field = std::string(to_string(field.field)),
                     .from = field.from,
                     .to = field.to,
                     .lossy = field.lossy,
                     .impossible = field.impossible});
  }
  return shown;
}

bool is_held(const RoomVerdict& verdict) {
  return verdict.state == RoomState::blocked || verdict.state == RoomState::pending_consent ||
         (verdict.state == RoomState::removing &&
          verdict.reason == policies::Reason::removal_guard);
}

PlanEntry entry_of(const Change& change) {
  PlanEntry entry;
  entry.kind = to_string(change.kind);
  entry.room = change.room.text();
  entry.stream = change.stream;
  entry.state = to_string(RoomState::pending);
  entry.reason = to_string(change.reason);
  entry.fields = fields_of(change.fields);
  entry.messages = change.messages;
  return entry;
}

PlanEntry entry_of(const AdminContext& context, const RoomVerdict& verdict) {
  PlanEntry entry;
  entry.kind = "held";
  entry.room = verdict.room.text();
  entry.stream = context.runtime.names().stream_of(verdict.room);
  entry.state = to_string(verdict.state);
  entry.reason = to_string(verdict.reason);
  entry.detail = verdict.detail;
  entry.fields = fields_of(verdict.fields);
  if (const policies::ObservedStream* stream = stream_of(context, verdict.room))
    entry.messages = stream->stored.messages;
  return entry;
}

api::PlanReply page_of(const AdminContext& context, const Plan& plan,
                       const api::PlanRequest& wanted) {
  api::PlanReply page;
  page.complete = context.inventory.streams().complete && context.rooms.desired().complete;
  page.doubts = context.rooms.desired().doubts;
  if (!context.inventory.streams().complete)
    page.doubts.push_back("the last listing of streams is incomplete");
  std::vector<PlanEntry> entries;
  for (const Change& change : plan.changes) {
    switch (change.kind) {
      case ChangeKind::create:
        ++page.creates;
        break;
      case ChangeKind::update:
        ++page.updates;
        break;
      case ChangeKind::adopt:
        ++page.adopts;
        break;
      case ChangeKind::remove:
        ++page.removes;
        break;
    }
    entries.push_back(entry_of(change));
  }
  for (const RoomVerdict& verdict : plan.verdicts) {
    if (!is_held(verdict)) continue;
    ++page.held;
    entries.push_back(entry_of(context, verdict));
  }
  page.total = entries.size();
  const std::size_t begin = std::min<std::size_t>(wanted.offset, entries.size());
  const std::size_t end = std::min<std::size_t>(begin + wanted.limit, entries.size());
  page.entries.assign(std::make_move_iterator(entries.begin() + static_cast<std::ptrdiff_t>(begin)),
                      std::make_move_iterator(entries.begin() + static_cast<std::ptrdiff_t>(end)));
  return page;
}

/// Agreeing is an act of its own: what comes of it is told by the pass.
void tell_audit(AdminContext& context, const policies::Consent& consent, const api::Actor& actor,
                std::uint64_t pass) {
  api::AuditRecord entry;
  entry.kind = api::AuditKind::consent;
  entry.reason = policies::Reason::consent_given;
  entry.actor = actor;
  entry.text = (consent.all ? "for all rooms, in pass " : "in pass ") + std::to_string(pass);
  for (const policies::RoomId& room : consent.rooms) {
    entry.rooms.push_back({.room = room.text(), .messages = 0, .before = 0, .up_to = 0});
  }
  if (entry.rooms.size() == 1) {
    entry.room = std::move(entry.rooms.front().room);
    entry.rooms.clear();
  }
  context.audit.record(std::move(entry));
}

}  // namespace

void admin_plan(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::PlanRequest> wanted = api::decode<api::PlanRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (wanted->limit < 1 || wanted->limit > 1000)
    return reply(refuse(ApiCode::bad_request, "limit: 1 to 1000 expected"));
  if (!context.inventory.has_listed()) {
    return reply(
        refuse(ApiCode::not_ready, "Roomkeeper has not finished its first look at the server yet"));
  }
  const ApiResult<policies::Consent> consent = consent_of(wanted->allow_lossy, wanted->rooms);
  if (!consent) return reply(tl::unexpected(consent.error()));
  context.reconciler.refresh_desired();
  auto page = std::make_shared<api::PlanReply>(
      page_of(context, context.reconciler.plan_now(*consent), *wanted));
  // How many messages would go is asked of the server, for the entries of this page.
  count_losses(context, page, [page, reply] { reply(api::encode(*page)); });
}

void admin_apply(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::ApplyRequest> wanted = api::decode<api::ApplyRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const std::string halted = context.halted();
  if (!halted.empty()) return reply(refuse(ApiCode::not_ready, halted));
  const ApiResult<policies::Consent> consent = consent_of(wanted->allow_lossy, wanted->rooms);
  if (!consent) return reply(tl::unexpected(consent.error()));
  const std::uint64_t pass = context.reconciler.request_pass(*consent);
  if (wanted->allow_lossy) tell_audit(context, *consent, request.actor, pass);
  reply(api::encode(api::PassReply{.pass = pass, .failures = {}}));
}

void admin_pass(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::PassRequest> wanted = api::decode<api::PassRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const PassProgress progress = context.reconciler.progress(wanted->pass);
  reply(api::encode(api::PassReply{.pass = progress.pass,
                                   .done = progress.done,
                                   .total = progress.total,
                                   .applied = progress.applied,
                                   .failed = progress.failed,
                                   .held = progress.held,
                                   .failures = progress.failures}));
}

}  // namespace roomkeeper::sidecar
