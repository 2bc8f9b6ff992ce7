// Rows of the commands about connections, limits and bans.
#include "cli/command_rows.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {

std::vector<CommandInfo> connection_commands() {
  return {
      {.name = "connection ls",
       .summary = "Lists the account's connections on all servers, and where each counts.",
       .details =
           "COUNTS names the limits that count a connection: user, rooms that a subscription "
           "names, "
           "account, server; or says why they do not. --of is the same as --user. With --json "
           "everything that is known of each.",
       .options = {{"user", "USER", "only of this user, as nats-server names it"},
                   {"room", "ROOM", "only those that name the room in a subscription"},
                   {"server", "NAME", "only those of this server, by name or id"},
                   {"over", "", "only those that a limit with too many counts"},
                   {"wildcard", "", "only those that hear several rooms, and count in none"},
                   {"limit", "N", "at most N connections"}},
       .examples = {"roomctl connection ls", "roomctl conn ls --over --json",
                    "roomctl conn ls --room general --server n1"},
       .run = run_connection_ls},
      {.name = "connection kick",
       .arguments = "[CID]",
       .most = 1,
       .summary = "Ends one connection, all of a user, or all that name a room in a subscription.",
       .details = "A client may connect again at once; `ban add` keeps it out. More than one: asks "
                  "on a terminal; elsewhere it needs --yes. --of is the same as --user.",
       .options = {{"cid", "CID", "the same as CID"},
                   {"server-id", "SERVER",
                    "the server of CID, by name or id, where several have one of that number"},
                   {"user", "USER", "all connections of this user, instead of CID"},
                   {"room", "ROOM", "all connections in this room, instead of CID"},
                   {"reason", "TEXT", "what the user is told; it stands in the audit too"},
                   {"yes", "", "do not ask"}},
       .examples = {"roomctl connection kick 41", "roomctl conn kick --user bob --yes",
                    "roomctl conn kick --room general --reason 'the room is closed' --yes"},
       .run = run_connection_kick},
      {.name = "connection watch",
       .summary = "Shows who connects, leaves and is kicked, as it happens, until Ctrl-C.",
       .details = "Times are local. With --json one object a line; where events were missed, or "
                  "Roomkeeper was restarted, a line says so.",
       .options = {{"user", "USER", "only of this user"},
                   {"for", "DURATION", "end after that long, such as 10m"}},
       .examples = {"roomctl connection watch", "roomctl conn watch --user bob --for 1h --json"},
       .run = run_connection_watch},
  };
}

std::vector<CommandInfo> limit_commands() {
  return {
      {.name = "limit show",
       .summary = "How full the connection limits are, those with the least room left first.",
       .details = "MAX with +N: so many places more for administrators. LEFT is negative where "
                  "there are too many.",
       .options = {{"kind", "KIND",
                    "only connections_per_user, room_connections, account_connections or "
                    "server_connections"},
                   {"over", "", "only those above their maximum"},
                   {"all", "", "also users, rooms and servers that nothing limits"},
                   {"limit", "N", "at most N of each kind; without it 100"}},
       .examples = {"roomctl limit show", "roomctl limit show --kind room_connections --all"},
       .run = run_limit_show},
      {.name = "limit explain",
       .summary = "One limit in plain words: where it is written, who is counted, and what would "
                  "happen to the next connection.",
       .details = "Exactly one of --user, --room, --server and --account.",
       .options = {{"user", "USER", "of this user"},
                   {"room", "ROOM", "of this room"},
                   {"server", "NAME", "of this server, by name or id"},
                   {"account", "", "of the whole account"}},
       .examples = {"roomctl limit explain --user bob", "roomctl limit explain --room general"},
       .run = run_limit_explain},
      {.name = "ban add",
       .arguments = "USER",
       .least = 1,
       .most = 1,
       .summary = "Bans a user for a time: every connection is ended, now and at every return.",
       .details = "The user's name as `connection ls` shows it. Who is banned already is banned "
                  "anew. Asks on a terminal; elsewhere it needs --yes.",
       .options = {{"for", "DURATION", "how long, such as 90s, 1h or 7d"},
                   {"reason", "TEXT", "why, for `ban ls` and the audit"},
                   {"yes", "", "do not ask"}},
       .examples = {"roomctl ban add bob --for 1h --reason 'spam in general' --yes"},
       .run = run_ban_add},
      {.name = "ban ls",
       .summary = "Lists the users who are banned now: until when, by whom, why.",
       .examples = {"roomctl ban ls", "roomctl ban ls --json"},
       .run = run_ban_ls},
      {.name = "ban rm",
       .arguments = "USER",
       .least = 1,
       .most = 1,
       .summary = "Ends a ban.",
       .examples = {"roomctl ban rm bob"},
       .run = run_ban_rm},
  };
}

}  // namespace roomkeeper::cli
