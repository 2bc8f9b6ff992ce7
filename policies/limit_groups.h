// What each limit counts: connections in groups, one a user, a room, a server, and the account.
// Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_LIMIT_GROUPS_H_
#define ROOMKEEPER_POLICIES_LIMIT_GROUPS_H_

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policies/limits.h"
#include "policies/time.h"

namespace roomkeeper::policies {

struct GroupName {
  LimitKind kind{};
  std::string of;  ///< user, room, server id; empty for the account
  auto operator<=>(const GroupName&) const = default;
};

/// A limit and the name under which it is remembered: "account_connections", "users/bot-*",
/// "template/lobby", "room/general".
struct NamedLimit {
  ConnectionLimit limit;
  std::string rule;
};

/// What the rule makes of `connections_per_user`; null: no rule fits.
ConnectionLimit limit_of_rule(const ConnectionLimits& limits, const UserRule* rule);

/// What the configuration does not say itself. All may be empty; called during the pass only.
struct LimitSources {
  /// Of a room that is wanted; nullopt: it has none.
  std::function<std::optional<NamedLimit>(const RoomId& room)> room;
  std::function<bool(const Identity& identity)> banned;
  /// The newest start of a connection when the rule's limit was last lowered: who is not newer may
  /// stay. Asked only of rules without `enforce_now`; nullopt: it never was.
  std::function<std::optional<WallTime>(const std::string& rule)> lowered;
};

struct GroupUse {
  GroupName name;
  int used = 0;    ///< connections that count, those in reserved places included
  int admins = 0;  ///< of them, in places reserved for administrators
  NamedLimit limit;
  /// Places left for those who are no administrators; negative: so many too many. Absent:
  /// unlimited.
  std::optional<int> headroom() const {
    if (!limit.limit.limited()) return std::nullopt;
    return *limit.limit.max - (used - admins);
  }
};

struct ConnectionGroup {
  GroupName name;
  NamedLimit limit;
  std::vector<const Connection*> members;  ///< in no order; those that count
};

/// All groups with members, sorted by name; the account's also without any. `distinct`: each
/// connection once; they must outlive the groups.
std::vector<ConnectionGroup> group_connections(const std::vector<const Connection*>& distinct,
                                               const ConnectionLimits& limits,
                                               const LimitSources& sources);
/// Each connection once, by key. Of two records of one connection that differ, the exempt one
/// counts.
std::vector<const Connection*> distinct_connections(const std::vector<Connection>& connections,
                                                    const ConnectionLimits& limits);
/// The limit of a group, members or not.
NamedLimit limit_of(const GroupName& name, const ConnectionLimits& limits,
                    const LimitSources& sources);
/// How a group stands, for `limit show`.
GroupUse use_of(const ConnectionGroup& group, const ConnectionLimits& limits);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_LIMIT_GROUPS_H_
