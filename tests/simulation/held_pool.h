// A simulated daemon with a pool whose rooms are held: what was ever said in them, and what their
// copies have. Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_HELD_POOL_H_
#define ROOMKEEPER_TESTS_SIMULATION_HELD_POOL_H_

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json_fwd.hpp>

#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {

/// Rooms a, b and c in the pool `lobby` (until midnight, Asia/Seoul), `chess` in `games` (30 days)
/// and `general` with a stream of its own. The world begins ten minutes before midnight.
class HeldPool : public ::testing::Test {
 protected:
  /// Sequence, subject, headers as on the wire, payload, time.
  using Told = std::tuple<std::uint64_t, std::string, std::string, std::string, policies::WallTime>;

  explicit HeldPool(FakeNatsOptions options = {});

  /// Somebody says something in a room of `lobby`; it is remembered as it was stored.
  void tell(const std::string& room, const std::string& user, const std::string& text,
            const sidecar::Headers& more = {});
  /// What the copy of a room has.
  std::vector<Told> copied(const std::string& room) const;
  /// Messages of a room in `lobby`.
  std::uint64_t messages(const std::string& room) const;
  std::uint64_t messages_of_pool() const;
  /// `room.hold`; the reply's state, or the error's code.
  std::string hold(const std::string& room);
  nlohmann::json held(const std::string& room);
  std::string state(const std::string& room);
  /// The rooms that `room.holds` says keep deletions waiting.
  std::vector<std::string> blocking();
  /// Makes a room through the API.
  void make(const std::string& room);

  DaemonWorld world_;
  std::map<std::string, std::vector<Told>> told_;  ///< by room
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_HELD_POOL_H_
