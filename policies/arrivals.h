// In which look a connection was first seen, altogether and in each room. Value type; thread: one.
//
// The order of coming is what Roomkeeper saw itself: the clocks of servers differ, and no server
// says when a subscription was made. A connection that one look misses (its page changed between
// two requests) keeps its place for a minute.
#ifndef ROOMKEEPER_POLICIES_ARRIVALS_H_
#define ROOMKEEPER_POLICIES_ARRIVALS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policies/connection.h"
#include "policies/time.h"

namespace roomkeeper::policies {

class Arrivals {
 public:
  static constexpr Nanoseconds keep = std::chrono::minutes(1);

  /// One look: every connection that is there, sorted by key, each once. Returns for each the
  /// number of the look that saw it first (1 is the first look of all).
  std::vector<std::uint64_t> see(const std::vector<const Connection*>& sorted, MonoTime now);
  /// The same of one room in the look that see() just began. Returns in the order of `sorted`.
  std::vector<std::uint64_t> see_in_room(const RoomId& room,
                                         const std::vector<const Connection*>& sorted);
  /// Ends the look: rooms that it did not name are forgotten when their minute is over.
  void end_look();

  std::size_t size() const;  ///< places that are kept, rooms included

 private:
  struct Place {
    std::uint64_t cid = 0;
    std::uint64_t first = 0;  ///< look
    MonoTime last{};
  };
  /// By server, sorted by cid.
  using Places = std::map<std::string, std::vector<Place>, std::less<>>;
  struct Room {
    Places places;
    MonoTime last{};
  };
  using Seen = std::vector<const Connection*>::const_iterator;
  std::vector<std::uint64_t> merge(Places& places, const std::vector<const Connection*>& sorted);
  std::vector<Place> merge_server(const std::vector<Place>& before, Seen next, Seen end,
                                  std::vector<std::uint64_t>& first) const;

  std::uint64_t look_ = 0;
  MonoTime now_{};
  Places all_;
  std::map<RoomId, Room> rooms_;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_ARRIVALS_H_
