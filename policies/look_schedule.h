// When it is worth asking the servers for all connections. Pure; thread: one. Ownership: value
// type.
//
// A look costs the servers and us time that grows with the number of connections. So events are
// gathered, a look that cannot find anybody over a limit waits, and the dearer looks are the rarer
// they come. What events miss (they may be lost, and no event tells of a subscription) the interval
// finds.
#ifndef ROOMKEEPER_POLICIES_LOOK_SCHEDULE_H_
#define ROOMKEEPER_POLICIES_LOOK_SCHEDULE_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/kick_plan.h"
#include "policies/limits.h"
#include "policies/time.h"

namespace roomkeeper::policies {

struct LookDue {
  MonoTime at{};
  std::string_view why;  ///< start, event, again, interval: metrics' label
};

struct LookPace {
  /// Events of this long are one look; no two looks begin closer together.
  Nanoseconds coalesce = std::chrono::milliseconds(250);
  /// Behind an event that cannot have brought anybody over a limit: for what status and metrics
  /// show.
  Nanoseconds idle_event = std::chrono::seconds(5);
  /// While a room's connections are limited, because subscriptions make no event.
  Nanoseconds rooms = std::chrono::seconds(2);
  /// A look begins at the earliest this many times its predecessor's duration after its end:
  int urgent_rest = 3;  ///< somebody may be over a limit
  int idle_rest = 25;   ///< nobody can be
};

class LookSchedule {
 public:
  explicit LookSchedule(LookPace pace = {}) : pace_(pace) {}

  /// Nothing is known: the next look is due now.
  void reset(MonoTime now);
  /// A look begins. What events say from now on it may miss.
  void begin(MonoTime now);
  /// It ended: nothing came of it. The next one is tried after `retry`.
  void failed(MonoTime now, Nanoseconds retry);
  /// It ended with these connections and this plan. `interval`: when to look if nothing happens.
  void ended(MonoTime now, const std::vector<Connection>& connections,
             const ConnectionLimits& limits, const KickPlan& plan, bool rooms_limited,
             Nanoseconds interval);
  /// Somebody connected. `urgent`: look soon whatever is counted (a banned user).
  void connected(MonoTime now, const ConnectionKey& key, const Identity& identity,
                 const ConnectionLimits& limits, bool urgent);
  /// An event that frees places, or one that could not be read: `unknown`.
  void changed(MonoTime now, bool unknown);
  /// Something else changed: limits, rooms, bans.
  void again(MonoTime now);

  /// When the next look is due, and why; nullopt before reset() and between begin() and its end.
  std::optional<LookDue> due() const;

 private:
  void finish(MonoTime now);
  void count(const std::vector<Connection>& connections, const ConnectionLimits& limits);
  void want(MonoTime at, std::string_view why, int rest);
  bool may_exceed(const ConnectionKey& key, const Identity& identity,
                  const ConnectionLimits& limits);

  LookPace pace_;
  bool known_ = false;  ///< reset() was called
  bool looking_ = false;
  bool rooms_limited_ = false;
  MonoTime began_{};
  MonoTime ended_{};
  Nanoseconds took_{};
  std::optional<LookDue> due_;
  // What came while looking.
  std::vector<std::pair<ConnectionKey, Identity>> came_;
  bool unknown_ = false;
  bool again_ = false;
  // At most so many as were seen and have come since: an upper bound, never the truth.
  std::map<std::string, int, std::less<>> users_;
  std::map<std::string, int, std::less<>> servers_;
  int account_ = 0;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_LOOK_SCHEDULE_H_
