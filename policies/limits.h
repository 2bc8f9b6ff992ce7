// The connection limits of the configuration, and which connections they count. Pure; shared by the
// kick enforcer (policies/kick_plan.h) and, later, by admission. Thread: any.
#ifndef ROOMKEEPER_POLICIES_LIMITS_H_
#define ROOMKEEPER_POLICIES_LIMITS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policies/connection.h"
#include "policies/connection_limit.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// What `limits.users` says of the users that a pattern fits (`*` and `?`); what it does not say
/// is as in `limits.connections_per_user`.
struct UserRule {
  std::string pattern;
  /// Absent: not said. Negative: unlimited.
  std::optional<int> max;
  std::optional<OnLimit> on_limit;
  std::string origin;  ///< "rk.yaml:12:5", for messages
};

struct ConnectionLimits {
  ConnectionLimit per_user{.max = {}, .on_limit = OnLimit::evict_oldest};
  ConnectionLimit account;
  ConnectionLimit server;
  std::vector<UserRule> users;      ///< at most user_rules_max
  std::set<Identity> exempt;        ///< `limits.exempt_users`: counted by no limit
  std::set<Identity> shared_users;  ///< not counted per user: many people behind one name
  std::set<Identity> admins;        ///< `limits.admin_users`: who `reserved_for_admins` is for
};
inline constexpr std::size_t user_rules_max = 256;

/// Bounds on kicking; all of design.md's. Intervals > 0.
struct KickBounds {
  int per_second = 500;  ///< over all users, in any second; 0 or less kicks nobody
  Nanoseconds first_interval = std::chrono::seconds(1);  ///< after a user's first round
  Nanoseconds longest_interval = std::chrono::minutes(1);
  Nanoseconds forget_after = std::chrono::minutes(5);  ///< without being over a limit
};

/// The rule of `limits.users` that a user falls under; null: none. A pattern without wildcards wins
/// over any with them, then the longest, then the first in byte order.
const UserRule* rule_of(const ConnectionLimits& limits, std::string_view user);
/// The limit of one user.
ConnectionLimit limit_of_user(const ConnectionLimits& limits, std::string_view user);

/// Whether a connection is counted per user, and why not. `none`: it is. `own` and `exempt_user`
/// are counted by no limit; the others by all but connections_per_user.
enum class Exemption : std::uint8_t { none, own, exempt_user, no_identity, shared_user };
std::string_view to_string(Exemption value);
Exemption exemption(const Connection& connection, const ConnectionLimits& limits);
/// Whether limits of this kind count connections of that exemption.
bool counts_for(LimitKind kind, Exemption exemption);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_LIMITS_H_
