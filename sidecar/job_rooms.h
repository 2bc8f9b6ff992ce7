// Which rooms a purge job means, and what each of them stores. Pure.
#ifndef ROOMKEEPER_SIDECAR_JOB_ROOMS_H_
#define ROOMKEEPER_SIDECAR_JOB_ROOMS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/jobs.h"
#include "policies/observed.h"
#include "policies/pool.h"
#include "policies/subjects.h"

namespace roomkeeper::sidecar {

/// True when the stream is marked as ours for the very room that its name says.
bool is_room_of_ours(const policies::ObservedStream& stream, const policies::Names& names,
                     const std::string& instance);
/// The same of a pool.
bool is_pool_of_ours(const policies::ObservedStream& stream, const policies::Names& names,
                     const std::string& instance);

/// A room of a job.
struct JobRoom {
  std::string room;
  /// Its own, or its pool, which the rooms of the pool share; null: to be asked for.
  std::shared_ptr<const policies::ObservedStream> stream{};
  bool pooled = false;
  bool counted = false;      ///< the next two are known; of a room with its own stream always
  std::uint64_t stored = 0;  ///< messages of the room
  std::uint64_t chosen = 0;  ///< those of the selection's user; without one all of them
};

/// The named rooms beyond `cursor`, sorted, each once; without streams.
std::vector<JobRoom> named_rooms(const api::PurgeSelection& selection, const std::string& cursor);

/// The rooms beyond `cursor` that fit `match` and `template`, sorted: streams that are marked as
/// rooms of ours, and the rooms of the roster whose pool is listed. Orphaned rooms are among them:
/// they are ours, and hold people's messages. What lies in a pool without being in the roster is
/// not. REQUIRES: the roster is known.
std::vector<JobRoom> matching_rooms(policies::ObservedStreams listing,
                                    const policies::PoolRoster& roster,
                                    const api::PurgeSelection& selection,
                                    const policies::Names& names, const std::string& instance,
                                    const std::string& cursor);

/// Sums up the subjects of a pool by room.
class PoolCount {
 public:
  /// `user` empty: everybody's.
  PoolCount(const policies::Names& names, std::string pool, std::string user)
      : names_(names), pool_(std::move(pool)), user_(std::move(user)) {}
  void add(std::string_view subject, std::uint64_t messages);
  /// Fills in what `room` stores. REQUIRES: all subjects of the pool were added.
  void put(JobRoom& room) const;

 private:
  struct Stored {
    std::uint64_t all = 0;
    std::uint64_t of_user = 0;
  };
  policies::Names names_;
  std::string pool_;
  std::string user_;
  std::unordered_map<std::string, Stored> rooms_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_JOB_ROOMS_H_
