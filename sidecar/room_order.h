// The order of a listing of rooms, and where in it a page ends. Pure.
//
// A cursor names the last room of a page by what it was sorted by and by its id, so that the next
// page goes on behind it whatever rooms have come and gone meanwhile.
#ifndef ROOMKEEPER_SIDECAR_ROOM_ORDER_H_
#define ROOMKEEPER_SIDECAR_ROOM_ORDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "policies/plan.h"
#include "policies/room.h"
#include "sidecar/room_stored.h"

namespace roomkeeper::sidecar {

enum class SortKey : std::uint8_t { id, title, messages, bytes, last_message, state };

struct RoomOrder {
  SortKey key = SortKey::id;
  bool reversed = false;
  /// True when the order needs to know what rooms store.
  bool needs_stored() const;
};

/// `messages`, `-messages`, ...; empty is id. Errors: bad_request.
api::ApiResult<RoomOrder> parse_order(std::string_view text);

/// What a room is sorted by. Refers to the room's texts.
struct RoomPlace {
  bool missing = false;      ///< nothing to sort by: comes last, whichever way
  std::uint64_t number = 0;  ///< of messages, bytes, last_message, state
  std::string_view text;     ///< of title
  std::string_view id;
};

/// `room` may be null.
RoomPlace place_of(const RoomOrder& order, const policies::RoomVerdict& verdict,
                   const policies::RoomSpec* room, const RoomStored& stored);
/// True when `a` comes before `b`; rooms that are alike stand by id.
bool comes_before(const RoomOrder& order, const RoomPlace& a, const RoomPlace& b);

/// A place as text, and back. It owns what the place refers to.
struct RoomCursor {
  bool missing = false;
  std::uint64_t number = 0;
  std::string text;
  std::string id;
  RoomPlace place() const { return {missing, number, text, id}; }
};
std::string cursor_of(const RoomOrder& order, const RoomPlace& place);
/// Errors: bad_request, also when it was made for another order.
api::ApiResult<RoomCursor> parse_cursor(const RoomOrder& order, std::string_view text);

/// Keeps the first `limit` of the rooms that are offered, and whether there were more. Cost: a
/// comparison for most rooms; memory: some times the limit, however many rooms there are.
class FirstRooms {
 public:
  struct Entry {
    RoomPlace place;
    const policies::RoomVerdict* verdict = nullptr;
    const policies::RoomSpec* room = nullptr;
  };
  FirstRooms(const RoomOrder& order, std::size_t limit);

  void offer(const Entry& entry);
  /// In order, at most limit + 1. Call once.
  std::vector<Entry> take();

 private:
  void shrink();

  RoomOrder order_;
  std::size_t most_;
  std::vector<Entry> kept_;
  bool full_ = false;  ///< kept_[most_ - 1] is the last one that can still be among the first
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_ORDER_H_
