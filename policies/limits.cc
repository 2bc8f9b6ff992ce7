#include "policies/limits.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace roomkeeper::policies {
namespace {

constexpr Nanoseconds one_second = std::chrono::seconds(1);
// What nats-server says instead of a user's name for a connection that came with a token.
constexpr std::string_view hidden_token = "[REDACTED]";

// The connections of one identity, the first to go in front.
struct Group {
  const Identity* identity = nullptr;
  std::vector<const Connection*> members;
  int surplus = 0;
};

int size_of(const std::vector<const Connection*>& members) {
  return static_cast<int>(
      std::min(members.size(), static_cast<std::size_t>(std::numeric_limits<int>::max())));
}

// Each connection once, sorted by key. Of two records of one connection that differ, the exempt one
// counts.
std::vector<const Connection*> distinct(const std::vector<Connection>& connections,
                                        const ConnectionLimits& limits) {
  std::vector<const Connection*> all;
  all.reserve(connections.size());
  for (const Connection& connection : connections) all.push_back(&connection);
  std::sort(all.begin(), all.end(), [&](const Connection* a, const Connection* b) {
    if (const auto order = a->key <=> b->key; order != 0) return order < 0;
    const bool a_counts = exemption(*a, limits) == Exemption::none;
    const bool b_counts = exemption(*b, limits) == Exemption::none;
    return std::tie(a_counts, a->identity, a->start) < std::tie(b_counts, b->identity, b->start);
  });
  const auto same_key = [](const Connection* a, const Connection* b) { return a->key == b->key; };
  all.erase(std::unique(all.begin(), all.end(), same_key), all.end());
  return all;
}

// By identity; members are sorted by who goes first.
std::vector<Group> counted_groups(const std::vector<Connection>& connections,
                                  const ConnectionLimits& limits) {
  std::vector<const Connection*> counted = distinct(connections, limits);
  std::erase_if(counted, [&](const Connection* connection) {
    return exemption(*connection, limits) != Exemption::none;
  });
  const bool oldest_first = limits.per_user.on_limit == OnLimit::evict_oldest;
  std::sort(counted.begin(), counted.end(), [&](const Connection* a, const Connection* b) {
    if (const auto order = a->identity <=> b->identity; order != 0) return order < 0;
    const bool before = std::tie(a->start, a->key) < std::tie(b->start, b->key);
    return a != b && before == oldest_first;
  });
  std::vector<Group> groups;
  for (const Connection* connection : counted) {
    if (groups.empty() || *groups.back().identity != connection->identity) {
      groups.push_back({&connection->identity, {}, 0});
    }
    groups.back().members.push_back(connection);
  }
  return groups;
}

// The wait after an identity's round number `rounds` (>= 1).
Nanoseconds interval_after(int rounds, const KickBounds& bounds) {
  Nanoseconds wait = std::min(bounds.first_interval, bounds.longest_interval);
  for (int i = 1; i < std::min(rounds, 64) && wait < bounds.longest_interval; ++i) {
    wait = wait > bounds.longest_interval / 2 ? bounds.longest_interval : wait * 2;
  }
  return wait;
}

class Pass {
 public:
  Pass(const UserLimit& limit, const KickBounds& bounds, MonoTime now, KickHistory& history)
      : limit_(limit), bounds_(bounds), now_(now), history_(history) {}

  KickPlan decide(std::vector<Group> groups);

 private:
  void forget();
  int budget() const;
  int find_surplus(std::vector<Group>& groups);
  std::vector<const Group*> due(const std::vector<Group>& groups);
  int kick(const Group& group, int most);
  void look_again(Nanoseconds after);
  Offender* known(const Group& group);

  const UserLimit& limit_;
  const KickBounds& bounds_;
  const MonoTime now_;
  KickHistory& history_;
  KickPlan plan_;
};

KickPlan Pass::decide(std::vector<Group> groups) {
  forget();
  const int surplus = find_surplus(groups);
  const int left = budget();
  int kicked = 0;
  for (const Group* group : due(groups)) {
    const int done = kick(*group, left - kicked);
    kicked += done;
    if (done < group->surplus && kicked == left) {
      // The budget grows again when the oldest kicks of the running second leave it.
      look_again(history_.recent.empty() ? one_second
                                         : history_.recent.front().at + one_second - now_);
    }
  }
  if (kicked > 0) history_.recent.push_back({now_, kicked});
  plan_.delayed = surplus - kicked;
  if (bounds_.per_second <= 0) plan_.look_again_after.reset();
  return std::move(plan_);
}

void Pass::forget() {
  std::erase_if(history_.offenders, [&](const auto& entry) {
    return now_ - entry.second.last_over >= bounds_.forget_after;
  });
  std::erase_if(history_.recent,
                [&](const RecentKicks& kicks) { return now_ - kicks.at >= one_second; });
}

int Pass::budget() const {
  int used = 0;
  for (const RecentKicks& kicks : history_.recent) used += kicks.count;
  return std::max(bounds_.per_second - used, 0);
}

Offender* Pass::known(const Group& group) {
  const auto found = history_.offenders.find(*group.identity);
  return found == history_.offenders.end() ? nullptr : &found->second;
}

// Fills in each group's surplus and the plan's figures. Returns the sum.
int Pass::find_surplus(std::vector<Group>& groups) {
  const bool limited = limit_.max.has_value() && *limit_.max >= 0;
  int sum = 0;
  plan_.identities = static_cast<int>(groups.size());
  for (Group& group : groups) {
    const int used = size_of(group.members);
    plan_.most_used = std::max(plan_.most_used, used);
    if (!limited || used <= *limit_.max) continue;
    group.surplus = used - *limit_.max;
    sum += group.surplus;
    ++plan_.over_limit;
    if (Offender* offender = known(group)) offender->last_over = now_;
  }
  // Who is within its limit now owes nothing: the round is over.
  for (auto& [identity, offender] : history_.offenders) {
    if (offender.last_over != now_) offender.owed = 0;
  }
  return sum;
}

// Who may be kicked now, in the order in which the rate is spent.
std::vector<const Group*> Pass::due(const std::vector<Group>& groups) {
  struct Turn {
    int rounds;
    MonoTime last_kick;
    const Group* group;
  };
  std::vector<Turn> turns;
  for (const Group& group : groups) {
    if (group.surplus == 0) continue;
    const Offender* offender = known(group);
    if (offender == nullptr) {
      turns.push_back({0, {}, &group});
      continue;
    }
    const Nanoseconds waited = now_ - offender->last_kick;
    const Nanoseconds interval = interval_after(offender->rounds, bounds_);
    if (offender->owed == 0 && waited < interval) {
      look_again(interval - waited);
      continue;
    }
    turns.push_back({offender->rounds, offender->last_kick, &group});
  }
  // Stable: groups come sorted by identity, which settles the rest.
  std::stable_sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) {
    return std::tie(a.rounds, a.last_kick) < std::tie(b.rounds, b.last_kick);
  });
  std::vector<const Group*> order;
  order.reserve(turns.size());
  for (const Turn& turn : turns) order.push_back(turn.group);
  return order;
}

// Kicks up to `most` of a group's surplus, or of what its running round still owes. Returns how
// many.
int Pass::kick(const Group& group, int most) {
  if (most <= 0) return 0;
  Offender& offender = history_.offenders[*group.identity];
  if (offender.owed == 0) {
    offender.owed = group.surplus;
    offender.rounds = std::min(offender.rounds, std::numeric_limits<int>::max() - 1) + 1;
  }
  offender.owed = std::min(offender.owed, group.surplus);
  const int count = std::min(offender.owed, most);
  offender.owed -= count;
  offender.last_kick = now_;
  offender.last_over = now_;
  const Nanoseconds wait = interval_after(offender.rounds, bounds_);
  const Reason reason =
      limit_.on_limit == OnLimit::evict_oldest ? Reason::evict_oldest : Reason::reject_new;
  for (int i = 0; i < count; ++i) {
    const Connection& connection = *group.members[static_cast<std::size_t>(i)];
    plan_.kicks.push_back({connection.key, connection.identity, reason, size_of(group.members),
                           limit_.max.value_or(0), wait});
  }
  if (offender.owed == 0 && count < group.surplus) look_again(wait);
  return count;
}

void Pass::look_again(Nanoseconds after) {
  plan_.look_again_after = std::min(plan_.look_again_after.value_or(after), after);
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

std::string to_string(const Identity& identity) {
  return identity.account + "/" + identity.user;
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

KickPlan plan_kicks(const std::vector<Connection>& connections, const ConnectionLimits& limits,
                    const KickBounds& bounds, MonoTime now, KickHistory& history) {
  return Pass(limits.per_user, bounds, now, history).decide(counted_groups(connections, limits));
}

}  // namespace roomkeeper::policies
