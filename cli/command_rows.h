// The parts of the table of commands that stand in files of their own. Thread: any.
#ifndef ROOMKEEPER_CLI_COMMAND_ROWS_H_
#define ROOMKEEPER_CLI_COMMAND_ROWS_H_

#include <vector>

#include "cli/command.h"

namespace roomkeeper::cli {

std::vector<CommandInfo> all_room_commands();    ///< commands_rooms.cc
std::vector<CommandInfo> connection_commands();  ///< commands_connections.cc
std::vector<CommandInfo> limit_commands();       ///< commands_connections.cc: limits and bans

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_COMMAND_ROWS_H_
