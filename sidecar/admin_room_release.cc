// Verb room.release: takes Roomkeeper's mark off a room's stream; the stream and its messages stay.
//
// The order is what makes it safe to be interrupted: first the record of an API room goes, which
// leaves an orphan that nothing removes; then the mark. Done again, it goes on where it ended.
#include <algorithm>
#include <memory>
#include <utility>

#include "api/bulk.h"
#include "api/codec.h"
#include "policies/field_text.h"
#include "policies/hold.h"
#include "sidecar/admin_context.h"
#include "sidecar/room_definitions.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiError;
using api::ApiResult;
using api::ReleaseOutcome;
using nats::Priority;
using nats::StreamInfo;
using policies::Result;
using policies::RoomId;

/// A pass may have been about to update the stream, which would bring the mark back.
constexpr int tries_max = 3;

struct ReleaseWork {
  AdminContext& context;
  AdminReply reply;
  api::Actor actor;
  bool dry_run = true;
  api::ReleaseReply result;
  std::size_t open = 1;  ///< rooms under way, and the one who hands them out
};

/// One room on its way.
struct Visit {
  std::shared_ptr<ReleaseWork> work;
  std::size_t index = 0;
  RoomId room;
  std::string stream;
  bool was_recorded = false;  ///< the API had a record of it
  policies::WallTime created{};
  int tries = 0;

  ReleaseOutcome& outcome() const { return work->result.rooms[index]; }
  AdminContext& context() const { return work->context; }
};
using SharedVisit = std::shared_ptr<Visit>;

void finish_visit(const std::shared_ptr<ReleaseWork>& work) {
  if (--work->open > 0) return;
  for (const ReleaseOutcome& room : work->result.rooms) {
    if (room.outcome == api::outcome::released) ++work->result.released;
    if (room.outcome == api::outcome::refused) ++work->result.refused;
  }
  if (!work->dry_run) {
    work->context.reconciler.refresh_desired();
    work->context.reconciler.mark_dirty();
  }
  work->reply(api::encode(work->result));
}

void refuse_visit(const SharedVisit& visit, const ApiError& error) {
  visit->outcome().outcome = api::outcome::refused;
  visit->outcome().code = to_string(error.code);
  visit->outcome().message = error.message;
  finish_visit(visit->work);
}

std::string mark_of(const policies::ObservedStream& stream) {
  return stream.config.mark
             ? "the mark of instance " + policies::quoted(stream.config.mark->instance)
             : "no mark";
}

bool is_ours(const Visit& visit, const policies::ObservedStream& stream) {
  const auto& mark = stream.config.mark;
  return mark && mark->instance == visit.context().runtime.config->instance &&
         mark->room == visit.room.text();
}

/// What memory already knows to be in the way.
ApiResult<void> may_release(const AdminContext& context, const RoomId& room,
                            const std::string& stream) {
  if (context.runtime.config->rooms.find(room) != nullptr) {
    return refuse(ApiCode::owned_by_file, "room '" + room.text() + "' is defined in " +
                                              defined_where(context, room) +
                                              ": take it out of the file first");
  }
  if (context.holds.of_room(room) != nullptr ||
      context.inventory.copies().contains(policies::hold_stream_name(room.text()))) {
    return refuse(ApiCode::unsafe,
                  "room '" + room.text() + "' is held: end the hold first (roomctl room unhold)");
  }
  const policies::RoomVerdict* verdict = context.rooms.verdict(room);
  if (verdict != nullptr && verdict->reason == policies::Reason::moving) {
    return refuse(ApiCode::unsafe, "the messages of room '" + room.text() +
                                       "' are being moved: wait for the end of that");
  }
  const policies::RoomSpec* wanted = context.rooms.desired().find(room);
  const bool pooled = wanted != nullptr && wanted->settings->layout == policies::Layout::pooled;
  if (pooled && context.inventory.streams().find(stream) == nullptr) {
    return refuse(ApiCode::refused, "room '" + room.text() + "' is in pool " +
                                        wanted->settings->template_name +
                                        " and has no stream of its own that could be released");
  }
  return {};
}

/// What goes on without Roomkeeper, and what does not.
std::string what_stays(const Visit& visit, const policies::ObservedStream& stream) {
  std::string text = "nobody purges it at midnight any more; its limits stay";
  if (stream.config.max_age > policies::Nanoseconds::zero())
    text += ", max_age " + policies::age_text(stream.config.max_age) + " too";
  if (visit.was_recorded) text += "; the definition made through the API is forgotten";
  return text;
}

void tell_audit(const Visit& visit, const policies::Mark& mark) {
  api::AuditRecord entry;
  entry.kind = api::AuditKind::stream_released;
  entry.reason = policies::Reason::released;
  entry.actor = visit.work->actor;
  entry.room = visit.room.text();
  entry.stream = visit.stream;
  entry.changes.push_back({.field = std::string(to_string(policies::Field::mark)),
                           .from = policies::mark_text(mark),
                           .to = policies::mark_text(std::nullopt)});
  if (visit.was_recorded) entry.text = "its definition made through the API is forgotten";
  visit.context().audit.record(std::move(entry));
}

void take_mark(const SharedVisit& visit);

/// Looks once more: what was on its way when the mark went may have brought it back.
void verify(const SharedVisit& visit, const policies::Mark& mark) {
  visit->context().js.info(Priority::admin, visit->stream, [visit, mark](Result<StreamInfo> now) {
    if (!now) return refuse_visit(visit, to_api_error(now.error()));
    const bool back = is_ours(*visit, now->stream);
    visit->outcome().messages = now->stream.stored.messages;
    visit->outcome().message = what_stays(*visit, now->stream);
    visit->context().inventory.put(std::move(now->stream), now->server_time);
    if (back && ++visit->tries < tries_max) return take_mark(visit);
    if (back) {
      return refuse_visit(
          visit, {ApiCode::conflict, "the mark came back while it was taken off: try again", {}});
    }
    visit->outcome().outcome = api::outcome::released;
    tell_audit(*visit, mark);
    finish_visit(visit->work);
  });
}

/// Read-modify-write of the metadata, on the stream as it is now.
void take_mark(const SharedVisit& visit) {
  visit->context().js.info(Priority::admin, visit->stream, [visit](Result<StreamInfo> now) {
    if (!now) return refuse_visit(visit, to_api_error(now.error()));
    if (!is_ours(*visit, now->stream) || now->stream.stored.created != visit->created) {
      return refuse_visit(visit,
                          {ApiCode::conflict, "the stream has changed meanwhile: look again", {}});
    }
    const policies::Mark mark = *now->stream.config.mark;
    visit->context().js.release(Priority::admin, visit->stream, now->raw_config,
                                [visit, mark](Result<StreamInfo> done) {
                                  visit->context().inventory.mark_dirty(visit->stream);
                                  if (!done) return refuse_visit(visit, to_api_error(done.error()));
                                  verify(visit, mark);
                                });
  });
}

void forget_definition(const SharedVisit& visit) {
  if (!visit->was_recorded) return take_mark(visit);
  visit->context().state.forget_room(visit->room, [visit](const Result<>& forgotten) {
    if (!forgotten) return refuse_visit(visit, to_api_error(forgotten.error()));
    take_mark(visit);
  });
}

void look_first(const SharedVisit& visit) {
  visit->context().js.info(Priority::admin, visit->stream, [visit](Result<StreamInfo> now) {
    if (!now) {
      const bool gone = now.error().server_code == nats::server_code::stream_not_found;
      return refuse_visit(
          visit, gone ? ApiError{ApiCode::room_not_found, "there is no stream " + visit->stream, {}}
                      : to_api_error(now.error()));
    }
    if (!is_ours(*visit, now->stream)) {
      return refuse_visit(visit, {ApiCode::refused,
                                  "stream " + visit->stream + " is not Roomkeeper's: it has " +
                                      mark_of(now->stream),
                                  {}});
    }
    visit->created = now->stream.stored.created;
    visit->outcome().messages = now->stream.stored.messages;
    visit->outcome().message = what_stays(*visit, now->stream);
    if (!visit->work->dry_run) return forget_definition(visit);
    visit->outcome().outcome = api::outcome::released;
    finish_visit(visit->work);
  });
}

}  // namespace

void admin_room_release(AdminContext& context, const AdminRequest& request,
                        const AdminReply& reply) {
  const ApiResult<api::ReleaseRequest> wanted = api::decode<api::ReleaseRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (wanted->rooms.empty() || wanted->rooms.size() > api::bulk_rooms_max) {
    return reply(refuse(ApiCode::bad_request,
                        "rooms: 1 to " + std::to_string(api::bulk_rooms_max) + " expected"));
  }
  if (const auto may = may_write(context); !may) return reply(tl::unexpected(may.error()));
  std::vector<RoomId> rooms;
  for (const std::string& room : wanted->rooms) {
    Result<RoomId> id = RoomId::parse(room);
    if (!id) return reply(refuse(ApiCode::bad_request, "rooms: " + id.error().text));
    if (std::find(rooms.begin(), rooms.end(), *id) == rooms.end()) rooms.push_back(*std::move(id));
  }
  const auto work = std::make_shared<ReleaseWork>(ReleaseWork{.context = context,
                                                              .reply = reply,
                                                              .actor = request.actor,
                                                              .dry_run = wanted->dry_run,
                                                              .result = {}});
  work->result.rooms.resize(rooms.size());
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    ++work->open;
    const auto visit =
        std::make_shared<Visit>(Visit{.work = work,
                                      .index = i,
                                      .room = rooms[i],
                                      .stream = context.runtime.names().stream_of(rooms[i]),
                                      .was_recorded = context.state.has_record(rooms[i])});
    visit->outcome().room = rooms[i].text();
    visit->outcome().stream = visit->stream;
    if (const auto may = may_release(context, rooms[i], visit->stream); !may) {
      refuse_visit(visit, may.error());
    } else {
      look_first(visit);
    }
  }
  finish_visit(work);
}

}  // namespace roomkeeper::sidecar
