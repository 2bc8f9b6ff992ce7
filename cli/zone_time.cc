#include "cli/zone_time.h"

#include <array>
#include <cstdio>

#include "cli/format.h"
#include "policies/rfc3339.h"

namespace roomkeeper::cli {

std::string in_zone(policies::WallTime time, const date::time_zone* zone) {
  if (zone == nullptr) return policies::format_rfc3339(time);
  const auto offset = zone->get_info(time).offset;
  std::string text = policies::format_rfc3339(time + offset);
  text.pop_back();  // the Z
  const auto seconds = offset.count();
  const auto minutes = (seconds < 0 ? -seconds : seconds) / 60;
  std::array<char, 64> sign{};
  std::snprintf(sign.data(), sign.size(), "%c%02lld:%02lld", seconds < 0 ? '-' : '+',
                static_cast<long long>(minutes / 60), static_cast<long long>(minutes % 60));
  return text + sign.data();
}

std::string in_zone_and_utc(policies::WallTime time, const date::time_zone* zone) {
  const std::string utc = format_when(time);
  if (zone == nullptr) return utc;
  return in_zone(std::chrono::floor<std::chrono::seconds>(time), zone) + " (" + utc + ")";
}

}  // namespace roomkeeper::cli
