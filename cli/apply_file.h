// `apply --file`: defines the rooms of a file through the API, many at a time, then waits for the
// pass that makes them so. Thread: the program's only one.
#ifndef ROOMKEEPER_CLI_APPLY_FILE_H_
#define ROOMKEEPER_CLI_APPLY_FILE_H_

#include "cli/command.h"

namespace roomkeeper::cli {

/// Exit code 1 when a room was refused or failed, or the work was not finished.
Outcome apply_file(const Invocation& invocation);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_APPLY_FILE_H_
