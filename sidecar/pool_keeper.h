// What is known of the pools besides their streams: the roster of their rooms, and what each room
// stores (policies/pool.h).
//
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_POOL_KEEPER_H_
#define ROOMKEEPER_SIDECAR_POOL_KEEPER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policies/pool.h"
#include "sidecar/pool_watch.h"
#include "sidecar/roster_store.h"

namespace roomkeeper::sidecar {

class PoolKeeper {
 public:
  PoolKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory, StateKeeper& state);

  const policies::PoolsSeen& seen() const { return seen_; }
  /// The pool that the room lives in by the roster; empty: none.
  std::string_view pool_of(const policies::RoomId& room) const;
  /// Of a room that lives in a pool; nullptr: nothing is known to be stored.
  const policies::PooledStored* stored_of(const policies::RoomId& room) const;

  /// How many rooms live in each pool, by its name.
  std::map<std::string, std::uint64_t, std::less<>> rooms_by_pool() const;

  /// Takes in the roster, and counts the pools that have changed; then completes.
  void look(std::function<void()> done);
  void stop() { watch_.stop(); }
  RosterStore& roster() { return roster_; }
  PoolWatch& watch() { return watch_; }
  /// Rooms of which nothing is planned, because their messages are on their way; sorted here.
  void set_moving(std::vector<policies::RoomId> rooms);

 private:
  Runtime& runtime_;
  policies::PoolsSeen seen_;
  RosterStore roster_;
  PoolWatch watch_;
};

/// Where a room's messages are.
struct Home {
  std::string pool;    ///< empty: the room has a stream of its own
  std::string stream;  ///< ROOM_<room> or POOL_<pool>
  std::string filter;  ///< the room's subject in its pool; empty: the whole stream is its own
  bool is_pooled() const { return !pool.empty(); }
};

/// By the roster, else by what is wanted where nothing else holds its messages.
/// `wanted`: null for a room that nobody wants.
Home home_of(const policies::Names& names, const PoolKeeper& pools, const Inventory& inventory,
             const policies::RoomId& room, const policies::RoomSpec* wanted);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_POOL_KEEPER_H_
