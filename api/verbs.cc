#include "api/verbs.h"

#include <string>
#include <vector>

#include "api/bulk_examples.h"
#include "api/connection_examples.h"
#include "api/move_examples.h"
#include "api/state_examples.h"
#include "api/verb_examples.h"

namespace roomkeeper::api {
namespace {

using namespace example;
using enum Verb;

/// Examples that embed a whole room are put together once.
std::string joined(std::string_view head, std::string_view tail) {
  return std::string(head).append(room_reply).append(tail);
}

std::string held(std::string_view head, std::string_view tail) {
  return std::string(head).append(hold_reply).append(tail);
}

std::vector<VerbInfo> status_rows() {
  return {
      {status, "status",
       "What Roomkeeper does and sees: connection, rooms by state, deadlines, limits.", "{}",
       status_reply, false},
      {doctor, "doctor", "Checks the installation and says what to do about each finding.", "{}",
       doctor_reply, false},
  };
}

std::vector<VerbInfo> room_rows() {
  static const std::string room_list_reply = joined("{\n  \"rooms\": [", room_list_tail);
  static const std::string explain_reply = joined("{\n  \"room\": ", explain_tail);
  static const std::string unhold_reply = held("{\n  \"hold\": ", ",\n  \"removed\": true\n}");
  static const std::string holds_reply = held("{\n  \"holds\": [", "],\n  \"blocked\": []\n}");
  return {
      {room_ls, "room.ls",
       "Lists rooms page by page; filters by id or title, tag, template and state; sorts by id, "
       "title, messages, bytes, last_message or state.",
       R"({"match": "gen*", "sort": "id", "limit": 500})", room_list_reply, false},
      {room_show, "room.show",
       "One room: state, what is stored, and the subjects that clients use.",
       R"({"room": "general"})", room_reply, false},
      {room_explain, "room.explain",
       "Every effective value of a room, where it came from, and what the server has.",
       R"({"room": "general"})", explain_reply, false},
      {room_create, "room.create", "Creates a room; `room` has the shape of an entry of `rooms:`.",
       R"({"room": {"id": "general", "title": "자유 대화방", "tags": ["공지", "seoul"]}})",
       room_reply, true},
      {room_update, "room.update",
       "Replaces the definition of a room that was made through the API.",
       R"({"room": {"id": "general", "title": "자유 대화방", "template": "archive"}})", room_reply,
       true},
      {room_rm, "room.rm",
       "Removes a room that was made through the API; `on_removal` says what becomes of its "
       "stream.",
       R"({"room": "general"})", room_reply, true},
      {room_hold, "room.hold",
       "Keeps a copy of a room that nothing purges, and answers at once: `copying` until the copy "
       "has everything that the room has. Asked again it says how far it is.",
       R"({"room": "general", "note": "case 7"})", hold_reply, true},
      {room_unhold, "room.unhold",
       "Ends a hold: removes the copy. Says only what would go, unless `dry_run` is false.",
       R"({"room": "general", "dry_run": false})", unhold_reply, true},
      {room_holds, "room.holds",
       "All holds as they are now, and the rooms whose purge or removal waits for their copy.",
       "{}", holds_reply, false},
  };
}

std::vector<VerbInfo> bulk_rows() {
  return {
      {room_put, "room.put",
       "Defines up to 500 rooms of the API at once: new ones are made, those that are there are "
       "replaced. Each has an outcome of its own: `created`, `updated`, `unchanged`, `refused`.",
       R"({"rooms": [{"id": "lobby", "title": "로비"}, {"id": "general"}], "dry_run": false})",
       put_reply, true},
      {room_export, "room.export",
       "Rooms as entries of `rooms:`, with only what differs from their template; `format` is "
       "`yaml` or `jsonl`. Page by page, by id; a cursor means nothing but the next page.",
       R"({"match": "lob*", "tag": "", "template": "", "format": "jsonl", "limit": 500})",
       export_reply, false},
      {room_import, "room.import",
       "Streams that are not Roomkeeper's, each as the entry of `rooms:` that fits it, or why it "
       "can be none. `match` is a glob on the stream's name. Page by page, by name.",
       R"({"match": "ROOM_*", "template": "default", "limit": 500})", import_reply, false},
      {room_adopt, "room.adopt",
       "Takes over the unmarked streams of `rooms` (at most 500), or of all rooms that fit "
       "`match`, "
       "whatever `reconcile.adopt` says. Says only what would change, unless `dry_run` is false; "
       "then `pass` tells how far it is.",
       R"({"rooms": ["lobby"], "dry_run": false})", adopt_reply, true},
      {room_release, "room.release",
       "Takes Roomkeeper's mark off the streams of up to 500 rooms, which stay with all their "
       "messages, and forgets rooms of the API. Says only what would be done, unless `dry_run` is "
       "false.",
       R"({"rooms": ["lobby"], "dry_run": false})", release_reply, true},
  };
}

std::vector<VerbInfo> move_rows() {
  static const std::string list_reply =
      std::string("{\n  \"moves\": [").append(move_reply).append("],\n  \"total\": 1\n}");
  return {
      {room_move, "room.move",
       "Moves a room to where another template lives: into a pool, out of it, or into another one; "
       "with `copy` its messages too. Says only what would be done, unless `dry_run` is false; "
       "then `room.moves` tells how far it is. `abort` ends one that has not switched.",
       R"({"room": "general", "template": "lobby", "copy": true, "grace_seconds": 600, "dry_run": false})",
       move_reply, true},
      {room_moves, "room.moves", "Moves of rooms, the newest first; page by page.",
       R"({"room": "", "limit": 100, "offset": 0})", list_reply, false},
  };
}

std::vector<VerbInfo> plan_rows() {
  return {
      {plan, "plan",
       "What `apply` would change, field by field, and what is held back; entries page by page.",
       R"({"allow_lossy": false, "rooms": [], "pools": [], "limit": 500, "offset": 0})", plan_reply,
       false},
      {apply, "apply",
       "Starts a pass now and answers at once with its number; `pass` tells how far it is.",
       R"({"allow_lossy": false, "rooms": [], "pools": []})", apply_reply, true},
      {pass, "pass", "How far a pass is.", R"({"pass": 62})", pass_reply, false},
  };
}

std::vector<VerbInfo> purge_rows() {
  return {
      {purge, "purge",
       "Asks for a job that deletes messages: of the named `rooms`, or of all that fit `match` and "
       "`template`; all of them, of one `user`, before a time or (one room) a sequence, or all but "
       "the newest `keep`. Counts them only, unless `dry_run` is false. Answers at once; "
       "`job.show` "
       "tells how far it is.",
       R"({"match": "*", "user": "bob", "before_time": "2026-11-22T00:00:00Z", "rate": 500, "dry_run": false})",
       job_reply, true},
      {job_ls, "job.ls", "Purge jobs, the newest first; page by page.",
       R"({"limit": 50, "offset": 0})", job_list_reply, false},
      {job_show, "job.show",
       "One purge job: how far it is, what failed, and a page of its rooms, those with the most "
       "messages first.",
       R"({"job": "20261122-155301-01", "limit": 100, "offset": 0})", job_show_reply, false},
      {job_abort, "job.abort",
       "Ends a purge job: what is under way is finished, what was deleted is gone.",
       R"({"job": "20261122-155301-01"})", job_abort_reply, true},
      {deadline, "deadline", "When a message of that time must be gone; no `gone_at`: never.",
       R"({"room": "general", "at": "2026-11-22T09:00:00+09:00"})",
       R"({"retention": "until midnight, 0 days, Asia/Seoul", "timezone": "Asia/Seoul", "gone_at": "2026-11-22T15:00:00Z"})",
       false},
      {retention, "retention",
       "By template and rule: the boundary now, the next deadline, how the last one went, what is "
       "overdue.",
       R"({"template": "default", "timezone": "Asia/Seoul", "overdue": false})", retention_reply,
       false},
      {retention_room, "retention.room",
       "One room: the rule in force and the one asked for, when its oldest message goes, and why "
       "something is overdue.",
       R"({"room": "general"})", room_retention_reply, false},
  };
}

std::vector<VerbInfo> connection_rows() {
  return {
      {connection_ls, "connection.ls",
       "The account's connections on all servers, and where each counts; all, or those of a "
       "`user`, "
       "of a `server`, that name a `room` in a subscription, `over` a limit, or that hear several "
       "rooms (`wildcard`). Page by page: a page may hold fewer than `limit`.",
       R"({"user": "bob", "room": "", "server": "", "over": false, "wildcard": false, "limit": 500, "offset": 0})",
       connection_list_reply, false},
      {connection_kick, "connection.kick",
       "Ends one connection (`cid`, and `server_id` where several servers have it: an id or a "
       "name), "
       "all of a `user`, or all that name a `room` in a subscription. `reason` is what the user is "
       "told, and stands in the audit.",
       R"({"user": "bob", "reason": "see the house rules"})",
       R"({"kicked": 2, "gone": 0, "failures": [], "failed": 0, "silent_servers": []})", true},
      {connection_events, "connection.events",
       "Who connected, left and was kicked behind event `after`; without it only `next`, to begin "
       "with. Of all since the daemon's start the newest 4096 are kept; `missed` says how many are "
       "not.",
       R"({"after": 101, "user": "", "limit": 500})", connection_events_reply, false},
  };
}

std::vector<VerbInfo> limit_rows() {
  static const std::string added =
      std::string("{\n  \"ban\": ").append(ban_view).append(",\n  \"connections\": 2\n}");
  static const std::string listed =
      std::string("{\n  \"bans\": [").append(ban_view).append("],\n  \"total\": 1\n}");
  return {
      {limit_show, "limit.show",
       "How full each connection limit is: the account, servers, users, rooms, those with the "
       "least "
       "headroom first. `limit` names one kind, `over` only those above their maximum, `all` also "
       "those that nothing limits.",
       R"({"limit": "", "over": false, "all": false, "max_rows": 100})", limit_show_reply, false},
      {limit_explain, "limit.explain",
       "The limit of one `user`, `room`, `server` or of the `account`: where it is written, who is "
       "counted, and what would happen to the next connection.",
       R"({"user": "bob"})", limit_explain_reply, false},
      {ban_add, "ban.add",
       "Bans a user for `seconds`: every connection is ended now and at every return. One who is "
       "banned already is banned anew.",
       R"({"user": "bob", "seconds": 3600, "reason": "spam in general"})", added, true},
      {ban_ls, "ban.ls", "The bans in force, by user; page by page.",
       R"({"user": "", "limit": 500, "offset": 0})", listed, false},
      {ban_rm, "ban.rm", "Ends a ban.", R"({"user": "bob"})", ban_view, true},
  };
}

std::vector<VerbInfo> state_rows() {
  return {
      {state_export, "state.export",
       "Everything that Roomkeeper knows, as lines of JSON: a header, a record a line, an end that "
       "says how many. Page by page: `after` is `next` of the page before, and means nothing else. "
       "Only the leader answers.",
       R"({"after": "", "limit": 500})", state_export_reply, false},
      {state_import, "state.import",
       "Takes such lines back, up to 500 a request. Each has an outcome of its own: `created`, "
       "`updated`, `unchanged`, `exists` (another one is there and stays, unless `replace`), "
       "`skipped`, `refused`. Says only what would be done, unless `dry_run` is false. The last "
       "request of a file says so with `last`.",
       state_import_request, state_import_reply, true},
  };
}

std::vector<VerbInfo> leader_rows() {
  return {
      {leader_stepdown, "leader.stepdown",
       "Hands leadership over to another replica; the one that answers leads no more.", "{}",
       step_down_reply, true},
  };
}

const std::vector<VerbInfo>& rows() {
  static const std::vector<VerbInfo> all = [] {
    std::vector<VerbInfo> together;
    for (const auto& part :
         {status_rows(), room_rows(), bulk_rows(), move_rows(), plan_rows(), purge_rows(),
          connection_rows(), limit_rows(), state_rows(), leader_rows()}) {
      together.insert(together.end(), part.begin(), part.end());
    }
    return together;
  }();
  return all;
}

}  // namespace

std::span<const VerbInfo> verbs() {
  return rows();
}

const VerbInfo& info(Verb verb) {
  const auto index = static_cast<std::size_t>(verb);
  return rows()[index < verb_count ? index : 0];
}

std::optional<Verb> parse_verb(std::string_view name) {
  for (const VerbInfo& row : rows()) {
    if (row.name == name) return row.verb;
  }
  return std::nullopt;
}

}  // namespace roomkeeper::api
