// Help texts, from the table of commands. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_HELP_H_
#define ROOMKEEPER_CLI_HELP_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace roomkeeper::cli {

struct EnvironmentInfo {
  std::string_view name;
  std::string_view help;
};
/// The environment variables that roomctl reads.
const std::vector<EnvironmentInfo>& environment_table();

std::string overview_help();
std::string command_help(const CommandInfo& command);
/// What the exit codes mean, one a line.
std::string exit_codes_help();

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_HELP_H_
