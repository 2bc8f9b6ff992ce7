// The replicas for a terminal. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_RENDER_REPLICAS_H_
#define ROOMKEEPER_CLI_RENDER_REPLICAS_H_

#include <string>

#include "api/types.h"
#include "policies/time.h"

namespace roomkeeper::cli {

/// A table of all replicas that were heard of.
std::string render_replicas(const api::StatusReply& status, policies::WallTime now, int width);
/// Name of the one that leads; empty: none does.
std::string leader_of(const api::StatusReply& status);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RENDER_REPLICAS_H_
