// Tells before and after `apply` what does not fit the limits of the account or the servers.
//
// Thread: the program's only one.
#ifndef ROOMKEEPER_CLI_CAPACITY_NOTICE_H_
#define ROOMKEEPER_CLI_CAPACITY_NOTICE_H_

#include <cstdint>

#include "cli/command.h"

namespace roomkeeper::cli {

/// Streams that are held back because they do not fit, as the daemon plans now; 0 also when it does
/// not answer, which whatever comes next will tell.
std::uint64_t held_for_capacity(const Invocation& invocation);

/// The same, and on standard error what does not fit and what would.
std::uint64_t note_capacity(const Invocation& invocation);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_CAPACITY_NOTICE_H_
