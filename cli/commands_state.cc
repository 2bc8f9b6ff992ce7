// Rows of the commands about the state as a whole.
#include "cli/command_rows.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {

std::vector<CommandInfo> state_commands() {
  return {
      {.name = "state export",
       .arguments = "[FILE]",
       .most = 1,
       .summary = "Writes everything that Roomkeeper knows, as lines of JSON.",
       .details =
           "Rooms of the API and recorded removals, bans, jobs, lowered limits, which room lives "
           "in which pool, and what is known of moves and holds; not the messages. Without FILE, "
           "or with -, to standard output. A FILE is replaced in one step and readable by its "
           "owner alone. The last line counts the others, so that a file that was cut off is "
           "noticed.",
       .examples = {"roomctl state export state.jsonl", "roomctl state export - | gzip > state.gz"},
       .run = run_state_export},
      {.name = "state import",
       .arguments = "FILE",
       .least = 1,
       .most = 1,
       .summary = "Takes an exported state back.",
       .details =
           "Without --yes it only says what would become of each line. All lines are checked "
           "before the first is written; where one is refused nothing is done, unless --partial "
           "is given. What is there stays, unless --replace is given; run again it goes on where "
           "it ended. Jobs come back as history, moves and holds not at all, bans with the end "
           "that they had. FILE - is standard input. Exit code 1 when lines are refused.",
       .options = {{"yes", "", "do it"},
                   {"replace", "", "overwrite what is there and differs"},
                   {"removals", "", "also recorded removals of rooms, which removes them"},
                   {"partial", "",
                    "also a file without its end, and the rest where lines are "
                    "refused"},
                   {"instance-from", "NAME", "the file is of this instance, and that is meant"}},
       .examples = {"roomctl state import state.jsonl", "roomctl state import state.jsonl --yes"},
       .run = run_state_import},
  };
}

}  // namespace roomkeeper::cli
