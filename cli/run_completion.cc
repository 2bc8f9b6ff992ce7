#include "cli/arguments.h"
#include "cli/completion.h"
#include "cli/output.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {

Outcome run_completion(const Invocation& invocation) {
  const std::string& shell = invocation.arguments.positionals.front();
  if (shell != "bash" && shell != "zsh")
    return usage_error("expected bash or zsh, not \"" + shell + "\"");
  invocation.output.print(shell == "bash" ? bash_completion() : zsh_completion());
  return exit_ok;
}

}  // namespace roomkeeper::cli
