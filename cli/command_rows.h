// The parts of the table of commands that stand in files of their own. Thread: any.
#ifndef ROOMKEEPER_CLI_COMMAND_ROWS_H_
#define ROOMKEEPER_CLI_COMMAND_ROWS_H_

#include <cstddef>
#include <limits>
#include <vector>

#include "cli/command.h"

namespace roomkeeper::cli {

/// Of words behind a command.
inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

std::vector<CommandInfo> all_room_commands();    ///< commands_rooms.cc
std::vector<CommandInfo> shell_commands();       ///< commands_shell.cc
std::vector<CommandInfo> connection_commands();  ///< commands_connections.cc
std::vector<CommandInfo> state_commands();       ///< commands_state.cc
std::vector<CommandInfo> permission_commands();  ///< commands_permissions.cc
std::vector<CommandInfo> limit_commands();       ///< commands_connections.cc: limits and bans

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_COMMAND_ROWS_H_
