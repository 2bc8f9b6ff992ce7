// A plan and a server to hold it against: streams that are there, streams that are wanted, limits.
#ifndef ROOMKEEPER_TESTS_POLICIES_CAPACITY_WORLD_H_
#define ROOMKEEPER_TESTS_POLICIES_CAPACITY_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/capacity.h"

namespace roomkeeper::testing {

inline constexpr std::int64_t mib = std::int64_t{1} << 20;

struct CapacityStream {
  policies::Storage storage = policies::Storage::file;
  std::int64_t max_bytes = -1;
  int replicas = 1;
  std::string cluster{};
  std::string template_name = "default";
  policies::WallTime created{};
};

struct CapacityWorld {
  policies::Plan plan;
  policies::ObservedStreams observed;
  policies::CapacityLimits limits;

  void account(policies::TierLimits tier) { limits.tiers.push_back(std::move(tier)); }
  void server(policies::ServerCapacity server) { limits.servers.push_back(std::move(server)); }
  /// A stream on the server; of a name of its own where none is given.
  void there(const CapacityStream& stream, std::string name = {});
  void create(int count, const CapacityStream& stream);
  void create_pool(const std::string& name, const CapacityStream& stream);
  /// To the stream ROOM_<room>, which is there.
  void update(const std::string& room, const CapacityStream& stream);
  void remove_pooled_room(const std::string& room);
  policies::CapacityReport check() const;

 private:
  policies::Change change(policies::ChangeKind kind, const std::string& room,
                          const CapacityStream& stream) const;
  int last_ = 0;
};

/// Indices of the changes that are held back.
std::vector<std::size_t> held(const policies::CapacityReport& report);
/// REQUIRES: there is one.
const policies::CapacityLevel& level(const policies::CapacityReport& report,
                                     policies::CapacityResource resource,
                                     policies::LimitOwner owner, std::string_view whose = {});
/// low, low + 1, ... count - 1.
std::vector<std::size_t> from(std::size_t count, std::size_t low);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_POLICIES_CAPACITY_WORLD_H_
