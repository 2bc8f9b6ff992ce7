#include "policies/limits.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "policies/limit_groups.h"
#include "policies/subjects.h"

namespace roomkeeper::policies {
namespace {

// What nats-server says instead of a user's name for a connection that came with a token.
constexpr std::string_view hidden_token = "[REDACTED]";

constexpr std::array<std::string_view, limit_kind_count> kind_names{
    "ban", "connections_per_user", "room_connections", "account_connections", "server_connections"};

bool has_wildcard(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

// The better of two patterns that fit comes first.
auto preference(const UserRule& rule) {
  return std::tuple(has_wildcard(rule.pattern), -static_cast<std::int64_t>(rule.pattern.size()),
                    std::string_view(rule.pattern));
}

}  // namespace

std::string_view to_string(OnLimit value) {
  switch (value) {
    case OnLimit::reject_new:
      return "reject_new";
    case OnLimit::evict_oldest:
      return "evict_oldest";
  }
  return "reject_new";
}

std::string_view to_string(LimitKind kind) {
  return kind_names[std::min(static_cast<std::size_t>(kind), limit_kind_count - 1)];
}

std::optional<LimitKind> parse_limit_kind(std::string_view name) {
  const auto found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<LimitKind>(found - kind_names.begin());
}

std::string to_string(const Identity& identity) {
  return identity.account + "/" + identity.user;
}

const UserRule* rule_of(const ConnectionLimits& limits, std::string_view user) {
  const UserRule* best = nullptr;
  for (const UserRule& rule : limits.users) {
    if (best != nullptr && preference(*best) <= preference(rule)) continue;
    const bool fits =
        has_wildcard(rule.pattern) ? glob_matches(rule.pattern, user) : rule.pattern == user;
    if (fits) best = &rule;
  }
  return best;
}

ConnectionLimit limit_of_user(const ConnectionLimits& limits, std::string_view user) {
  return limit_of_rule(limits, rule_of(limits, user));
}

std::string_view to_string(Exemption value) {
  switch (value) {
    case Exemption::none:
      return "none";
    case Exemption::own:
      return "own";
    case Exemption::exempt_user:
      return "exempt_user";
    case Exemption::no_identity:
      return "no_identity";
    case Exemption::shared_user:
      return "shared_user";
  }
  return "none";
}

Exemption exemption(const Connection& connection, const ConnectionLimits& limits) {
  if (connection.own) return Exemption::own;
  if (limits.exempt.contains(connection.identity)) return Exemption::exempt_user;
  if (connection.identity.user.empty() || connection.identity.user == hidden_token) {
    return Exemption::no_identity;
  }
  if (limits.shared_users.contains(connection.identity)) return Exemption::shared_user;
  return Exemption::none;
}

bool counts_for(LimitKind kind, Exemption exemption) {
  if (exemption == Exemption::own || exemption == Exemption::exempt_user) return false;
  // A ban names one person: whoever is behind a shared name is not meant.
  const bool by_user = kind == LimitKind::connections_per_user || kind == LimitKind::ban;
  return !by_user || exemption == Exemption::none;
}

}  // namespace roomkeeper::policies
