#include "sidecar/room_listing.h"

#include <cstddef>
#include <utility>

#include "sidecar/admin_context.h"
#include "sidecar/room_order.h"
#include "sidecar/room_search.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using policies::RoomSpec;
using policies::RoomVerdict;

/// Calls `visit(verdict, room or null)` for each verdict, in order of ids or backwards.
template <class Visit>
void walk(const std::vector<RoomVerdict>& verdicts, const std::vector<RoomSpec>& desired,
          bool backwards, const Visit& visit) {
  std::size_t at = 0;
  const auto look = [&](std::size_t i) -> const RoomSpec& {
    return desired[backwards ? desired.size() - 1 - i : i];
  };
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const RoomVerdict& verdict = verdicts[backwards ? verdicts.size() - 1 - i : i];
    while (at < desired.size() &&
           (backwards ? verdict.room < look(at).id : look(at).id < verdict.room)) {
      ++at;
    }
    // Titles lie scattered in memory, and waiting for each of them is most of a search's time.
    constexpr std::size_t ahead = 16;
    if (at + ahead < desired.size()) __builtin_prefetch(look(at + ahead).title.data());
    const bool wanted = at < desired.size() && look(at).id == verdict.room;
    visit(verdict, wanted ? &look(at) : nullptr);
  }
}

}  // namespace

std::string RoomPage::cursor_behind(std::size_t index) const {
  return cursor_of(order, rooms[index].place);
}

api::ApiResult<RoomPage> list_rooms(const api::RoomListRequest& wanted,
                                    const std::vector<RoomVerdict>& verdicts,
                                    const std::vector<RoomSpec>& desired, StoredRooms stored) {
  if (wanted.limit < 1 || wanted.limit > 1000) {
    return refuse(ApiCode::bad_request, "limit: 1 to 1000 expected");
  }
  if (!wanted.state.empty() && !policies::parse_room_state(wanted.state)) {
    return refuse(ApiCode::bad_request, "state: no such state '" + wanted.state + "'");
  }
  const auto order = parse_order(wanted.sort);
  if (!order) return tl::unexpected(order.error());
  RoomCursor cursor;
  if (!wanted.cursor.empty()) {
    auto parsed = parse_cursor(*order, wanted.cursor);
    if (!parsed) return tl::unexpected(parsed.error());
    cursor = *std::move(parsed);
  }
  const RoomPlace after = cursor.place();
  const RoomFilter filter(wanted);
  const bool all = filter.lets_all();
  const bool by_id = order->key == SortKey::id;
  FirstRooms first(*order, wanted.limit);
  std::size_t offered = 0;
  RoomPage page;
  walk(verdicts, desired, by_id && order->reversed,
       [&](const RoomVerdict& verdict, const RoomSpec* room) {
         if (!all && !filter.lets(verdict, room)) return;
         ++page.total;
         if (by_id && offered > wanted.limit) return;  // they come in order
         const RoomPlace place =
             place_of(*order, verdict, room,
                      order->needs_stored() ? stored.next(verdict.room) : RoomStored{});
         if (!wanted.cursor.empty() && !comes_before(*order, after, place)) return;
         ++offered;
         first.offer({place, &verdict, room});
       });
  page.order = *order;
  page.rooms = first.take();
  page.more = page.rooms.size() > wanted.limit;
  if (page.more) page.rooms.pop_back();
  return page;
}

}  // namespace roomkeeper::sidecar
