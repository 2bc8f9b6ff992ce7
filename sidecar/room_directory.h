// The rooms that are wanted: those of the files and those made through the API, merged; and the
// last verdict on each.
//
// Thread: the loop's. Verdicts are replaced as a whole by each plan and corrected by the replies to
// its changes.
#ifndef ROOMKEEPER_SIDECAR_ROOM_DIRECTORY_H_
#define ROOMKEEPER_SIDECAR_ROOM_DIRECTORY_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "policies/kick_plan.h"
#include "policies/plan.h"
#include "policies/room.h"

namespace roomkeeper::sidecar {

/// The files' rooms and the API's in one sorted list. A file wins over the API, and the conflict is
/// reported.
policies::DesiredRooms merge_rooms(const policies::DesiredRooms& files,
                                   const std::vector<policies::RoomSpec>& api,
                                   const std::vector<policies::RoomId>& removed_by_api,
                                   const std::vector<std::string>& doubts);

class RoomDirectory {
 public:
  void set_desired(policies::DesiredRooms desired) {
    desired_ = std::move(desired);
    desired_known_ = true;
  }
  bool desired_known() const { return desired_known_; }  ///< files and API were merged once
  const policies::DesiredRooms& desired() const { return desired_; }

  void set_verdicts(std::vector<policies::RoomVerdict> verdicts);
  /// The same after a pass: a room that is still pending because its change failed keeps saying so.
  void set_verdicts_keeping_failures(std::vector<policies::RoomVerdict> verdicts);
  /// Corrects one verdict; a room without one is ignored.
  void set_verdict(policies::RoomVerdict verdict);
  /// Sorted by room; one for every wanted room and every stream of ours.
  const std::vector<policies::RoomVerdict>& verdicts() const { return verdicts_; }
  const policies::RoomVerdict* verdict(const policies::RoomId& room) const;

  /// The same of pools; a verdict's room is the pool's name.
  void set_pools_keeping_failures(std::vector<policies::RoomVerdict> verdicts);
  void set_pool(policies::RoomVerdict verdict);
  const std::vector<policies::RoomVerdict>& pools() const { return pools_; }

  /// The connections that listen to each room, as the last look at them saw; sorted by room, only
  /// rooms with any. Empty without a system account.
  void set_listeners(std::vector<policies::RoomListeners> listeners) {
    listeners_ = std::move(listeners);
    listeners_known_ = true;
  }
  bool listeners_known() const { return listeners_known_; }  ///< they were seen at least once
  const std::vector<policies::RoomListeners>& listeners() const { return listeners_; }

 private:
  policies::DesiredRooms desired_;
  bool desired_known_ = false;
  std::vector<policies::RoomVerdict> verdicts_;
  std::vector<policies::RoomVerdict> pools_;
  std::vector<policies::RoomListeners> listeners_;
  bool listeners_known_ = false;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_DIRECTORY_H_
