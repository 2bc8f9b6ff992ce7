// Who has to go. Pure: one truthful look at all servers in, kicks and figures out.
//
// The input is the truth of CONNZ, never CONNECT minus DISCONNECT. A pass with a silent server is
// not for here: nobody is kicked in it. Thread: any; the history is a value that the caller keeps
// between passes.
#ifndef ROOMKEEPER_POLICIES_KICK_PLAN_H_
#define ROOMKEEPER_POLICIES_KICK_PLAN_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policies/arrivals.h"
#include "policies/limit_groups.h"
#include "policies/limits.h"
#include "policies/reason.h"
#include "policies/time.h"

namespace roomkeeper::policies {

struct Kick {
  ConnectionKey key;
  Identity identity;
  LimitKind limit = LimitKind::connections_per_user;
  std::string of{};  ///< whose limit: user, room, server id; empty for the account
  Reason reason{};   ///< evict_oldest, reject_new, banned, kicked_by_admin
  int used = 0;      ///< connections that the limit counted when it was decided
  int max = 0;
  Nanoseconds retry_after{};  ///< what the notice tells the client to wait
  /// When the connection came that is one too many, by most servers' clock: this one with
  /// reject_new, the newest one that was counted with evict_oldest.
  WallTime caused{};
  MonoTime decided{};  ///< by plan_kicks: for note_ended
};

/// What must be remembered of an identity that was kicked. A round is all that was found to go at
/// one time; it takes several passes where the rate does not cover it.
struct Offender {
  int rounds = 0;  ///< since it last behaved for `forget_after`
  int owed = 0;    ///< kicks of the running round that the rate left for later
  MonoTime last_kick{};
  MonoTime last_over{};
};

/// Kicks that were decided, or carried out, at one time.
struct RecentKicks {
  MonoTime at{};
  int count = 0;
};

/// Bounded: only kicked identities are remembered (per_second of them a second), each for
/// `forget_after` after it was last over a limit; `recent` covers one second; `arrivals` holds the
/// connections that are there.
struct KickHistory {
  std::map<Identity, Offender> offenders;
  std::vector<RecentKicks> recent;  ///< oldest first
  Arrivals arrivals;
  /// Of limits that were lowered without `enforce_now` and evict the oldest: how many are still
  /// let be.
  std::map<GroupName, int> ceilings;
};

/// What a limit is used; of the one that is nearest to its maximum where there are many.
struct LimitFigures {
  int groups = 0;     ///< users, rooms, servers with a maximum and connections that count
  int over = 0;       ///< of them, above it
  int surplus = 0;    ///< connections that have to go
  int kept = 0;       ///< above a lowered maximum, and let be (`enforce_now: false`)
  int most_used = 0;  ///< by any one of them, limited or not
  /// Of the one with the least headroom; absent: no limit of this kind applies to anybody.
  std::optional<GroupUse> nearest;
};

/// How many connections name a room in a subscription.
struct RoomListeners {
  RoomId room;
  int used = 0;
  std::optional<int> max;
};

struct KickPlan {
  std::vector<Kick> kicks;
  std::vector<RoomListeners> rooms;  ///< that have any; sorted by room
  int wildcard = 0;                  ///< connections that hear several rooms
  std::array<LimitFigures, limit_kind_count> figures;
  int delayed = 0;  ///< connections that have to go and are left for now (rate_limited)
  /// When it is worth looking again although nothing happens; nullopt: never.
  std::optional<Nanoseconds> look_again_after;

  const LimitFigures& of(LimitKind kind) const { return figures[static_cast<std::size_t>(kind)]; }
};

/// A kick that plan_kicks decided was carried out now. In any second as the clients see it no more
/// than the rate are ended, however long the kicks were on their way.
void note_ended(KickHistory& history, MonoTime decided, MonoTime now);

/// Decides on one truthful look at all servers. Updates `history`. For a limit that is exceeded
/// either all of the surplus is kicked, leaving exactly the limit, or (interval, rate) some or none
/// of it. Kicks never touch who is within every limit, or exempt. Deterministic: the order of
/// `connections` does not matter, and one that two pages of CONNZ both name counts once.
///
/// Who came first is what an earlier pass saw first, then the start that the servers say, then the
/// key: so a server whose clock is wrong takes nobody's place. In a room it is when a pass first
/// saw the connection there, because CONNZ does not say when a subscription was made.
///
/// Where the rate does not reach all: the banned first, then who was kicked in fewer rounds, then
/// who was kicked longest ago. Connections that are not counted per user have no history: nobody
/// behind a shared name can be told from another one, so only the rate bounds their kicks.
KickPlan plan_kicks(const std::vector<Connection>& connections, const ConnectionLimits& limits,
                    const KickBounds& bounds, MonoTime now, KickHistory& history,
                    const LimitSources& sources = {}, bool may_kick = true);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_KICK_PLAN_H_
