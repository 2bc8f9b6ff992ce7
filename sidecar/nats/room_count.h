// What one room stores in its pool, asked of the server.
#ifndef ROOMKEEPER_SIDECAR_NATS_ROOM_COUNT_H_
#define ROOMKEEPER_SIDECAR_NATS_ROOM_COUNT_H_

#include <cstdint>
#include <string>

#include "policies/time.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

struct RoomCount {
  std::uint64_t messages = 0;
  std::uint64_t last_seq = 0;    ///< of the newest message; 0: none
  policies::WallTime last_ts{};  ///< of the newest message
  policies::WallTime created{};  ///< of the pool
};

/// `subject`: of the room, with a wildcard for its senders. Two requests: the newest message is
/// asked for after the count. Errors: those of STREAM.INFO and MSG.GET; limit, when the room has
/// too many senders to be counted. Thread: the loop's.
void count_room(JetStream& js, Priority priority, const std::string& stream,
                const std::string& subject, Done<RoomCount> done);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_ROOM_COUNT_H_
