#include "policies/purge_limit.h"

#include <algorithm>

namespace roomkeeper::policies {

std::optional<WallTime> purge_limit(const RetentionRule& applied, const RetentionRule* wanted,
                                    WallTime now) {
  const auto* midnight = std::get_if<UntilMidnight>(&applied);
  if (midnight == nullptr) return std::nullopt;
  const WallTime limit = boundary(*midnight, now);
  if (wanted == nullptr || *wanted == applied) return limit;
  if (const auto* later = std::get_if<UntilMidnight>(wanted))
    return std::min(limit, boundary(*later, now));
  if (const auto* age = std::get_if<KeepFor>(wanted)) return std::min(limit, now - age->age);
  return std::nullopt;
}

}  // namespace roomkeeper::policies
