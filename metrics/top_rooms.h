// The rooms with most of something, held so that the set does not flap.
//
// Thread: none of its own. Pure: time is an argument. Cost: one selection over the rooms (10,000:
// well under 1 ms).
#ifndef ROOMKEEPER_METRICS_TOP_ROOMS_H_
#define ROOMKEEPER_METRICS_TOP_ROOMS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/metrics.h"
#include "policies/time.h"

namespace roomkeeper::metrics {

struct TopRoomsLimits {
  std::size_t top = 20;   ///< K
  std::size_t held = 40;  ///< members at most: when so many rooms change places that more would
                          ///< have to stay, those that left longest ago go before their time
  policies::Nanoseconds stay = std::chrono::minutes(10);  ///< after leaving the top
};

class TopRooms {
 public:
  using Measure = std::uint64_t (*)(const RoomRow& row);
  explicit TopRooms(Measure measure, TopRoomsLimits limits = {});

  /// The members and their values, by room. A room that is gone or was never above 0 is no member.
  std::vector<std::pair<std::string, std::uint64_t>> update(const std::vector<RoomRow>& rooms,
                                                            policies::WallTime now);

 private:
  std::vector<const RoomRow*> select(const std::vector<RoomRow>& rooms) const;

  Measure measure_;
  TopRoomsLimits limits_;
  std::map<std::string, policies::WallTime> last_in_top_;
};

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_TOP_ROOMS_H_
