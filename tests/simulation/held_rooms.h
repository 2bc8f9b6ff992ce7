// A simulated daemon with rooms to hold: what was ever said in a room, and what its copy has.
// Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_HELD_ROOMS_H_
#define ROOMKEEPER_TESTS_SIMULATION_HELD_ROOMS_H_

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json_fwd.hpp>

#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {

/// Sequence, subject, headers as on the wire, payload, time: all that a message is.
using Told = std::tuple<std::uint64_t, std::string, std::string, std::string, policies::WallTime>;

class HeldRooms : public ::testing::Test {
 protected:
  explicit HeldRooms(std::string_view start = "2026-11-22T14:50:00Z");

  /// Somebody says something with a header; it is remembered as it was stored.
  void tell(const std::string& room, const std::string& user, const std::string& text);
  /// What the copy of a room has.
  std::vector<Told> copied(const std::string& room) const;
  /// `room.hold`; the reply's state, or the error's code.
  std::string hold(const std::string& room, const std::string& note = "case 7");
  /// The hold of a room as `room.holds` shows it; null: there is none.
  nlohmann::json held(const std::string& room);
  std::string state(const std::string& room);
  /// Text of doctor's findings about holds.
  std::string doctor();
  /// Requests of anybody that could change the copy of a room, since forget_counts().
  std::uint64_t touched(const std::string& room) const;

  DaemonWorld world_;
  std::vector<Told> told_;  ///< by tell(), in order
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_HELD_ROOMS_H_
