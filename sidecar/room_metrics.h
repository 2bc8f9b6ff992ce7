// Publishes what was last seen of the rooms: fleet gauges and the snapshot behind /metrics/rooms.
#ifndef ROOMKEEPER_SIDECAR_ROOM_METRICS_H_
#define ROOMKEEPER_SIDECAR_ROOM_METRICS_H_

#include "policies/pool.h"
#include "sidecar/inventory.h"
#include "sidecar/room_directory.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// One walk over the rooms; called after each pass. `pools` may be null: then there are none.
/// Thread: the loop's.
void publish_room_metrics(const Runtime& runtime, const Inventory& inventory,
                          const RoomDirectory& rooms, const policies::PoolsSeen* pools = nullptr);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_METRICS_H_
