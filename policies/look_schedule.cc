#include "policies/look_schedule.h"

#include <algorithm>

namespace roomkeeper::policies {
namespace {

/// Arrivals while a look runs are remembered up to here; more are taken for anything.
constexpr std::size_t came_max = 10'000;
/// A look that a busy server drew out puts off the next one that matters by no more than this.
constexpr Nanoseconds longest_urgent_rest = std::chrono::seconds(10);
/// A room with less than this part of its places left is nearly full.
constexpr int near_part = 10;

bool exceeds(int used, const ConnectionLimit& limit) {
  return limit.limited() && used > *limit.max;
}

}  // namespace

void LookSchedule::reset(MonoTime now) {
  const LookPace pace = pace_;
  *this = LookSchedule(pace);
  known_ = true;
  due_ = LookDue{now, "start"};
}

void LookSchedule::begin(MonoTime now) {
  looking_ = true;
  began_ = now;
  due_.reset();
  came_.clear();
  unknown_ = false;
  again_ = false;
}

void LookSchedule::failed(MonoTime now, Nanoseconds retry) {
  finish(now);
  want(now + retry, "again", 1);
}

void LookSchedule::ended(MonoTime now, const std::vector<Connection>& connections,
                         const ConnectionLimits& limits, const KickPlan& plan, bool rooms_limited,
                         Nanoseconds interval) {
  finish(now);
  rooms_limited_ = rooms_limited;
  count(connections, limits);
  want(now + interval, "interval", 0);
  if (rooms_limited) {
    // Where a room is full or nearly so the next one to enter it is one too many.
    const auto& nearest = plan.of(LimitKind::room_connections).nearest;
    const bool near = nearest && *nearest->headroom() <= *nearest->limit.limit.max / near_part;
    want(now + pace_.rooms, "interval", near ? pace_.urgent_rest : pace_.idle_rest);
  }
  if (plan.look_again_after) want(now + *plan.look_again_after, "again", pace_.urgent_rest);
  if (again_) want(now, "again", pace_.urgent_rest);
  if (unknown_) want(now + pace_.coalesce, "event", pace_.urgent_rest);
  for (const auto& [key, identity] : came_) connected(now, key, identity, limits, false);
  came_.clear();
}

void LookSchedule::finish(MonoTime now) {
  looking_ = false;
  ended_ = now;
  took_ = now - began_;
  due_.reset();
}

void LookSchedule::count(const std::vector<Connection>& connections,
                         const ConnectionLimits& limits) {
  users_.clear();
  servers_.clear();
  account_ = 0;
  const bool by_user = limits.per_user.limited() || !limits.users.empty();
  for (const Connection& one : connections) {
    const Exemption exempt = exemption(one, limits);
    if (by_user && counts_for(LimitKind::connections_per_user, exempt)) ++users_[one.identity.user];
    if (!counts_for(LimitKind::account_connections, exempt)) continue;
    ++account_;
    ++servers_[one.key.server_id];
  }
}

void LookSchedule::connected(MonoTime now, const ConnectionKey& key, const Identity& identity,
                             const ConnectionLimits& limits, bool urgent) {
  if (looking_) {
    // The look may have missed it; what it means is seen when the look has ended.
    if (urgent || came_.size() >= came_max) {
      unknown_ = true;
    } else {
      came_.emplace_back(key, identity);
    }
    return;
  }
  // Subscriptions follow a connection, and no event tells of them.
  if (may_exceed(key, identity, limits) || urgent || rooms_limited_) {
    want(now + pace_.coalesce, "event", pace_.urgent_rest);
  } else {
    want(now + pace_.idle_event, "event", pace_.idle_rest);
  }
}

bool LookSchedule::may_exceed(const ConnectionKey& key, const Identity& identity,
                              const ConnectionLimits& limits) {
  Connection probe;
  probe.identity = identity;
  const Exemption exempt = exemption(probe, limits);
  bool over = false;
  if (counts_for(LimitKind::connections_per_user, exempt)) {
    const ConnectionLimit limit = limit_of_user(limits, identity.user);
    if (limit.limited()) over = exceeds(++users_[identity.user], limit);
  }
  if (!counts_for(LimitKind::account_connections, exempt)) return over;
  over = exceeds(++account_, limits.account) || over;
  return exceeds(++servers_[key.server_id], limits.server) || over;
}

void LookSchedule::changed(MonoTime now, bool unknown) {
  if (looking_) {
    unknown_ = unknown_ || unknown;
    return;
  }
  if (unknown) {
    want(now + pace_.coalesce, "event", pace_.urgent_rest);
  } else {
    want(now + pace_.idle_event, "event", pace_.idle_rest);
  }
}

void LookSchedule::again(MonoTime now) {
  if (looking_) {
    again_ = true;
  } else {
    want(now, "again", pace_.urgent_rest);
  }
}

/// The earliest wish counts, but none before the last look has been rested from.
void LookSchedule::want(MonoTime at, std::string_view why, int rest) {
  Nanoseconds pause = rest * took_;
  if (rest <= pace_.urgent_rest) pause = std::min(pause, longest_urgent_rest);
  at = std::max({at, began_ + pace_.coalesce, ended_ + pause});
  if (!due_ || at < due_->at) due_ = LookDue{at, why};
}

std::optional<LookDue> LookSchedule::due() const {
  return known_ && !looking_ ? due_ : std::nullopt;
}

}  // namespace roomkeeper::policies
