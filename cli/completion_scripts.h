// The parts of the completion scripts that do not depend on the table of commands. Immutable;
// thread: any.
#ifndef ROOMKEEPER_CLI_COMPLETION_SCRIPTS_H_
#define ROOMKEEPER_CLI_COMPLETION_SCRIPTS_H_

#include <string_view>

namespace roomkeeper::cli {

/// Understood by bash and zsh alike: takes the line apart.
extern const std::string_view shared_completion_script;
extern const std::string_view bash_completion_script;
extern const std::string_view zsh_completion_script;

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_COMPLETION_SCRIPTS_H_
