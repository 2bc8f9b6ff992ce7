#include "sidecar/next_connection.h"

#include <algorithm>
#include <tuple>

namespace roomkeeper::sidecar {

using policies::Connection;

std::vector<const Connection*> by_age(const policies::ConnectionGroup& group) {
  std::vector<const Connection*> members = group.members;
  std::sort(members.begin(), members.end(), [](const Connection* a, const Connection* b) {
    const policies::WallTime a_came = a->came();
    const policies::WallTime b_came = b->came();
    return std::tie(a_came, a->key) < std::tie(b_came, b->key);
  });
  return members;
}

NextConnection next_connection(const policies::ConnectionGroup& group,
                               const policies::ConnectionLimits& limits, bool admin) {
  const policies::ConnectionLimit& limit = group.limit.limit;
  if (!limit.limited()) return {};
  const bool evict = limit.on_limit == policies::OnLimit::evict_oldest;
  std::vector<const Connection*> waiting = by_age(group);
  waiting.push_back(nullptr);  // the one that comes
  // Reserved places go to those administrators whom the limit would end last.
  if (evict) std::reverse(waiting.begin(), waiting.end());
  int reserved = std::max(limit.reserved_for_admins, 0);
  NextConnection next;
  std::vector<const Connection*> rest;
  for (const Connection* one : waiting) {
    const bool is_admin = one == nullptr ? admin : limits.admins.contains(one->identity);
    if (reserved == 0 || !is_admin) {
      rest.push_back(one);
      continue;
    }
    --reserved;
    if (one == nullptr) next.reserved = true;
  }
  if (rest.size() <= static_cast<std::size_t>(*limit.max)) return next;
  // Whoever stands last in `rest` goes first, whichever way it is sorted.
  const Connection* last = rest.back();
  next.in = last != nullptr;
  if (next.in && evict) next.victim = last;
  return next;
}

}  // namespace roomkeeper::sidecar
