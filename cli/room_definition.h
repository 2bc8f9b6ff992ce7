// The room that `room create` and `room update` send, from options or a file. Thread: the program's
// only one.
#ifndef ROOMKEEPER_CLI_ROOM_DEFINITION_H_
#define ROOMKEEPER_CLI_ROOM_DEFINITION_H_

#include <string>

#include "api/types.h"
#include "cli/arguments.h"
#include "cli/output.h"

namespace roomkeeper::cli {

/// JSON text in the shape of an entry of `rooms:`. Options win over the file's values. Errors:
/// bad_request (no id, no such file, no JSON object, a `--set` that is no KEY=VALUE or goes through
/// a value that is no object).
api::ApiResult<std::string> room_definition(const Arguments& arguments, Output& output);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_ROOM_DEFINITION_H_
