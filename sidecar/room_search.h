// Which rooms a listing asks for. Pure.
#ifndef ROOMKEEPER_SIDECAR_ROOM_SEARCH_H_
#define ROOMKEEPER_SIDECAR_ROOM_SEARCH_H_

#include <optional>

#include "api/types.h"
#include "policies/plan.h"
#include "policies/room.h"
#include "sidecar/folded_text.h"

namespace roomkeeper::sidecar {

/// Made once a request, asked for every room. Thread: one; refers to the request.
class RoomFilter {
 public:
  explicit RoomFilter(const api::RoomListRequest& wanted);

  bool lets_all() const;
  /// `room` is null for a stream that is no longer wanted.
  bool lets(const policies::RoomVerdict& verdict, const policies::RoomSpec* room) const;

 private:
  bool matches_text(const policies::RoomVerdict& verdict, const policies::RoomSpec* room) const;

  const api::RoomListRequest& wanted_;
  std::optional<policies::RoomState> state_;
  FoldedPattern pattern_;
  bool is_glob_ = false;  ///< the pattern has `*` or `?`
  bool fits_id_ = false;  ///< the pattern has nothing that no id has, but for `*` and `?`
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_SEARCH_H_
