// How much of a stream a command reads: `--last` or `--since`. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_READ_RANGE_H_
#define ROOMKEEPER_CLI_READ_RANGE_H_

#include <cstdint>
#include <optional>

#include "api/types.h"
#include "cli/command.h"
#include "policies/time.h"

namespace roomkeeper::cli {

/// The newest `last` messages, or everything since a time; then what comes, if `follow`.
struct ReadRange {
  std::uint64_t last = 10;
  std::optional<policies::WallTime> since;
  bool follow = true;
};

/// Reads `--last` and `--since` (RFC 3339, or a duration before now); the rest is the default.
/// Errors: bad_request.
api::ApiResult<ReadRange> read_range(const Invocation& invocation);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_READ_RANGE_H_
