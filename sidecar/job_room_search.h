// Finds the rooms of a purge job: one listing of the streams, and one count of the rooms of each
// pool that is meant, so that rooms without a message to purge cost nothing.
//
// Thread: the loop's. Ownership: what it is made of must outlive it.
#ifndef ROOMKEEPER_SIDECAR_JOB_ROOM_SEARCH_H_
#define ROOMKEEPER_SIDECAR_JOB_ROOM_SEARCH_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/jobs.h"
#include "policies/result.h"
#include "sidecar/inventory.h"
#include "sidecar/job_rooms.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// Where a room is that somebody named: by the roster, else by its own stream, else, of one that
/// nothing ever defined, in the first pool of ours in which messages of it were counted.
Home home_of_named(const policies::Names& names, const PoolKeeper& pools,
                   const Inventory& inventory, const policies::RoomId& room);

class JobRoomSearch {
 public:
  using Done = std::function<void(policies::Result<std::vector<JobRoom>>)>;

  JobRoomSearch(Runtime& runtime, nats::JetStream& js, const PoolKeeper& pools)
      : runtime_(runtime), js_(js), pools_(pools) {}
  JobRoomSearch(const JobRoomSearch&) = delete;
  JobRoomSearch& operator=(const JobRoomSearch&) = delete;

  /// The rooms beyond `cursor` that fit; sorted. Errors: those of the requests; unavailable, where
  /// not all streams could be listed or the roster of the pools is not known.
  void find(const api::PurgeSelection& selection, const std::string& cursor,
            nats::Priority priority, Done done);
  /// What `room` stores in its pool. REQUIRES: it has a stream, and is pooled.
  void count(JobRoom room, const std::string& filter, nats::Priority priority,
             std::function<void(policies::Result<JobRoom>)> done);

 private:
  struct Round;
  void listed(const std::shared_ptr<Round>& round,
              policies::Result<policies::ObservedStreams> listing);
  void count_pools(const std::shared_ptr<Round>& round);

  Runtime& runtime_;
  nats::JetStream& js_;
  const PoolKeeper& pools_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_JOB_ROOM_SEARCH_H_
