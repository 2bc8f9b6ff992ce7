#include "policies/lowered_limits.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace roomkeeper::policies {
namespace {

enum class Kind : std::uint8_t { account, server, user, room };

/// Of what a rule is: rules of one kind take each other's place.
Kind kind_of(std::string_view rule) {
  if (rule == to_string(LimitKind::account_connections)) return Kind::account;
  if (rule == to_string(LimitKind::server_connections)) return Kind::server;
  const bool of_user =
      rule == to_string(LimitKind::connections_per_user) || rule.starts_with("users/");
  return of_user ? Kind::user : Kind::room;
}

int height(std::optional<int> max) {
  return max.value_or(std::numeric_limits<int>::max());
}

}  // namespace

bool LoweredLimits::update(const std::map<std::string, ConnectionLimit, std::less<>>& rules,
                           WallTime newest_start) {
  Entries next;
  for (const auto& [name, limit] : rules) {
    if (limit.enforce_now || next.size() >= rules_max) continue;
    Entry entry{.max = limit.limited() ? limit.max : std::nullopt, .inside = {}};
    const auto before = entries_.find(name);
    const bool known = before != entries_.end();
    if (known && height(entry.max) >= height(before->second.max)) {
      entry.inside = before->second.inside;
    } else if (entry.max) {
      entry.inside = newest_start;
    }
    next.emplace(name, entry);
  }
  for (const auto& [name, gone] : entries_) {
    if (next.contains(name)) continue;
    for (auto& [other, entry] : next) {
      if (entry.max && kind_of(other) == kind_of(name)) entry.inside = newest_start;
    }
  }
  if (next == entries_) return false;
  entries_ = std::move(next);
  return true;
}

std::optional<WallTime> LoweredLimits::inside(std::string_view rule) const {
  const auto found = entries_.find(rule);
  return found == entries_.end() ? std::nullopt : found->second.inside;
}

}  // namespace roomkeeper::policies
