#include "config/zones.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <span>
#include <vector>

#include "config/nearest.h"

namespace roomkeeper::config {
namespace {

/// Files of the database that are no places: they follow the machine or mean "not set".
constexpr std::array<std::string_view, 3> no_places = {"localtime", "posixrules", "Factory"};

/// Sorted by name; empty when this machine has no database.
std::span<const date::time_zone> all_zones() {
  try {
    return date::get_tzdb().zones;
  } catch (const std::exception&) {
    return {};
  }
}

bool is_place(std::string_view name) {
  return std::find(no_places.begin(), no_places.end(), name) == no_places.end();
}

}  // namespace

const date::time_zone* find_zone(std::string_view name) {
  const std::span<const date::time_zone> zones = all_zones();
  const auto found = std::lower_bound(
      zones.begin(), zones.end(), name,
      [](const date::time_zone& zone, std::string_view wanted) { return zone.name() < wanted; });
  if (found == zones.end() || found->name() != name || !is_place(name)) return nullptr;
  try {
    // The file is read at the first use, which may throw: better here than in the middle of a
    // midnight.
    (void)found->get_info(date::sys_seconds{});
    return &*found;
  } catch (const std::exception&) {
    return nullptr;
  }
}

std::string nearest_zone(std::string_view name) {
  std::vector<std::string_view> names;
  for (const date::time_zone& zone : all_zones()) {
    if (is_place(zone.name())) names.push_back(zone.name());
  }
  std::string found = nearest(name, names);
  if (!found.empty() || name.empty()) return found;
  for (const std::string_view candidate : names) {
    const std::size_t slash = candidate.rfind('/');
    if (slash == std::string_view::npos) continue;
    if (edit_distance(candidate.substr(slash + 1), name, 1) <= (name.size() > 4 ? 1 : 0)) {
      return std::string(candidate);
    }
  }
  return {};
}

}  // namespace roomkeeper::config
