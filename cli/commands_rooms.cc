// Rows of the commands about rooms.
#include <limits>

#include "cli/command_rows.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {
namespace {

const std::vector<OptionInfo> room_fields{
    {"title", "TEXT", "title, any Unicode"},
    {"topic", "TEXT", "topic, any Unicode"},
    {"tag", "TEXT", "a tag", true},
    {"template", "NAME", "template; without it: default"},
    {"set", "KEY=VALUE", "a setting of its own, such as stream.max_bytes=32MiB", true},
    {"file", "FILE",
     "the room as a JSON object in the shape of an entry of `rooms:`; - is standard input"},
};

CommandInfo room_ls_command() {
  return {
      .name = "room ls",
      .summary = "Lists rooms.",
      .details =
          "All of them, unless --limit is given; then standard error says with which --cursor the "
          "list goes on. Rooms that come and go meanwhile neither repeat nor hide another one.",
      .options = {{"match", "GLOB",
                   "a glob on the id, or a part of the title, upper and lower case alike"},
                  {"tag", "TAG", "only rooms with this tag"},
                  {"template", "NAME", "only rooms of this template"},
                  {"state", "STATE",
                   "only rooms in this state: ready, pending, pending_consent, blocked, failed, "
                   "orphaned, removing, unknown"},
                  {"sort", "KEY",
                   "id, title, messages, bytes, last_message or state; -KEY reverses; without it "
                   "by id"},
                  {"limit", "N", "at most N rooms"},
                  {"cursor", "CURSOR", "go on where a list with the same --sort ended"},
                  {"quiet", "", "only the ids, one a line", false, 'q'}},
      .examples = {"roomctl room ls", "roomctl room ls --match 'game-*' --state ready --json",
                   "roomctl room ls --sort=-messages --limit 20"},
      .run = run_room_ls};
}

std::vector<CommandInfo> room_commands() {
  return {
      room_ls_command(),
      {.name = "room show",
       .arguments = "ROOM",
       .least = 1,
       .most = 1,
       .summary = "One room: state, what is stored, and the subjects that clients use.",
       .examples = {"roomctl room show general",
                    "roomctl room show general --json | jq -r .publish_subject"},
       .run = run_room_show},
      {.name = "room explain",
       .arguments = "ROOM",
       .least = 1,
       .most = 1,
       .summary =
           "Every effective value of a room, where it came from, and what the server has instead.",
       .examples = {"roomctl room explain general"},
       .run = run_room_explain},
  };
}

std::vector<CommandInfo> room_write_commands() {
  return {
      {.name = "room create",
       .arguments = "[ROOM]",
       .most = 1,
       .summary = "Creates a room that no file names.",
       .details = "The room is given by its id and options, or whole with --file.",
       .options = room_fields,
       .examples = {"roomctl room create lobby --title '자유 대화방' --tag 공지",
                    "roomctl room create big --template archive --set stream.max_bytes=1GiB",
                    "roomctl room create --file lobby.json"},
       .run = run_room_create},
      {.name = "room update",
       .arguments = "[ROOM]",
       .most = 1,
       .summary = "Replaces the definition of a room that was made with `room create`.",
       .details = "What is not given returns to the template's value. A change that would delete "
                  "messages waits for "
                  "`apply --allow-lossy`.",
       .options = room_fields,
       .examples = {"roomctl room update lobby --title Lobby --template archive"},
       .run = run_room_update},
      {.name = "room rm",
       .arguments = "ROOM",
       .least = 1,
       .most = 1,
       .summary = "Removes a room that was made with `room create`.",
       .details = "The configuration's `on_removal` says what becomes of its stream. Asks on a "
                  "terminal; elsewhere it "
                  "needs --yes.",
       .options = {{"yes", "", "do it without asking"}},
       .examples = {"roomctl room rm lobby --yes"},
       .run = run_room_rm},
  };
}

std::vector<CommandInfo> hold_commands() {
  return {
      {.name = "room hold",
       .arguments = "ROOM",
       .least = 1,
       .most = 1,
       .summary = "Keeps a copy of a room that nothing purges, until `room unhold`.",
       .details =
           "Waits until the copy, the stream HOLD_<room>, has everything that the room has; "
           "Ctrl-C stops the waiting, not the copying. From then on no message of the room is "
           "deleted that the copy does not have. A room that is held already stays as it is.",
       .options = {{"note", "TEXT", "why, for those who read `room holds`"},
                   {"no-wait", "", "return as soon as the copy is asked for"}},
       .examples = {"roomctl room hold general --note 'case 7'"},
       .run = run_room_hold},
      {.name = "room unhold",
       .arguments = "ROOM",
       .least = 1,
       .most = 1,
       .summary = "Ends a hold: removes the copy with all its messages.",
       .details = "Without --yes it only says how many messages would go, and how many of them are "
                  "stored nowhere else.",
       .options = {{"yes", "", "remove the copy"}},
       .examples = {"roomctl room unhold general", "roomctl room unhold general --yes"},
       .run = run_room_unhold},
      {.name = "room holds",
       .summary = "Lists holds: state, size, what their copies do not have yet, who asked and why.",
       .examples = {"roomctl room holds", "roomctl room holds --json"},
       .run = run_room_holds},
  };
}

std::vector<CommandInfo> bulk_commands() {
  return {
      {.name = "room import",
       .summary = "Writes the streams that exist and are not Roomkeeper's as rooms that fit them.",
       .details =
           "YAML for the configuration: only what differs from the template, so that "
           "`room adopt` changes nothing on the server. What can be no room is left as a comment "
           "with the reason and what would have to change.",
       .options = {{"match", "GLOB", "only streams of this name; without it all ROOM_*"},
                   {"template", "NAME", "template that the rooms build on; without it default"},
                   {"output", "FILE", "write there instead of standard output", false, 'o'}},
       .examples = {"roomctl room import --match 'ROOM_*' -o rooms.d/imported.yaml"},
       .run = run_room_import},
      {.name = "room adopt",
       .arguments = "[ROOM...]",
       .most = any_number,
       .summary = "Takes over the unmarked streams of rooms that are defined.",
       .details =
           "Whatever `reconcile.adopt` says, for this once. Messages stay; what would delete some "
           "waits for `apply --allow-lossy`. Sealed streams, mirrors, and streams with rollups or "
           "message TTL are never taken over. Asks on a terminal; elsewhere it needs --yes.",
       .options = {{"match", "GLOB", "all rooms whose id fits and whose stream is unmarked"},
                   {"dry-run", "", "only say what would change"},
                   {"yes", "", "do it without asking"}},
       .examples = {"roomctl room adopt general --dry-run", "roomctl room adopt --match '*' --yes"},
       .run = run_room_adopt},
      {.name = "room release",
       .arguments = "ROOM...",
       .least = 1,
       .most = any_number,
       .summary = "Takes Roomkeeper's mark off the streams of rooms; streams and messages stay.",
       .details =
           "The opposite of `room adopt`. A room made through the API is forgotten with it. "
           "Refused for rooms that a file still names, rooms of a pool, and rooms that are held. "
           "Asks on a terminal; elsewhere it needs --yes.",
       .options = {{"yes", "", "do it without asking"}},
       .examples = {"roomctl room release lobby --yes"},
       .run = run_room_release},
      {.name = "room export",
       .summary = "Writes rooms as they are defined now, in the shape of entries of `rooms:`.",
       .details = "Rooms of files and of the API, with only what differs from their template. "
                  "`apply --file` takes it back unchanged; so does a configuration.",
       .options = {{"match", "GLOB", "only rooms whose id fits"},
                   {"template", "NAME", "only rooms of this template"},
                   {"tag", "TAG", "only rooms with this tag"},
                   {"format", "FORMAT", "yaml, or jsonl for a JSON object a line"},
                   {"output", "FILE", "write there instead of standard output", false, 'o'}},
       .examples = {"roomctl room export -o rooms.yaml",
                    "roomctl room export --match 'game-*' --format jsonl | roomctl --context new "
                    "apply -f -"},
       .run = run_room_export},
  };
}

std::vector<CommandInfo> move_commands() {
  return {
      {.name = "room move",
       .arguments = "ROOM",
       .least = 1,
       .most = 1,
       .summary = "Moves a room into a pool, out of it, or into another one, with its messages.",
       .details = "Shows the plan, and asks on a terminal; elsewhere it needs --yes. It is the "
                  "daemon's work: Ctrl-C stops the waiting, which ends when the room lives in its "
                  "new home. The file of a room names the template first.",
       .options = {{"template", "NAME", "it is to live where this template lives"},
                   {"copy", "", "with its messages; else they stay until their retention ends"},
                   {"grace", "DURATION", "copy what still comes to the old subjects; else 10m"},
                   {"dry-run", "", "only show the plan"},
                   {"yes", "", "do not ask"},
                   {"no-wait", "", "return as soon as it is asked for"},
                   {"wait-old", "", "wait until the old home is gone too"},
                   {"abort", "", "end a move that has not switched yet; what was copied goes"}},
       .examples = {"roomctl room move general --template lobby --copy --grace 1h --yes",
                    "roomctl room move general --abort"},
       .run = run_room_move},
      {.name = "room moves",
       .arguments = "[ROOM]",
       .most = 1,
       .summary = "Shows the rooms that are being moved, and how far they are.",
       .details = "Of the moves that have ended the last 100 of this run of the daemon are known.",
       .examples = {"roomctl room moves"},
       .run = run_room_moves},
  };
}

}  // namespace

std::vector<CommandInfo> all_room_commands() {
  std::vector<CommandInfo> all;
  for (const auto& part : {room_commands(), room_write_commands(), hold_commands(), bulk_commands(),
                           move_commands()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace roomkeeper::cli
