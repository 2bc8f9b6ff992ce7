// One limit on connections, whatever it is counted by. Value type; thread: any.
#ifndef ROOMKEEPER_POLICIES_CONNECTION_LIMIT_H_
#define ROOMKEEPER_POLICIES_CONNECTION_LIMIT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace roomkeeper::policies {

enum class OnLimit : std::uint8_t { reject_new, evict_oldest };
std::string_view to_string(OnLimit value);

/// What is limited. The names are stable: metrics' label, API, audit. In the order in which they
/// are applied: who has to go because of an earlier one is not counted by a later one.
enum class LimitKind : std::uint8_t {
  ban,                   ///< no limit, but ends connections as one does
  connections_per_user,  ///< of one user, on all servers
  room_connections,      ///< that name one room in a subscription, on all servers
  account_connections,   ///< of our account, on all servers
  server_connections,    ///< of our account, on each server
};
inline constexpr std::size_t limit_kind_count =
    static_cast<std::size_t>(LimitKind::server_connections) + 1;
std::string_view to_string(LimitKind kind);
std::optional<LimitKind> parse_limit_kind(std::string_view name);

struct ConnectionLimit {
  std::optional<int> max;  ///< absent or negative: unlimited; 0: blocks
  OnLimit on_limit = OnLimit::reject_new;
  int reserved_for_admins = 0;  ///< on top of `max`, taken by administrators first; >= 0
  /// Whether those inside go when the limit is lowered below their number. False: reject_new keeps
  /// all of them until they leave; evict_oldest lets their number shrink only.
  bool enforce_now = true;
  bool limited() const { return max.has_value() && *max >= 0; }
  bool operator==(const ConnectionLimit&) const = default;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_CONNECTION_LIMIT_H_
