// Rows of the commands about permissions.
#include "cli/command_rows.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {

std::vector<CommandInfo> permission_commands() {
  return {
      {.name = "doctor",
       .summary = "Checks the installation and says what to do about each finding.",
       .details =
           "Exit code 2 when there are warnings or errors. With --as the credentials that are used "
           "are compared with what a role needs: what is missing and what is too wide, with exit "
           "code 2 when there is anything. nats-server itself says what it grants; of a user who "
           "may not ask that, each line is tried, without leaving anything behind. USER is admin, "
           "reader, daemon, system, or chat:NAME, with rooms as in chat:NAME:ROOM,POOL/ROOM.",
       .options = {{"as", "USER", "check the permissions of the credentials for this role"},
                   {"names-from-config", "FILE",
                    "with --as: subjects as this configuration of Roomkeeper names them"}},
       .examples = {"roomctl doctor",
                    "roomctl doctor --as chat:bob:general --nats-user bob --password-file bob.pw",
                    "roomctl doctor --as admin"},
       .run = run_doctor},
      {.name = "nats-config",
       .summary = "Prints the permissions that each role needs, as nats-server's configuration.",
       .details =
           "Two accounts with the daemon, an administrator, a reader and chat users, each with "
           "exactly the subjects of docs/security.md and why; with --role one user. Passwords are "
           "names of environment variables, to be set before nats-server starts or replaced by "
           "bcrypt hashes. Asks no server.",
       .options =
           {{"role", "ROLE[:NAME]",
             "only a user of this role: daemon, system, admin, reader, or chat:NAME:ROOM,..."},
            {"chat", "NAME:ROOM,...",
             "a chat user and the rooms to read, a pooled one as POOL/ROOM; without it "
             "alice:general",
             true},
            {"names-from-config", "FILE",
             "subjects as this configuration of Roomkeeper names them"}},
       .examples = {"roomctl nats-config > accounts.conf",
                    "roomctl nats-config --chat alice:general,support --chat bob:lobby/hall",
                    "roomctl nats-config --role admin:carol"},
       .run = run_nats_config},
  };
}

}  // namespace roomkeeper::cli
