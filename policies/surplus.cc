#include "policies/surplus.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "policies/saturate.h"

namespace roomkeeper::policies {
namespace {

// A connection of a group, and in which look it came there.
struct Member {
  const Connection* connection = nullptr;
  std::uint64_t arrival = 0;
};

bool came_before(const Member& a, const Member& b) {
  if (a.arrival != b.arrival) return a.arrival < b.arrival;
  const WallTime a_came = a.connection->came();
  const WallTime b_came = b.connection->came();
  return std::tie(a_came, a.connection->key) < std::tie(b_came, b.connection->key);
}

// Marks who has to go, limit after limit: whoever goes because of one is not counted by the next.
class Surplus {
 public:
  Surplus(const std::vector<Connection>& connections, const ConnectionLimits& limits,
          const LimitSources& sources, KickHistory& history, KickPlan& plan)
      : connections_(connections),
        limits_(limits),
        sources_(sources),
        history_(history),
        plan_(plan) {}

  // The kicks that would be needed, without a thought for rate and interval.
  std::vector<Kick> find(MonoTime now, bool first);

 private:
  std::size_t index_of(const Connection* connection) const {
    return static_cast<std::size_t>(connection - connections_.data());
  }
  std::vector<Member> members_of(const ConnectionGroup& group);
  std::vector<Member> competing(std::vector<Member> members, const ConnectionLimit& limit) const;
  int let_be(const ConnectionGroup& group, const std::vector<Member>& members, int max);
  void note(const ConnectionGroup& group);
  void judge(const ConnectionGroup& group);
  void mark(const ConnectionGroup& group, const std::vector<Member>& members, int surplus);

  const std::vector<Connection>& connections_;
  const ConnectionLimits& limits_;
  const LimitSources& sources_;
  KickHistory& history_;
  KickPlan& plan_;
  std::vector<std::uint64_t> arrivals_;  // by index
  std::vector<bool> going_;              // by index
  std::vector<Kick> kicks_;
  std::map<GroupName, int> ceilings_;
  bool first_ = false;
};

std::vector<Kick> Surplus::find(MonoTime now, bool first) {
  first_ = first;
  const std::vector<const Connection*> distinct = distinct_connections(connections_, limits_);
  arrivals_.resize(connections_.size());
  going_.resize(connections_.size());
  const std::vector<std::uint64_t> arrivals = history_.arrivals.see(distinct, now);
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    arrivals_[index_of(distinct[i])] = arrivals[i];
    if (distinct[i]->wildcard) ++plan_.wildcard;
  }
  for (const ConnectionGroup& group : group_connections(distinct, limits_, sources_)) {
    note(group);
    if (group.limit.limit.limited()) judge(group);
  }
  history_.arrivals.end_look();
  history_.ceilings = std::move(ceilings_);
  return std::move(kicks_);
}

// Figures that do not depend on who goes.
void Surplus::note(const ConnectionGroup& group) {
  LimitFigures& figures = plan_.figures[static_cast<std::size_t>(group.name.kind)];
  const GroupUse use = use_of(group, limits_);
  figures.most_used = std::max(figures.most_used, use.used);
  if (group.name.kind == LimitKind::room_connections) {
    if (auto room = RoomId::parse(group.name.of)) {
      const ConnectionLimit& limit = group.limit.limit;
      plan_.rooms.push_back(
          {*std::move(room), use.used, limit.limited() ? limit.max : std::optional<int>()});
    }
  }
  const auto headroom = use.headroom();
  if (!headroom) return;
  ++figures.groups;
  if (*headroom < 0) ++figures.over;
  if (!figures.nearest || *headroom < *figures.nearest->headroom()) figures.nearest = use;
}

std::vector<Member> Surplus::members_of(const ConnectionGroup& group) {
  std::vector<std::uint64_t> in_room;
  if (group.name.kind == LimitKind::room_connections) {
    if (const auto room = RoomId::parse(group.name.of))
      in_room = history_.arrivals.see_in_room(*room, group.members);
  }
  std::vector<Member> members;
  members.reserve(group.members.size());
  for (std::size_t i = 0; i < group.members.size(); ++i) {
    const std::size_t index = index_of(group.members[i]);
    if (going_[index]) continue;
    members.push_back({group.members[i], in_room.empty() ? arrivals_[index] : in_room[i]});
  }
  return members;
}

// Without the administrators who sit in reserved places: those whom the limit would end last.
// Sorted, the first to come in front.
std::vector<Member> Surplus::competing(std::vector<Member> members,
                                       const ConnectionLimit& limit) const {
  std::sort(members.begin(), members.end(), came_before);
  int reserved = std::max(limit.reserved_for_admins, 0);
  const auto in_reserve = [&](const Member& member) {
    return reserved > 0 && limits_.admins.contains(member.connection->identity) && reserved-- > 0;
  };
  if (reserved == 0) return members;
  const bool newest_stay = limit.on_limit == OnLimit::evict_oldest;
  if (newest_stay) std::reverse(members.begin(), members.end());
  std::vector<Member> rest;
  rest.reserve(members.size());
  for (const Member& member : members) {
    if (!in_reserve(member)) rest.push_back(member);
  }
  if (newest_stay) std::reverse(rest.begin(), rest.end());
  return rest;
}

// How many above the maximum stay because the limit was lowered under them.
int Surplus::let_be(const ConnectionGroup& group, const std::vector<Member>& members, int max) {
  const int used = saturated_int(members.size());
  if (group.limit.limit.enforce_now || !sources_.lowered) return 0;
  const std::optional<WallTime> inside = sources_.lowered(group.limit.rule);
  if (!inside) return 0;
  const auto stayed = std::count_if(members.begin(), members.end(), [&](const Member& member) {
    return member.connection->came() <= *inside;
  });
  int ceiling = static_cast<int>(stayed);
  if (group.limit.limit.on_limit == OnLimit::evict_oldest) {
    // New ones take the places of old ones, so who came when says nothing: the number may shrink
    // only.
    const auto known = history_.ceilings.find(group.name);
    if (known != history_.ceilings.end()) {
      ceiling = known->second;
    } else if (first_) {
      ceiling = used;
    }
    ceiling = std::min(ceiling, used);
    if (ceiling > max) ceilings_[group.name] = ceiling;
  }
  return std::max(ceiling - max, 0);
}

void Surplus::judge(const ConnectionGroup& group) {
  const ConnectionLimit& limit = group.limit.limit;
  const std::vector<Member> members = competing(members_of(group), limit);
  const int used = saturated_int(members.size());
  const int max = *limit.max;
  if (used <= max) return;
  LimitFigures& figures = plan_.figures[static_cast<std::size_t>(group.name.kind)];
  const int kept = std::min(let_be(group, members, max), used - max);
  const int surplus = used - max - kept;
  figures.kept += kept;
  figures.surplus += surplus;
  mark(group, members, surplus);
}

void Surplus::mark(const ConnectionGroup& group, const std::vector<Member>& members, int surplus) {
  const ConnectionLimit& limit = group.limit.limit;
  const bool oldest = limit.on_limit == OnLimit::evict_oldest;
  const int used = use_of(group, limits_).used;
  const Reason reason = group.name.kind == LimitKind::ban ? Reason::banned
                        : oldest                          ? Reason::evict_oldest
                                                          : Reason::reject_new;
  const WallTime newest = members.back().connection->came();
  for (int i = 0; i < surplus; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Connection& one = *members[oldest ? at : members.size() - 1 - at].connection;
    going_[index_of(&one)] = true;
    kicks_.push_back({one.key, one.identity, group.name.kind, group.name.of, reason, used,
                      *limit.max, Nanoseconds{}, oldest ? newest : one.came()});
  }
}

}  // namespace

std::vector<Kick> find_surplus(const std::vector<Connection>& connections,
                               const ConnectionLimits& limits, const LimitSources& sources,
                               MonoTime now, bool first, KickHistory& history, KickPlan& plan) {
  return Surplus(connections, limits, sources, history, plan).find(now, first);
}

}  // namespace roomkeeper::policies
