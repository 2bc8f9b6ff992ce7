// Removes a room from its pool: purges its subjects, and nothing else of the pool.
//
// Guarded like the removal of a stream: the pool has to be the one that was planned for, the
// removal is counted before it is sent, holds are asked, and nothing goes when the room is wanted
// again by then. What comes in meanwhile stays, and the room with it. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_POOLED_REMOVAL_H_
#define ROOMKEEPER_SIDECAR_POOLED_REMOVAL_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "policies/plan.h"
#include "sidecar/applied.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/removal_guard.h"
#include "sidecar/room_directory.h"
#include "sidecar/runtime.h"
#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {

class PooledRemoval {
 public:
  using Done = std::function<void(Applied)>;

  PooledRemoval(Runtime& runtime, nats::JetStream& js, StreamPurger& purger,
                const RoomDirectory& rooms, RemovalGuard& guard);

  /// REQUIRES: `change` removes a pooled room.
  void remove(const policies::Change& change, bool only_if_empty, Done done);

 private:
  struct Work;
  using Shared = std::shared_ptr<Work>;
  void check(const Shared& work, policies::Result<nats::StreamInfo> info);
  void counted(const Shared& work, std::uint64_t messages);
  void purge(const Shared& work);
  void purged(const Shared& work, const PurgeOutcome& outcome);
  void look_once_more(const Shared& work);
  bool is_wanted(const Work& work) const;

  Runtime& runtime_;
  nats::JetStream& js_;
  StreamPurger& purger_;
  const RoomDirectory& rooms_;
  RemovalGuard& guard_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_POOLED_REMOVAL_H_
