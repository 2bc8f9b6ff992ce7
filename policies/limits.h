// Connection limits: who has to go. Pure, shared by the kick enforcer and, later, by admission.
//
// The input is the truth of CONNZ, never CONNECT minus DISCONNECT. A pass with a silent server
// kicks nobody. Thread: any; the history is a value the caller keeps between passes.
#ifndef ROOMKEEPER_POLICIES_LIMITS_H_
#define ROOMKEEPER_POLICIES_LIMITS_H_

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policies/reason.h"
#include "policies/time.h"

namespace roomkeeper::policies {

enum class OnLimit : std::uint8_t { reject_new, evict_oldest };
std::string_view to_string(OnLimit value);

/// A connection's key: cids restart with the server, the server id does not survive a restart.
struct ConnectionKey {
  std::string server_id;
  std::uint64_t cid = 0;
  auto operator<=>(const ConnectionKey&) const = default;
};

/// (account, authorized user) as the server says it.
struct Identity {
  std::string account;
  std::string user;
  auto operator<=>(const Identity&) const = default;
};
std::string to_string(const Identity& identity);  ///< `ACCOUNT/user`

struct Connection {
  ConnectionKey key;
  Identity identity;
  WallTime start{};  ///< by that server's clock
  std::string host;  ///< address and name are for display only
  std::string name;
  std::string kind;  ///< "nats", "websocket", "mqtt"
  bool own = false;  ///< one of Roomkeeper's own, or of the system account: always exempt
};

struct UserLimit {
  std::optional<int> max;  ///< absent or negative: unlimited; 0: blocks
  OnLimit on_limit = OnLimit::evict_oldest;
};

struct ConnectionLimits {
  UserLimit per_user;
  std::set<Identity> exempt;        ///< `limits.exempt_users`
  std::set<Identity> shared_users;  ///< not counted per user: many people behind one name
};

/// Bounds on kicking; all of design.md's. Intervals > 0.
struct KickBounds {
  int per_second = 50;  ///< over all users, in any second; 0 or less kicks nobody
  Nanoseconds first_interval = std::chrono::seconds(1);  ///< after a user's first round
  Nanoseconds longest_interval = std::chrono::minutes(1);
  Nanoseconds forget_after = std::chrono::minutes(5);  ///< without being over the limit
};

/// Whether a connection counts, and why not. `none`: it counts.
enum class Exemption : std::uint8_t { none, own, exempt_user, no_identity, shared_user };
std::string_view to_string(Exemption value);
Exemption exemption(const Connection& connection, const ConnectionLimits& limits);

struct Kick {
  ConnectionKey key;
  Identity identity;
  Reason reason{};  ///< evict_oldest or reject_new
  int used = 0;     ///< connections of the identity when it was decided
  int max = 0;
  Nanoseconds retry_after{};  ///< what the notice tells the client to wait
};

/// What must be remembered of an identity that was kicked. A round is one surplus that was found;
/// it takes several passes where the rate does not cover it.
struct Offender {
  int rounds = 0;  ///< since it last behaved for `forget_after`
  int owed = 0;    ///< kicks of the running round that the rate left for later
  MonoTime last_kick{};
  MonoTime last_over{};
};

struct RecentKicks {
  MonoTime at{};
  int count = 0;
};

/// Bounded: only kicked identities are remembered (per_second of them a second), each for
/// `forget_after` after it was last over its limit; `recent` covers one second.
struct KickHistory {
  std::map<Identity, Offender> offenders;
  std::vector<RecentKicks> recent;  ///< oldest first
};

struct KickPlan {
  std::vector<Kick> kicks;
  int identities = 0;  ///< that count
  int over_limit = 0;  ///< identities over their limit, kicked or not
  int delayed = 0;     ///< connections that should go and are left for now (rate_limited)
  int most_used = 0;   ///< the largest number of connections of one identity
  /// When it is worth looking again although nothing happens; nullopt: never.
  std::optional<Nanoseconds> look_again_after;
};

/// Decides on one truthful look at all servers. Updates `history`. For an identity over its limit
/// either all of the surplus is kicked, leaving exactly the limit, or (interval, rate) some or none
/// of it. Kicks never touch an identity within its limit or an exempt one. Deterministic: ties go
/// by key, the order of `connections` does not matter, and a connection that two pages of CONNZ
/// both name counts once. Where the rate does not reach all, identities with fewer rounds come
/// first, then who was kicked longest ago.
KickPlan plan_kicks(const std::vector<Connection>& connections, const ConnectionLimits& limits,
                    const KickBounds& bounds, MonoTime now, KickHistory& history);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_LIMITS_H_
