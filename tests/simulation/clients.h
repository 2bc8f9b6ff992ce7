// Clients of the simulated server as tests of connection limits need them.
#ifndef ROOMKEEPER_TESTS_SIMULATION_CLIENTS_H_
#define ROOMKEEPER_TESTS_SIMULATION_CLIENTS_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {

using Ids = std::vector<FakeClientId>;

/// Once it is kicked it does not come back.
inline FakeClientOptions staying_away(const std::string& server = {},
                                      std::vector<std::string> subscriptions = {}) {
  return {.auto_reconnect = false, .subscriptions = std::move(subscriptions), .server = server};
}

/// Clients of a user who come one after another, 10 ms apart.
inline Ids arrive(DaemonWorld& world, const std::string& user, std::size_t count,
                  const FakeClientOptions& options) {
  Ids ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(world.nats.add_client("APP", user, options));
    world.pass(std::chrono::milliseconds(10));
  }
  return ids;
}

/// One client each of so many users, `name`-0 and so on, 10 ms apart.
inline Ids arrive_many(DaemonWorld& world, const std::string& name, std::size_t count,
                       const FakeClientOptions& options) {
  Ids ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(world.nats.add_client("APP", name + "-" + std::to_string(i), options));
    world.pass(std::chrono::milliseconds(10));
  }
  return ids;
}

/// Those that are connected now.
inline Ids inside(const DaemonWorld& world, const Ids& ids) {
  Ids connected;
  for (const FakeClientId id : ids) {
    if (world.nats.client(id).connected()) connected.push_back(id);
  }
  return connected;
}

/// How often the server ended a connection of theirs.
inline std::uint64_t lost(const DaemonWorld& world, const Ids& ids) {
  std::uint64_t sum = 0;
  for (const FakeClientId id : ids) sum += world.nats.client(id).lost;
  return sum;
}

/// Lets so many tenths of a second pass. Returns the most connections of theirs that the server
/// ended in any second of them.
inline std::uint64_t most_lost_in_a_second(DaemonWorld& world, const Ids& ids, int tenths) {
  std::vector<std::uint64_t> totals{lost(world, ids)};
  std::uint64_t most = 0;
  for (int i = 0; i < tenths; ++i) {
    world.pass(std::chrono::milliseconds(100));
    totals.push_back(lost(world, ids));
    const std::size_t second_ago = totals.size() > 10 ? totals.size() - 11 : 0;
    most = std::max(most, totals.back() - totals[second_ago]);
  }
  return most;
}

inline Ids first(const Ids& ids, std::size_t count) {
  return {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count)};
}
inline Ids last(const Ids& ids, std::size_t count) {
  return {ids.end() - static_cast<std::ptrdiff_t>(count), ids.end()};
}

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_CLIENTS_H_
