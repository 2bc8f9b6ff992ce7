// Up to which time a room's messages may be purged now. Pure.
#ifndef ROOMKEEPER_POLICIES_PURGE_LIMIT_H_
#define ROOMKEEPER_POLICIES_PURGE_LIMIT_H_

#include <optional>

#include "policies/retention.h"

namespace roomkeeper::policies {

/// What is older than the result must be gone at `now` (the server's time). `applied` is the rule
/// in the stream's mark; it rules until a tighter one has consent. `wanted`, where known, can only
/// keep more: a longer rule that has not reached the stream yet already protects its messages.
/// nullopt: Roomkeeper purges nothing (JetStream's max_age does it, or nothing).
std::optional<WallTime> purge_limit(const RetentionRule& applied, const RetentionRule* wanted,
                                    WallTime now);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_PURGE_LIMIT_H_
