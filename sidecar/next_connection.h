// What a limit does with one connection more. Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_NEXT_CONNECTION_H_
#define ROOMKEEPER_SIDECAR_NEXT_CONNECTION_H_

#include <vector>

#include "policies/limit_groups.h"

namespace roomkeeper::sidecar {

struct NextConnection {
  bool in = true;         ///< it stays
  bool reserved = false;  ///< in a place reserved for administrators
  /// Who goes instead; null: nobody.
  const policies::Connection* victim = nullptr;
};

/// `admin`: whether an administrator comes. Who came first is told by Connection::came(); of a
/// room that is not who has been in it longest, so a victim there says only that there is one.
NextConnection next_connection(const policies::ConnectionGroup& group,
                               const policies::ConnectionLimits& limits, bool admin);

/// Oldest first.
std::vector<const policies::Connection*> by_age(const policies::ConnectionGroup& group);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_NEXT_CONNECTION_H_
