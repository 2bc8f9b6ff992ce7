// What a shell completes behind `roomctl`: scripts made from the table of commands.
//
// Commands, options and shells stand in the script. Ids of rooms are asked of the daemon with a
// short time-out, with the connection options that the line has so far; when it does not answer, or
// the line names no room there, nothing is offered. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_COMPLETION_H_
#define ROOMKEEPER_CLI_COMPLETION_H_

#include <string>

namespace roomkeeper::cli {

std::string bash_completion();
/// For a file named _roomctl in `fpath`; it works when it is sourced, too.
std::string zsh_completion();

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_COMPLETION_H_
