#include "tests/policies/capacity_world.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {
namespace {

using policies::Change;
using policies::ChangeKind;
using policies::StreamConfig;

StreamConfig config_of(const CapacityStream& stream) {
  StreamConfig config;
  config.settings.storage = stream.storage;
  config.settings.max_bytes = stream.max_bytes;
  config.settings.replicas = stream.replicas;
  config.settings.placement.cluster = stream.cluster;
  config.mark.emplace().template_name = stream.template_name;
  return config;
}

}  // namespace

void CapacityWorld::there(const CapacityStream& stream, std::string name) {
  policies::ObservedStream seen;
  seen.name = name.empty() ? "X" + std::to_string(++last_) : std::move(name);
  seen.config = config_of(stream);
  seen.stored.created = stream.created;
  const auto at = std::lower_bound(observed.streams.begin(), observed.streams.end(), seen.name,
                                   [](const auto& a, const auto& b) { return a.name < b; });
  observed.streams.insert(at, std::move(seen));
}

Change CapacityWorld::change(ChangeKind kind, const std::string& room,
                             const CapacityStream& stream) const {
  Change result{.kind = kind, .room = room_id(room), .stream = "ROOM_" + room};
  result.wanted = config_of(stream);
  return result;
}

void CapacityWorld::create(int count, const CapacityStream& stream) {
  for (int i = 0; i < count; ++i)
    plan.changes.push_back(change(ChangeKind::create, "n" + std::to_string(++last_), stream));
}

void CapacityWorld::create_pool(const std::string& name, const CapacityStream& stream) {
  plan.changes.push_back(change(ChangeKind::create, name, stream));
  plan.changes.back().target = policies::ChangeTarget::pool_stream;
  plan.changes.back().stream = "POOL_" + name;
}

void CapacityWorld::update(const std::string& room, const CapacityStream& stream) {
  plan.changes.push_back(change(ChangeKind::update, room, stream));
}

void CapacityWorld::remove_pooled_room(const std::string& room) {
  Change gone{.kind = ChangeKind::remove, .room = room_id(room), .stream = "POOL_x"};
  gone.target = policies::ChangeTarget::pooled_room;
  plan.changes.push_back(std::move(gone));
}

policies::CapacityReport CapacityWorld::check() const {
  return policies::check_capacity(plan, observed, limits);
}

std::vector<std::size_t> held(const policies::CapacityReport& report) {
  std::vector<std::size_t> result;
  for (const policies::HeldCreate& create : report.held) result.push_back(create.change);
  return result;
}

const policies::CapacityLevel& level(const policies::CapacityReport& report,
                                     policies::CapacityResource resource,
                                     policies::LimitOwner owner, std::string_view whose) {
  for (const policies::CapacityLevel& found : report.levels) {
    if (found.resource == resource && found.owner == owner &&
        (whose.empty() || found.whose == whose))
      return found;
  }
  throw std::runtime_error("no such level: " + std::string(to_string(resource)) + " of " +
                           std::string(to_string(owner)));
}

std::vector<std::size_t> from(std::size_t count, std::size_t low) {
  std::vector<std::size_t> result;
  for (std::size_t i = low; i < count; ++i) result.push_back(i);
  return result;
}

}  // namespace roomkeeper::testing
