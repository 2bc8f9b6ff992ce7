// Rows of the commands about roomctl itself.
#include "cli/command_rows.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {

std::vector<CommandInfo> shell_commands() {
  return {
      {.name = "completion",
       .arguments = "SHELL",
       .least = 1,
       .most = 1,
       .summary = "Prints what makes a shell complete commands, options and ids of rooms.",
       .details =
           "SHELL is bash or zsh. The package installs both; elsewhere `source <(roomctl "
           "completion bash)` is for one session. Ids of rooms are asked of the daemon, with "
           "a time-out of one second.",
       .examples = {"roomctl completion bash > ~/.local/share/bash-completion/completions/roomctl",
                    "roomctl completion zsh > ~/.zfunc/_roomctl"},
       .run = run_completion},
  };
}

}  // namespace roomkeeper::cli
