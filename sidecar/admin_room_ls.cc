// Verb room.ls: answered from memory.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "api/codec.h"
#include "sidecar/admin_context.h"
#include "sidecar/room_listing.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

/// Long texts end a page early: the server refuses a message above its max_payload, which is 1 MiB
/// where nobody said otherwise. A quarter is left for escapes.
std::size_t longest_reply(const MessageBus& bus) {
  constexpr std::int64_t usual = std::int64_t{1} << 20;
  const std::int64_t most = bus.server().max_payload;
  return static_cast<std::size_t>((most > 0 ? most : usual) / 4 * 3);
}

/// At least what the room takes as JSON, unless its texts need escapes.
std::size_t size_of(const api::RoomView& room) {
  constexpr std::size_t names_and_numbers = 450;
  std::size_t bytes = names_and_numbers + room.id.size() + room.title.size() + room.topic.size() +
                      room.template_name.size() + room.stream.size() + room.detail.size() +
                      room.retention.size() + room.publish_subject.size() +
                      room.subscribe_subject.size();
  for (const std::string& tag : room.tags) bytes += tag.size() + 3;
  return bytes;
}

}  // namespace

void admin_room_ls(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const api::ApiResult<api::RoomListRequest> wanted =
      api::decode<api::RoomListRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const api::ApiResult<RoomPage> page = list_rooms(
      *wanted, context.rooms.verdicts(), context.rooms.desired().rooms, stored_rooms(context));
  if (!page) return reply(tl::unexpected(page.error()));
  api::RoomListReply found;
  found.total = page->total;
  found.rooms.reserve(page->rooms.size());
  std::size_t bytes = 0;
  const std::size_t most = longest_reply(context.app);
  for (const FirstRooms::Entry& entry : page->rooms) {
    api::RoomView room = view_room(context, *entry.verdict);
    bytes += size_of(room);
    if (bytes > most && !found.rooms.empty()) break;
    found.rooms.push_back(std::move(room));
  }
  const bool more = page->more || found.rooms.size() < page->rooms.size();
  if (more) found.next_cursor = page->cursor_behind(found.rooms.size() - 1);
  reply(api::encode(found));
}

}  // namespace roomkeeper::sidecar
