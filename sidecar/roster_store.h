// The roster of the pools in the state bucket: which room lives in which pool.
//
// Keys `pool.<pool>.<xx>`: 256 pieces a pool by a hash of the room's id, so that taking one room in
// rewrites a few kilobytes. Value {"file":["general",...],"api":[...]}, by who defined them.
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ROSTER_STORE_H_
#define ROOMKEEPER_SIDECAR_ROSTER_STORE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policies/plan.h"
#include "policies/pool.h"
#include "policies/result.h"
#include "sidecar/lifetime.h"
#include "sidecar/runtime.h"
#include "sidecar/state_keeper.h"

namespace roomkeeper::sidecar {

class RosterStore {
 public:
  using Done = std::function<void(const policies::Result<>&)>;

  /// `roster` is what is kept up to date; all must outlive this.
  RosterStore(Runtime& runtime, StateKeeper& state, policies::PoolRoster& roster);

  /// Takes in what the bucket has, when it was read anew. A value that is not understood makes the
  /// roster unknown: nothing is taken in or removed then.
  void look();
  /// Writes changes, one batch after the other. Once done the roster has them. On an error the
  /// bucket is read again, and may have a part of them.
  void write(std::vector<policies::RosterChange> changes, Done done);
  /// What is wrong with the roster, for status; empty: nothing.
  const std::string& doubt() const { return doubt_; }

 private:
  struct Batch {
    std::vector<policies::RosterChange> changes;
    Done done;
  };
  struct Writing;
  void begin();
  void feed(const std::shared_ptr<Writing>& writing);
  void written(const std::shared_ptr<Writing>& writing, const policies::Result<>& outcome);
  void take();

  Runtime& runtime_;
  StateKeeper& state_;
  policies::PoolRoster& roster_;
  std::uint64_t taken_ = 0;  ///< StateKeeper::loads() that the roster is of
  std::string doubt_;
  /// A room that stood in a second piece when the bucket was read, and that piece's pool: a move
  /// was interrupted between its two writes.
  std::vector<std::pair<policies::RoomId, std::string>> twice_;
  std::deque<Batch> waiting_;
  bool busy_ = false;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROSTER_STORE_H_
