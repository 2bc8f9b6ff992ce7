#include "policies/limit_groups.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "policies/saturate.h"

namespace roomkeeper::policies {
namespace {

/// Puts connections into groups by a text that outlives it; the limit is asked for once a group.
class ByText {
 public:
  ByText(LimitKind kind, const ConnectionLimits& limits, const LimitSources& sources,
         std::vector<ConnectionGroup>& groups)
      : kind_(kind), limits_(limits), sources_(sources), groups_(groups) {}

  void add(std::string_view text, const Connection* member) {
    const auto [found, fresh] = index_.try_emplace(text, groups_.size());
    if (fresh) {
      GroupName name{kind_, std::string(text)};
      NamedLimit limit = limit_of(name, limits_, sources_);
      groups_.push_back({std::move(name), std::move(limit), {}});
    }
    groups_[found->second].members.push_back(member);
  }

 private:
  LimitKind kind_;
  const ConnectionLimits& limits_;
  const LimitSources& sources_;
  std::vector<ConnectionGroup>& groups_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

NamedLimit limit_of_room(const LimitSources& sources, std::string_view text) {
  const auto room = RoomId::parse(text);
  std::optional<NamedLimit> limit;
  if (room && sources.room) limit = sources.room(*room);
  return limit ? *std::move(limit) : NamedLimit{{}, "none"};
}

NamedLimit limit_of_named_user(const ConnectionLimits& limits, std::string_view user) {
  const UserRule* rule = rule_of(limits, user);
  return {limit_of_rule(limits, rule), rule == nullptr
                                           ? std::string(to_string(LimitKind::connections_per_user))
                                           : "users/" + rule->pattern};
}

}  // namespace

ConnectionLimit limit_of_rule(const ConnectionLimits& limits, const UserRule* rule) {
  ConnectionLimit limit = limits.per_user;
  if (rule == nullptr) return limit;
  if (rule->max) limit.max = rule->max;
  if (rule->on_limit) limit.on_limit = *rule->on_limit;
  return limit;
}

NamedLimit limit_of(const GroupName& name, const ConnectionLimits& limits,
                    const LimitSources& sources) {
  switch (name.kind) {
    case LimitKind::ban:
      return {{.max = 0, .on_limit = OnLimit::reject_new}, std::string(to_string(name.kind))};
    case LimitKind::connections_per_user:
      return limit_of_named_user(limits, name.of);
    case LimitKind::room_connections:
      return limit_of_room(sources, name.of);
    case LimitKind::account_connections:
      return {limits.account, std::string(to_string(name.kind))};
    case LimitKind::server_connections:
      return {limits.server, std::string(to_string(name.kind))};
  }
  return {};
}

std::vector<const Connection*> distinct_connections(const std::vector<Connection>& connections,
                                                    const ConnectionLimits& limits) {
  std::vector<const Connection*> all;
  all.reserve(connections.size());
  for (const Connection& connection : connections) all.push_back(&connection);
  const auto by_key = [&](const Connection* a, const Connection* b) {
    if (const auto order = a->key <=> b->key; order != 0) return order < 0;
    const bool a_counts = exemption(*a, limits) == Exemption::none;
    const bool b_counts = exemption(*b, limits) == Exemption::none;
    return std::tie(a_counts, a->identity, a->start) < std::tie(b_counts, b->identity, b->start);
  };
  // Whoever asked the servers has sorted them already, as a rule.
  if (!std::is_sorted(all.begin(), all.end(), by_key)) std::sort(all.begin(), all.end(), by_key);
  const auto same_key = [](const Connection* a, const Connection* b) { return a->key == b->key; };
  all.erase(std::unique(all.begin(), all.end(), same_key), all.end());
  return all;
}

std::vector<ConnectionGroup> group_connections(const std::vector<const Connection*>& distinct,
                                               const ConnectionLimits& limits,
                                               const LimitSources& sources) {
  std::vector<ConnectionGroup> groups;
  const GroupName whole{LimitKind::account_connections, {}};
  ConnectionGroup account{whole, limit_of(whole, limits, sources), {}};
  const auto by_text = [&](LimitKind kind) { return ByText(kind, limits, sources, groups); };
  // Users of several accounts may share a name.
  std::map<std::string, ByText, std::less<>> users;
  ByText bans = by_text(LimitKind::ban);
  ByText rooms = by_text(LimitKind::room_connections);
  ByText servers = by_text(LimitKind::server_connections);
  for (const Connection* one : distinct) {
    const Exemption exempt = exemption(*one, limits);
    const Identity& identity = one->identity;
    if (counts_for(LimitKind::connections_per_user, exempt)) {
      auto of_account = users.find(identity.account);
      if (of_account == users.end()) {
        of_account =
            users.emplace(identity.account, by_text(LimitKind::connections_per_user)).first;
      }
      of_account->second.add(identity.user, one);
      if (sources.banned && sources.banned(identity)) bans.add(identity.user, one);
    }
    if (!counts_for(LimitKind::account_connections, exempt)) continue;
    account.members.push_back(one);
    servers.add(one->key.server_id, one);
    for (const RoomId& room : one->rooms) rooms.add(room.text(), one);
  }
  groups.push_back(std::move(account));
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  return groups;
}

GroupUse use_of(const ConnectionGroup& group, const ConnectionLimits& limits) {
  const auto admins =
      std::count_if(group.members.begin(), group.members.end(),
                    [&](const Connection* one) { return limits.admins.contains(one->identity); });
  return {group.name, saturated_int(group.members.size()),
          static_cast<int>(
              std::min<std::int64_t>(admins, std::max(group.limit.limit.reserved_for_admins, 0))),
          group.limit};
}

}  // namespace roomkeeper::policies
