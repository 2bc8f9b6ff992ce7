#include "sidecar/room_view.h"

#include <algorithm>
#include <utility>

#include "sidecar/room_stored.h"

namespace roomkeeper::sidecar {

using api::ApiCode;
using api::ApiResult;
using api::RoomView;
using policies::ObservedStream;
using policies::RoomSpec;
using policies::RoomVerdict;

namespace {

void put_wanted(RoomView& view, const RoomSpec& room) {
  view.title = room.title;
  view.topic = room.topic;
  view.tags = room.tags;
  view.template_name = room.settings->template_name;
  view.owner = to_string(room.owner);
  view.retention = policies::describe(room.settings->retention);
}

void put_stored(RoomView& view, const RoomStored& stored) {
  view.messages = stored.messages;
  view.bytes = stored.bytes;
  view.consumers = stored.consumers;
  view.first_message = stored.first;
  view.last_message = stored.last;
}

/// As the last look at the connections saw.
void put_connections(const RoomDirectory& rooms, RoomView& view, const policies::RoomId& id,
                     const RoomSpec* room) {
  if (room != nullptr && room->settings->connections.limited())
    view.connections_max = room->settings->connections.max;
  if (!rooms.listeners_known()) return;
  const auto& all = rooms.listeners();
  const auto found = std::lower_bound(
      all.begin(), all.end(), id,
      [](const policies::RoomListeners& one, const policies::RoomId& of) { return one.room < of; });
  const bool any = found != all.end() && found->room == id;
  view.connections = any ? static_cast<std::uint64_t>(std::max(found->used, 0)) : 0;
}

void put_seen(AdminContext& context, RoomView& view, const ObservedStream& stream) {
  if (view.template_name.empty() && stream.config.mark)
    view.template_name = stream.config.mark->template_name;
  const policies::RetentionRule* rule = context.retention.rule_of(stream);
  if (rule == nullptr) return;
  view.retention = policies::describe(*rule);
  if (const auto* midnight = std::get_if<policies::UntilMidnight>(rule)) {
    view.next_deadline = policies::next_deadline(*midnight->zone, context.inventory.server_now());
  }
}

}  // namespace

const ObservedStream* stream_of(const AdminContext& context, const policies::RoomId& room) {
  return context.inventory.streams().find(home_of(context, room).stream);
}

Home home_of(const AdminContext& context, const policies::RoomId& room) {
  return home_of(context.runtime.names(), context.pools, context.inventory, room,
                 context.rooms.desired().find(room));
}

RoomView view_room(AdminContext& context, const RoomVerdict& verdict) {
  const policies::Names& names = context.runtime.names();
  RoomView view;
  view.id = verdict.room.text();
  const RoomSpec* room = context.rooms.desired().find(verdict.room);
  const Home home = home_of(names, context.pools, context.inventory, verdict.room, room);
  view.stream = home.stream;
  view.state = to_string(verdict.state);
  view.reason = to_string(verdict.reason);
  view.detail = verdict.detail;
  view.publish_subject = names.publish_pattern(verdict.room, home.pool);
  view.subscribe_subject = names.subscribe_subject(verdict.room, home.pool);
  if (room != nullptr) put_wanted(view, *room);
  // Where it is, and not where it is wanted: that is what clients have to know.
  view.layout =
      to_string(home.is_pooled() ? policies::Layout::pooled : policies::Layout::dedicated);
  put_stored(view, stored_of(context, verdict.room));
  put_connections(context.rooms, view, verdict.room, room);
  if (const ObservedStream* stream = context.inventory.streams().find(home.stream))
    put_seen(context, view, *stream);
  return view;
}

ApiResult<const RoomVerdict*> find_room(const AdminContext& context, const std::string& id) {
  const policies::Result<policies::RoomId> room = policies::RoomId::parse(id);
  if (!room) return refuse(ApiCode::bad_request, "room: " + room.error().text);
  const RoomVerdict* verdict = context.rooms.verdict(*room);
  if (verdict != nullptr) return verdict;
  if (context.rooms.verdicts().empty()) {
    return refuse(ApiCode::not_ready,
                  "Roomkeeper has not finished its first look at the server yet");
  }
  return refuse(ApiCode::room_not_found, "no room '" + id + "'");
}

}  // namespace roomkeeper::sidecar
