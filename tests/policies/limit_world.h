// Connections, limits and sources for tests of the limits: short to write, nothing hidden.
#ifndef ROOMKEEPER_TESTS_POLICIES_LIMIT_WORLD_H_
#define ROOMKEEPER_TESTS_POLICIES_LIMIT_WORLD_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policies/kick_plan.h"
#include "tests/policies/instants.h"

namespace roomkeeper::testing {

inline policies::MonoTime at(policies::Nanoseconds since) {
  return policies::MonoTime{since};
}

inline policies::RoomId room(const std::string& id) {
  return policies::RoomId::parse(id).value();
}

/// Connection `cid` of APP/`user`, the `cid`th second after noon.
inline policies::Connection client(std::uint64_t cid, const std::string& user,
                                   const std::string& server = "NA",
                                   const std::vector<std::string>& rooms = {}) {
  policies::Connection made;
  made.key = {server, cid};
  made.identity = {"APP", user};
  made.start = utc("2026-08-01T12:00:00Z") + std::chrono::seconds(cid);
  for (const std::string& id : rooms) made.rooms.push_back(room(id));
  return made;
}

/// As many kicks as there is reason for.
inline policies::KickBounds unbounded() {
  policies::KickBounds bounds;
  bounds.per_second = std::numeric_limits<int>::max();
  return bounds;
}

/// A connection each of so many users: user<cid>.
inline std::vector<policies::Connection> crowd(std::uint64_t first, std::uint64_t count,
                                               const std::string& server = "NA",
                                               const std::vector<std::string>& rooms = {}) {
  std::vector<policies::Connection> made;
  for (std::uint64_t cid = first; cid < first + count; ++cid)
    made.push_back(client(cid, "user" + std::to_string(cid), server, rooms));
  return made;
}

inline std::vector<policies::Connection> together(std::vector<policies::Connection> a,
                                                  const std::vector<policies::Connection>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline std::vector<std::uint64_t> cids_of(const policies::KickPlan& plan) {
  std::vector<std::uint64_t> cids;
  for (const policies::Kick& kick : plan.kicks) cids.push_back(kick.key.cid);
  std::sort(cids.begin(), cids.end());
  return cids;
}

/// Limits of rooms, bans and what was lowered, as a test sets them.
struct Sources {
  std::map<std::string, policies::ConnectionLimit> rooms;
  std::set<std::string> banned;
  std::map<std::string, policies::WallTime> lowered;

  policies::LimitSources get() const {
    return {.room = [this](const policies::RoomId& id) -> std::optional<policies::NamedLimit> {
              const auto found = rooms.find(id.text());
              if (found == rooms.end()) return std::nullopt;
              return policies::NamedLimit{found->second, "room/" + id.text()};
            },
            .banned = [this](const policies::Identity& one) { return banned.contains(one.user); },
            .lowered = [this](const std::string& rule) -> std::optional<policies::WallTime> {
              const auto found = lowered.find(rule);
              if (found == lowered.end()) return std::nullopt;
              return found->second;
            }};
  }
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_POLICIES_LIMIT_WORLD_H_
