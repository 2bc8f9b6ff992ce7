// Verbs plan, apply, pass.
#include <algorithm>
#include <memory>
#include <utility>

#include "api/codec.h"
#include "sidecar/admin_context.h"
#include "sidecar/capacity_view.h"
#include "sidecar/loss_count.h"
#include "sidecar/room_stored.h"
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

ApiResult<std::vector<policies::RoomId>> parsed(const char* field,
                                                const std::vector<std::string>& names) {
  std::vector<policies::RoomId> ids;
  for (const std::string& name : names) {
    policies::Result<policies::RoomId> id = policies::RoomId::parse(name);
    if (!id) return refuse(ApiCode::bad_request, std::string(field) + ": " + id.error().text);
    ids.push_back(*std::move(id));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

/// Of an `apply` or of the plan that shows what it would do.
template <class Request>
ApiResult<policies::Consent> consent_of(const Request& request) {
  ApiResult<std::vector<policies::RoomId>> rooms = parsed("rooms", request.rooms);
  if (!rooms) return tl::unexpected(std::move(rooms).error());
  ApiResult<std::vector<policies::RoomId>> pools = parsed("pools", request.pools);
  if (!pools) return tl::unexpected(std::move(pools).error());
  policies::Consent consent;
  if (!request.allow_lossy) return consent;
  consent.all = rooms->empty() && pools->empty();
  consent.rooms = *std::move(rooms);
  consent.pools = *std::move(pools);
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

PlanEntry entry_of(const AdminContext& context, const Change& change) {
  PlanEntry entry;
  entry.kind = to_string(change.kind);
  if (change.target == policies::ChangeTarget::pool_stream) {
    entry.pool = change.room.text();
  } else {
    entry.room = change.room.text();
    entry.pool = context.runtime.names().pool_of_stream(change.stream).value_or("");
  }
  entry.stream = change.stream;
  entry.state = to_string(RoomState::pending);
  entry.reason = to_string(change.reason);
  entry.fields = fields_of(change.fields);
  entry.messages = change.messages;
  return entry;
}

PlanEntry entry_of(const AdminContext& context, const policies::RosterChange& change) {
  PlanEntry entry;
  entry.kind = to_string(change.pool == nullptr ? ChangeKind::remove : ChangeKind::create);
  entry.room = change.room.text();
  if (change.pool != nullptr) entry.pool = *change.pool;
  entry.stream = context.runtime.names().stream_of(change.room, entry.pool);
  entry.state = to_string(RoomState::pending);
  entry.reason = to_string(change.pool == nullptr ? policies::Reason::not_wanted
                                                  : policies::Reason::room_missing);
  return entry;
}

PlanEntry held_entry(const RoomVerdict& verdict) {
  PlanEntry entry;
  entry.kind = "held";
  entry.state = to_string(verdict.state);
  entry.reason = to_string(verdict.reason);
  entry.detail = verdict.detail;
  entry.fields = fields_of(verdict.fields);
  return entry;
}

PlanEntry entry_of(const AdminContext& context, const RoomVerdict& verdict) {
  PlanEntry entry = held_entry(verdict);
  const Home home = home_of(context, verdict.room);
  entry.room = verdict.room.text();
  entry.pool = home.pool;
  entry.stream = home.stream;
  entry.messages = stored_of(context, verdict.room).messages;
  return entry;
}

PlanEntry entry_of_pool(const AdminContext& context, const RoomVerdict& verdict) {
  PlanEntry entry = held_entry(verdict);
  entry.pool = verdict.room.text();
  entry.stream = context.runtime.names().pool_stream(entry.pool);
  if (const policies::ObservedStream* stream = context.inventory.streams().find(entry.stream))
    entry.messages = stream->stored.messages;
  return entry;
}

void count_kinds(const Plan& plan, api::PlanReply& page) {
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
  }
  for (const policies::RosterChange& change : plan.roster) {
    if (!change.only_owner) ++(change.pool == nullptr ? page.removes : page.creates);
  }
}

/// Entries are made for the page alone: a first plan may have a hundred thousand.
class PageBuilder {
 public:
  PageBuilder(api::PlanReply& page, const api::PlanRequest& wanted)
      : page_(page), begin_(wanted.offset), end_(wanted.offset + wanted.limit) {}

  template <class MakeEntry>
  void add(MakeEntry make) {
    if (page_.total >= begin_ && page_.total < end_) page_.entries.push_back(make());
    ++page_.total;
  }

 private:
  api::PlanReply& page_;
  std::uint64_t begin_;
  std::uint64_t end_;
};

api::PlanReply page_of(const AdminContext& context, const Plan& plan,
                       const api::PlanRequest& wanted) {
  api::PlanReply page;
  page.complete = context.inventory.streams().complete && context.rooms.desired().complete;
  page.doubts = context.rooms.desired().doubts;
  if (!context.inventory.streams().complete)
    page.doubts.push_back("the last listing of streams is incomplete");
  count_kinds(plan, page);
  PageBuilder builder(page, wanted);
  for (const Change& change : plan.changes) builder.add([&] { return entry_of(context, change); });
  for (const policies::RosterChange& change : plan.roster) {
    if (!change.only_owner) builder.add([&] { return entry_of(context, change); });
  }
  for (const RoomVerdict& pool : plan.pools) {
    if (!policies::is_held(pool)) continue;
    ++page.held;
    builder.add([&] { return entry_of_pool(context, pool); });
  }
  for (const RoomVerdict& verdict : plan.verdicts) {
    if (!policies::is_held(verdict) || verdict.as_pool) continue;
    ++page.held;
    builder.add([&] { return entry_of(context, verdict); });
  }
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
  const ApiResult<policies::Consent> consent = consent_of(*wanted);
  if (!consent) return reply(tl::unexpected(consent.error()));
  context.reconciler.refresh_desired();
  auto page = std::make_shared<api::PlanReply>(
      page_of(context, context.reconciler.plan_now(*consent), *wanted));
  page->capacity = capacity_view(context.capacity);  // of the plan that was just made
  // How many messages would go is asked of the server, for the entries of this page.
  count_losses(context, page, [page, reply] { reply(api::encode(*page)); });
}

void admin_apply(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::ApplyRequest> wanted = api::decode<api::ApplyRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const std::string halted = context.halted();
  if (!halted.empty()) return reply(refuse(ApiCode::not_ready, halted));
  const ApiResult<policies::Consent> consent = consent_of(*wanted);
  if (!consent) return reply(tl::unexpected(consent.error()));
  const std::uint64_t pass = context.reconciler.request_pass(*consent);
  if (wanted->allow_lossy) tell_audit(context, *consent, request.actor, pass);
  reply(api::encode(api::PassReply{.pass = pass, .failures = {}}));
}

void admin_pass(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const ApiResult<api::PassRequest> wanted = api::decode<api::PassRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const auto progress = context.reconciler.progress(wanted->pass);
  if (!progress) {
    return reply(refuse(ApiCode::pass_not_found,
                        "pass " + std::to_string(wanted->pass) +
                            " was asked of a Roomkeeper that does not lead any more; this one "
                            "looks at everything by itself, see roomctl status"));
  }
  reply(api::encode(api::PassReply{.pass = progress->pass,
                                   .done = progress->done,
                                   .total = progress->total,
                                   .applied = progress->applied,
                                   .failed = progress->failed,
                                   .held = progress->held,
                                   .failures = progress->failures}));
}

}  // namespace roomkeeper::sidecar
