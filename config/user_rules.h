// `limits.users`: what single users may have instead of `limits.connections_per_user`, by patterns
// of their names.
#ifndef ROOMKEEPER_CONFIG_USER_RULES_H_
#define ROOMKEEPER_CONFIG_USER_RULES_H_

#include "config/config.h"
#include "config/reader.h"

namespace roomkeeper::config {

/// Reads the mapping (no_node: none) into the limits, in the order of the file; each value also
/// becomes an effective one, `limits.users.<pattern>.connections`, after those of `limits`.
/// Problems are noted.
void read_user_rules(Reader& reader, NodeId id, Config& config);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_USER_RULES_H_
