#include <limits>

#include "cli/command.h"
#include "cli/command_rows.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {
namespace {

std::vector<CommandInfo> status_commands() {
  return {
      {.name = "status",
       .summary = "What Roomkeeper does and sees: connection, rooms by state, deadlines, limits.",
       .examples = {"roomctl status", "roomctl status --json"},
       .run = run_status},
  };
}

std::vector<CommandInfo> leader_commands() {
  return {
      {.name = "leader show",
       .summary = "Who of the replicas leads, and why the others do not.",
       .examples = {"roomctl leader show", "roomctl leader show --replica roomkeeper-1"},
       .run = run_leader_show},
      {.name = "leader step-down",
       .summary = "Hands leadership over to another replica, and waits until one leads.",
       .details = "The replica that led lets the others go first for a few seconds; without "
                  "another one it leads again. For maintenance: stopping a replica in order hands "
                  "over by itself.",
       .examples = {"roomctl leader step-down"},
       .run = run_leader_step_down},
  };
}

std::vector<CommandInfo> plan_commands() {
  return {
      {.name = "plan",
       .arguments = "[ROOM...]",
       .most = any_number,
       .summary =
           "Shows what `apply` would change, old -> new for each field, what is held back, and "
           "what does not fit.",
       .details = "Exit code 0: nothing to change; 2: there are changes, made by the next pass or "
                  "held back.",
       .options = {{"allow-lossy", "", "as `apply --allow-lossy` would do"},
                   {"pool", "NAME", "with --allow-lossy: of this pool, instead of all", true}},
       .examples = {"roomctl plan", "roomctl plan general --allow-lossy --json"},
       .run = run_plan},
      {.name = "apply",
       .arguments = "[ROOM...]",
       .most = any_number,
       .summary = "Starts a pass now and waits for its end.",
       .details = "Ctrl-C stops the waiting, not the work. What does not fit the limits of the "
                  "account or the servers is told first and not made; then the exit code is 1. "
                  "Changes that would delete messages are "
                  "held back; "
                  "--allow-lossy lets them happen: it shows them and asks on a terminal; elsewhere "
                  "it needs --yes. With --file the rooms of a file are defined through the API "
                  "first, up to 100,000 of them: those that are there are updated or left as they "
                  "are, so that a run that ended early is gone on with by running it again. Each "
                  "room that is refused is told with its line; the others are made all the same.",
       .options = {{"allow-lossy", "", "let changes happen that delete messages"},
                   {"pool", "NAME",
                    "with --allow-lossy: of this pool, with all of its rooms, instead of all",
                    true},
                   {"yes", "", "do not ask"},
                   {"file", "FILE",
                    "define these rooms first: YAML with a list `rooms:`, or JSON lines; - is "
                    "standard input",
                    false, 'f'},
                   {"dry-run", "", "with --file: only say what would become of each room"},
                   {"no-wait", "", "return as soon as the pass is asked for"}},
       .examples = {"roomctl apply", "roomctl apply -f rooms.yaml",
                    "roomctl apply general --allow-lossy --yes"},
       .run = run_apply},
      {.name = "validate",
       .arguments = "FILE",
       .least = 1,
       .most = 1,
       .summary = "Checks a configuration file and all it names, without any server.",
       .details =
           "Prints every problem with file, line and column; exit code 1 when there are any.",
       .examples = {"roomctl validate examples/roomkeeper.yaml"},
       .run = run_validate},
  };
}

std::vector<CommandInfo> message_commands() {
  return {
      {.name = "send",
       .arguments = "ROOM TEXT...",
       .least = 2,
       .most = any_number,
       .summary = "Writes a message into a room and waits until it is stored.",
       .details =
           "TEXT - is standard input. The connection's user needs the right to publish there.",
       .options = {{"as", "USER", "the sender; without it the connection's user"}},
       .examples = {"roomctl send general 'hello, world' --as bob",
                    "date | roomctl send general - --as clock"},
       .run = run_send},
      {.name = "tail",
       .arguments = "ROOM",
       .least = 1,
       .most = 1,
       .summary = "Shows the newest messages of a room, then what comes, until Ctrl-C.",
       .details = "Times are local. With --json one object a line: seq, time, room, user, and "
                  "text, or base64 where the "
                  "message is not UTF-8.",
       .options = {{"last", "N", "the newest N stored messages first; without it 10", false, 'n'},
                   {"since", "TIME",
                    "everything since then instead: RFC 3339, or a duration such as 1h"},
                   {"no-follow", "", "end after what is stored"}},
       .examples = {"roomctl tail general", "roomctl tail general --since 1h --no-follow --json"},
       .run = run_tail},
      {.name = "retention",
       .summary = "Which rule is in force where, and how its deadlines went.",
       .details =
           "By template and rule: the boundary now, the next deadline, how late the last one "
           "was closed, what is overdue, what waits for consent. With --room one room in "
           "plain words. Times are in the rule's zone, with UTC beside them.",
       .options = {{"template", "NAME", "only rooms of this template"},
                   {"timezone", "ZONE", "only rules of this zone, IANA name"},
                   {"overdue", "", "only where something is overdue"},
                   {"room", "ROOM",
                    "one room: its rule, where it comes from, and what is overdue"}},
       .examples = {"roomctl retention", "roomctl retention --timezone Asia/Seoul --overdue",
                    "roomctl retention --room general"},
       .run = run_retention},
      {.name = "deadline",
       .summary = "When a message must be gone.",
       .details = "With --timezone it is calculated here; with --room the daemon is asked for the "
                  "room's own rule.",
       .options = {{"timezone", "ZONE", "IANA name"},
                   {"days", "N", "whole days after the message's own; without it 0"},
                   {"room", "ROOM", "a room, instead of --timezone"},
                   {"at", "TIME", "when the message was stored, RFC 3339; without it now"},
                   {"utc", "", "print UTC instead of the zone's local time"}},
       .examples =
           {"roomctl deadline --timezone Asia/Seoul --days 0 --at 2026-11-22T09:00:00+09:00",
            "roomctl deadline --room general --at 2026-11-22T00:00:00Z --utc"},
       .run = run_deadline},
  };
}

std::vector<CommandInfo> audit_commands() {
  return {
      {.name = "audit",
       .summary = "Shows what Roomkeeper has changed: who asked, why, before and after.",
       .details = "Reads the stream ROOMKEEPER_AUDIT itself. Times are local. With --json one "
                  "object a line: seq, stored, and the entry as it is stored.",
       .options = {{"last", "N", "the newest N of these entries; without it 50", false, 'n'},
                   {"since", "TIME",
                    "everything since then instead: RFC 3339, or a duration such as 1h"},
                   {"room", "ROOM", "only of this room, also where an entry tells of many"},
                   {"user", "USER", "only of this user's messages or connections"},
                   {"kind", "KIND", "only of this kind, such as purge, stream_updated or kick"},
                   {"reason", "REASON", "only with this reason, such as midnight"},
                   {"follow", "", "go on with what comes, until Ctrl-C", false, 'f'}},
       .examples = {"roomctl audit --since 24h", "roomctl audit --room general --kind purge --json",
                    "roomctl audit --follow"},
       .run = run_audit},
  };
}

std::vector<CommandInfo> job_commands() {
  return {
      {.name = "purge",
       .summary = "Deletes messages: of named rooms, or of all that fit; or counts them.",
       .details = "Without --yes it only counts what would go. With --yes at least one of --user, "
                  "--before, --keep or --all says what. It is a job of the daemon: Ctrl-C stops "
                  "the waiting, not the job. What is stored after it was asked for stays. --of is "
                  "the same as --user.",
       .options =
           {{"room", "ROOM", "a room", true},
            {"match", "GLOB", "all rooms whose id fits, instead of --room"},
            {"template", "NAME", "all rooms of this template; with --match both must fit"},
            {"user", "USER", "only messages of this user"},
            {"before", "TIME|SEQ",
             "only messages before a time (RFC 3339), or, of one --room, before a sequence of "
             "its stream, which is its pool's where it is in one; exclusive"},
            {"keep", "N", "the newest N of each room stay; with --user the user's newest"},
            {"all", "", "every message"},
            {"dry-run", "", "count only; so it is without --yes"},
            {"yes", "", "delete"},
            {"rate", "N", "at most N rooms a second"},
            {"no-wait", "", "return as soon as the job is asked for"},
            {"limit", "N", "show at most N rooms; without it 20"}},
       .examples = {"roomctl purge --user bob --match '*'",
                    "roomctl purge --room general --before 2026-11-22T00:00:00+09:00 --yes",
                    "roomctl purge --template archive --keep 1000 --rate 100 --yes --no-wait"},
       .run = run_purge},
      {.name = "job ls",
       .summary = "Lists purge jobs, the newest first.",
       .details = "Of the jobs that have ended the last 100 are known, of dry runs those of this "
                  "run of the daemon.",
       .options = {{"limit", "N", "at most N jobs"}},
       .examples = {"roomctl job ls"},
       .run = run_job_ls},
      {.name = "job show",
       .arguments = "JOB",
       .least = 1,
       .most = 1,
       .summary = "One purge job: how far it is, what went in which room, what failed.",
       .details = "Exit code 1 when rooms failed, or the job was aborted.",
       .options = {{"wait", "", "wait for its end"},
                   {"limit", "N", "show at most N rooms; without it 20"}},
       .examples = {"roomctl job show 20261122-155301-01 --wait"},
       .run = run_job_show},
      {.name = "job abort",
       .arguments = "JOB",
       .least = 1,
       .most = 1,
       .summary = "Ends a purge job; what it has deleted is gone.",
       .examples = {"roomctl job abort 20261122-155301-01"},
       .run = run_job_abort},
  };
}

std::vector<CommandInfo> version_commands() {
  return {
      {.name = "version",
       .summary = "Versions of roomctl and, when it can be reached, of Roomkeeper and nats-server.",
       .options = {{"client", "", "only of roomctl; asks no server"}},
       .examples = {"roomctl version --client"},
       .run = run_version},
  };
}

}  // namespace

const std::vector<CommandInfo>& commands() {
  static const std::vector<CommandInfo> table = [] {
    std::vector<CommandInfo> all;
    for (const auto& part :
         {status_commands(), permission_commands(), leader_commands(), all_room_commands(),
          plan_commands(), message_commands(), job_commands(), audit_commands(),
          connection_commands(), limit_commands(), state_commands(), shell_commands(),
          version_commands()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return table;
}

const std::vector<OptionInfo>& global_options() {
  static const std::vector<OptionInfo> table{
      {"nats-server", "URL",
       "nats-server, several separated by commas; without it nats://127.0.0.1:4222; --server is "
       "the "
       "same, except behind a command that has a --server of its own",
       false, 's'},
      {"nats-user", "NAME",
       "user of the connection; --user is the same, except behind a command that has a --user of "
       "its own"},
      {"password-file", "FILE", "file with the user's password"},
      {"creds", "FILE", "credentials file (JWT and seed)"},
      {"nkey", "FILE", "file with an NKey seed"},
      {"token-file", "FILE", "file with a token"},
      {"tls-ca", "FILE", "certificates to trust"},
      {"tls-cert", "FILE", "client certificate"},
      {"tls-key", "FILE", "key of the client certificate"},
      {"context", "NAME|FILE", "a context of the nats CLI"},
      {"timeout", "DURATION",
       "how long to wait for the connection and for each answer; without it 5s"},
      {"admin-prefix", "SUBJECT", "where Roomkeeper listens; without it roomkeeper.admin"},
      {"replica", "NAME", "ask this replica instead of the one that leads; only for reading"},
      {"json", "", "print the API's JSON: one line, indented on a terminal"},
      {"help", "", "show help", false, 'h'},
  };
  return table;
}

const CommandInfo* find_command(std::string_view name) {
  for (const CommandInfo& command : commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

tl::unexpected<api::ApiError> usage_error(std::string message) {
  return tl::unexpected<api::ApiError>(
      api::ApiError{api::ApiCode::bad_request, std::move(message), {}});
}

}  // namespace roomkeeper::cli
