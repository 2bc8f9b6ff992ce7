// Holds on demand: making a copy and ending it (HoldKeeper's other half).
#include <algorithm>
#include <utility>

#include "sidecar/admin_context.h"
#include "sidecar/hold_making.h"

namespace roomkeeper::sidecar {

using api::ApiCode;
using nats::Priority;
using nats::StreamSight;
using policies::Error;
using policies::ErrorCode;
using policies::Reason;
using policies::Result;
using policies::RoomId;
using namespace std::chrono_literals;

namespace {

/// How long a request for a hold waits for purges of the room that are under way.
constexpr policies::Nanoseconds making_longest = 30s;
/// When who asked is told that it takes longer.
constexpr policies::Nanoseconds answer_within = 1s;
/// How often a copy that is being made is looked at: while it grows, and at least.
constexpr policies::Nanoseconds watch_often = 100ms;
constexpr policies::Nanoseconds watch_longest = 15s;

constexpr std::string_view refused_while_moving =
    "its messages are being moved to another place; ask again when that has ended";

/// Why this stream cannot be held; empty when it can.
std::string obstacle(const StreamSight& origin, const std::string& instance,
                     const std::string& room, bool pooled) {
  const auto& mark = origin.stream.config.mark;
  if (!mark || mark->instance != instance || (mark->room != room && !(pooled && mark->is_pool())))
    return pooled ? "the stream is not marked as a pool of this instance"
                  : "the stream is not marked as this room of this instance";
  if (origin.stream.config.settings.retention == policies::StreamRetention::workqueue)
    return "retention workqueue: a copy would take the messages from those that work them off";
  if (origin.allow_direct)
    return "the stream allows direct gets, which its copy would answer too, with messages that "
           "were "
           "purged; turn allow_direct off first";
  if (origin.stream.traits.mirror) return "the stream is a copy itself";
  return {};
}

}  // namespace

void HoldKeeper::hold(const policies::RoomId& room, const std::string& note,
                      const api::Actor& actor, Answer answer) {
  const Home home = home_of(runtime_.names(), pools_, inventory_, room, nullptr);
  const auto making = std::make_shared<Making>(Making{.room = room,
                                                      .place = place_in(room, home.stream),
                                                      .note = note,
                                                      .actor = actor,
                                                      .answers = {std::move(answer)}});
  // A copy that is there is looked at as what it is one of, which may be gone.
  const bool there = inventory_.copies().contains(making->place.copy) || of_room(room) != nullptr;
  const HeldPlace place = there ? place_of(room) : making->place;
  look_at_hold(js_, Priority::admin, place, nullptr,
               lifetime_.guard([this, making, place](const Result<HoldLook>& look) {
                 if (!look) return tell(making, tl::unexpected(to_api_error(look.error())));
                 this->note(making->room, place, *look);
                 note_look_for(making, *look);
               }));
}

void HoldKeeper::note_look_for(const SharedMaking& making, const HoldLook& look) {
  if (const Hold* there = of_room(making->room)) return tell(making, *there);
  if (look.copy) {
    fail(making, ApiCode::conflict,
         "there is a stream " + making->place.copy + " that is no copy of this room");
    return;
  }
  if (is_moving(making->room))
    return fail(making, ApiCode::conflict, std::string(refused_while_moving));
  const auto [found, is_first] = making_.try_emplace(making->room.text(), making);
  const SharedMaking& shared = found->second;
  if (!is_first) {
    shared->answers.insert(shared->answers.end(), making->answers.begin(), making->answers.end());
    return;
  }
  runtime_.log.info("hold.asked", {{"room", making->room.text()}, {"who", making->actor.claimed}});
  runtime_.loop.run_after(making_longest, lifetime_.guard([this, making] {
    if (making->begun) return;
    making->begun = true;  // whoever leaves the gate now finds nothing to begin
    fail(making, ApiCode::busy, "messages of the room are being deleted; ask again");
  }));
  runtime_.loop.run_after(answer_within, lifetime_.guard([this, making] {
    Hold waiting;
    waiting.room = making->room.text();
    waiting.stream = making->place.stream;
    waiting.copy = making->place.copy;
    waiting.why = "waits for a deletion that is under way";
    for (const Answer& answer : std::exchange(making->answers, {})) answer(waiting);
  }));
  if (!is_inside({making->place.stream, making->room.text()})) begin_making(making);
}

bool HoldKeeper::is_moving(const RoomId& room) const {
  const std::vector<RoomId>& moving = pools_.seen().moving;
  return std::binary_search(moving.begin(), moving.end(), room);
}

void HoldKeeper::begin_making(const SharedMaking& making) {
  if (making->begun) return;
  making->begun = true;
  nats::look_at_stream(js_, Priority::admin, making->place.stream, nats::Holes::only_counted,
                       lifetime_.guard([this, making](Result<StreamSight> origin) {
                         check_origin(making, std::move(origin));
                       }));
}

void HoldKeeper::check_origin(const SharedMaking& making, Result<StreamSight> origin) {
  if (!origin) {
    if (origin.error().server_code == nats::server_code::stream_not_found)
      return fail(making, ApiCode::room_not_found, "the room has no stream on the server");
    return fail(making, to_api_error(origin.error()).code, origin.error().text);
  }
  const std::string why = obstacle(*origin, runtime_.config->instance, making->room.text(),
                                   !making->place.filter.empty());
  if (!why.empty()) return fail(making, ApiCode::unsafe, "cannot be held: " + why);
  if (is_moving(making->room))
    return fail(making, ApiCode::conflict, std::string(refused_while_moving));
  create(making, *origin);
}

void HoldKeeper::create(const SharedMaking& making, const StreamSight& origin) {
  const policies::StreamSettings& settings = origin.stream.config.settings;
  nats::CopyPlan plan;
  plan.name = making->place.copy;
  plan.origin = making->place.stream;
  plan.filter = making->place.filter;
  plan.replicas = settings.replicas;
  plan.compression = settings.compression;
  plan.placement = settings.placement;
  plan.mark = {.instance = runtime_.config->instance,
               .room = making->room.text(),
               .by = making->actor.claimed,
               .note = making->note,
               .at = inventory_.server_now()};
  nats::create_copy(
      js_, Priority::admin, plan,
      lifetime_.guard([this, making](const Result<StreamSight>& copy) { created(making, copy); }));
}

void HoldKeeper::created(const SharedMaking& making, const Result<StreamSight>& copy) {
  if (!copy) return fail(making, to_api_error(copy.error()).code, copy.error().text);
  inventory_.put(copy->stream, copy->server_time);
  runtime_.log.info("hold.created", {{"room", making->room.text()}, {"stream", copy->stream.name}});
  api::AuditRecord entry;
  entry.kind = api::AuditKind::hold;
  entry.reason = Reason::hold_asked;
  entry.actor = making->actor;
  entry.room = making->room.text();
  entry.stream = copy->stream.name;
  entry.text = making->note.empty() ? "the copy is being made" : making->note;
  audit_.record(std::move(entry));
  unfinished_.insert(making->room.text());
  look_at_hold(js_, Priority::admin, making->place, nullptr,
               lifetime_.guard([this, making](const Result<HoldLook>& look) {
                 // From here on the gate asks the copy itself.
                 making_.erase(making->room.text());
                 if (!look) return tell(making, tl::unexpected(to_api_error(look.error())));
                 note(making->room, making->place, *look);
                 const Hold* hold = of_room(making->room);
                 if (hold != nullptr) return tell(making, *hold);
                 fail(making, ApiCode::conflict, "the copy was removed while it was being made");
               }));
}

/// Looks often until the copy is complete.
void HoldKeeper::watch(const RoomId& room) {
  if (watched_.insert(room.text()).second) watch_after(room, watch_often);
}

void HoldKeeper::watch_after(const RoomId& room, policies::Nanoseconds delay) {
  const Hold* hold = of_room(room);
  if (hold == nullptr || hold->acknowledged || !running_) {
    watched_.erase(room.text());
    return;
  }
  runtime_.loop.run_after(delay, lifetime_.guard([this, room, delay, before = hold->messages] {
    const HeldPlace place = place_of(room);
    look_at_hold(js_, Priority::admin, place, nullptr,
                 lifetime_.guard([this, room, place, delay, before](const Result<HoldLook>& look) {
                   if (look) note(room, place, *look);
                   const Hold* now = of_room(room);
                   const bool grows = now != nullptr && now->messages > before;
                   watch_after(room, grows ? watch_often : std::min(delay * 2, watch_longest));
                 }));
  }));
}

void HoldKeeper::fail(const SharedMaking& making, ApiCode code, std::string text) {
  const auto found = making_.find(making->room.text());
  if (found != making_.end() && found->second == making) making_.erase(found);
  runtime_.log.warn("hold.not_made", {{"room", making->room.text()}, {"error", text}});
  tell(making, refuse(code, "room '" + making->room.text() + "': " + std::move(text)));
}

void HoldKeeper::tell(const SharedMaking& making, const api::ApiResult<Hold>& result) {
  for (const Answer& answer : std::exchange(making->answers, {})) answer(result);
}

void HoldKeeper::unhold(const policies::RoomId& room, bool yes, const api::Actor& actor,
                        Answer answer) {
  if (making_.contains(room.text()))
    return answer(refuse(ApiCode::busy, "room '" + room.text() + "': its copy is being made"));
  const HeldPlace place = place_of(room);
  look_at_hold(
      js_, Priority::admin, place, nullptr,
      lifetime_.guard([this, place, room, yes, actor,
                       answer = std::move(answer)](const Result<HoldLook>& look) {
        if (!look) return answer(tl::unexpected(to_api_error(look.error())));
        note(room, place, *look);
        const Hold* hold = of_room(room);
        if (hold == nullptr) {
          return answer(refuse(ApiCode::room_not_found, "room '" + room.text() + "' is not held"));
        }
        if (!yes) return answer(*hold);
        if (!hold->mark)
          return answer(refuse(ApiCode::unsafe, hold->copy +
                                                    " has lost its mark, so that Roomkeeper does "
                                                    "not remove it; delete the stream by hand"));
        remove(*hold, actor, answer);
      }));
}

void HoldKeeper::remove(const Hold& hold, const api::Actor& actor, Answer answer) {
  js_.remove(
      Priority::admin, hold.copy,
      lifetime_.guard([this, hold, actor, answer = std::move(answer)](const Result<bool>& gone) {
        if (!gone && gone.error().server_code != nats::server_code::stream_not_found)
          return answer(tl::unexpected(to_api_error(gone.error())));
        inventory_.erase(hold.copy);
        holds_.erase(hold.room);
        watched_.erase(hold.room);
        unblock(hold.room);
        publish_metrics();
        runtime_.log.info(
            "hold.ended",
            {{"room", hold.room}, {"messages", hold.messages}, {"who", actor.claimed}});
        api::AuditRecord entry;
        entry.kind = api::AuditKind::unhold;
        entry.reason = Reason::hold_ended;
        entry.actor = actor;
        entry.room = hold.room;
        entry.stream = hold.copy;
        entry.messages = hold.messages;
        audit_.record(std::move(entry));
        answer(hold);
      }));
}

}  // namespace roomkeeper::sidecar
