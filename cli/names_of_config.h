// The option --names-from-config: the names on the wire that a configuration file says. Reads
// files; thread: any.
#ifndef ROOMKEEPER_CLI_NAMES_OF_CONFIG_H_
#define ROOMKEEPER_CLI_NAMES_OF_CONFIG_H_

#include "api/types.h"
#include "cli/command.h"
#include "policies/permissions.h"

namespace roomkeeper::cli {

/// The built-in ones when the option was not given. Errors: bad_request (the file's first problem).
api::ApiResult<policies::PermissionNames> names_of_config(const Invocation& invocation);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_NAMES_OF_CONFIG_H_
