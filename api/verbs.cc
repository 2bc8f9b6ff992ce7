#include "api/verbs.h"

#include <array>
#include <string>

namespace roomkeeper::api {
namespace {

constexpr std::string_view status_reply = R"({
  "version": "0.1.0",
  "instance": "seoul",
  "started": "2026-11-22T08:00:00Z",
  "connected": true,
  "nats_state": "connected",
  "nats_error": "",
  "server_name": "nats-1",
  "server_version": "2.15.2",
  "api_level": 2,
  "leader": true,
  "ready": true,
  "system_state": "connected",
  "limits_enforced": true,
  "limits_note": "",
  "config_file": "/etc/roomkeeper/roomkeeper.yaml",
  "config_loaded": "2026-11-22T08:00:00Z",
  "config_error": "",
  "desired_complete": true,
  "doubts": [],
  "rooms": [{"state": "ready", "rooms": 22}],
  "messages": 12841,
  "bytes": 3145728,
  "pending_changes": 0,
  "removals_blocked": 0,
  "queue_waiting": 0,
  "passes": 61,
  "last_pass": "2026-11-22T09:00:12.5Z",
  "clock_skew_seconds": 0.002,
  "overdue_seconds": 0.0,
  "zones": [
    {
      "timezone": "Asia/Seoul",
      "next_deadline": "2026-11-22T15:00:00Z",
      "last_closed": "2026-11-21T15:00:00Z",
      "closed_late_seconds": 2.1,
      "rooms": 21,
      "overdue_rooms": 0
    }
  ],
  "connections_per_user_max": 3,
  "identities_over_limit": 0,
  "not_counted": ["2 connections without an identity"]
})";

constexpr std::string_view doctor_reply = R"({
  "findings": [
    {"check": "nats.version", "severity": "ok", "text": "nats-server 2.15.2", "hint": ""},
    {
      "check": "limits.system_account",
      "severity": "warning",
      "text": "connection limits are not enforced: no user of the system account",
      "hint": "set nats.system in the configuration"
    }
  ]
})";

constexpr std::string_view room_reply = R"({
  "id": "general",
  "title": "자유 대화방",
  "topic": "",
  "tags": ["공지", "seoul"],
  "template": "default",
  "layout": "dedicated",
  "owner": "file",
  "stream": "ROOM_general",
  "state": "ready",
  "reason": "ok",
  "detail": "",
  "messages": 512,
  "bytes": 131072,
  "consumers": 2,
  "first_message": "2026-11-22T00:01:12Z",
  "last_message": "2026-11-22T08:59:58.25Z",
  "retention": "until midnight, 0 days, Asia/Seoul",
  "next_deadline": "2026-11-22T15:00:00Z",
  "publish_subject": "chat.general.{user}",
  "subscribe_subject": "chat.general.*"
})";

constexpr std::string_view room_list_tail = R"(],
  "total": 22,
  "next_cursor": "general"
})";

constexpr std::string_view explain_tail = R"(,
  "source": "rooms.yaml:12",
  "sentence": "The server holds what was asked.",
  "values": [
    {"key": "stream.max_bytes", "value": "64MiB", "origin": "template default", "on_server": ""},
    {"key": "replicas", "value": "1", "origin": "built-in", "on_server": ""}
  ]
})";

constexpr std::string_view plan_reply = R"({
  "complete": true,
  "doubts": [],
  "creates": 0,
  "updates": 0,
  "adopts": 0,
  "removes": 0,
  "held": 1,
  "entries": [
    {
      "kind": "held",
      "room": "general",
      "stream": "ROOM_general",
      "state": "pending_consent",
      "reason": "lossy_change",
      "detail": "",
      "fields": [
        {"field": "stream.max_bytes", "from": "64MiB", "to": "32MiB", "lossy": true, "impossible": false}
      ],
      "messages": 512,
      "would_go": 120
    }
  ],
  "total": 1
})";

constexpr std::string_view apply_reply = R"({
  "pass": 62,
  "done": false,
  "total": 3,
  "applied": 0,
  "failed": 0,
  "held": 2,
  "failures": []
})";

constexpr std::string_view pass_reply = R"({
  "pass": 62,
  "done": true,
  "total": 3,
  "applied": 2,
  "failed": 1,
  "held": 2,
  "failures": ["room lobby: insufficient storage resources available, code 10047"]
})";

constexpr std::string_view connection_list_reply = R"({
  "connections": [
    {
      "server_id": "NCXNQ5WZ6P6WQEZ5MBFZ3BPHVYCV4FVUO3CY6JPPTQT5O7HRBUJ2UWGM",
      "server_name": "nats-1",
      "cid": 41,
      "account": "APP",
      "user": "bob",
      "host": "10.0.0.7",
      "name": "mobile",
      "kind": "websocket",
      "start": "2026-11-22T08:12:30Z",
      "counts": "yes"
    }
  ],
  "total": 1,
  "silent_servers": []
})";

using enum Verb;

/// Examples that embed a whole room are put together once.
std::string joined(std::string_view head, std::string_view tail) {
  return std::string(head).append(room_reply).append(tail);
}

const std::array<VerbInfo, verb_count>& rows() {
  static const std::string room_list_reply = joined("{\n  \"rooms\": [", room_list_tail);
  static const std::string explain_reply = joined("{\n  \"room\": ", explain_tail);
  static const std::array<VerbInfo, verb_count> verb_rows{{
      {status, "status",
       "What Roomkeeper does and sees: connection, rooms by state, deadlines, limits.", "{}",
       status_reply, false},
      {doctor, "doctor", "Checks the installation and says what to do about each finding.", "{}",
       doctor_reply, false},
      {room_ls, "room.ls",
       "Lists rooms by id, page by page; filters by id or title, tag, template and state.",
       R"({"match": "gen*", "limit": 500})", room_list_reply, false},
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
      {plan, "plan",
       "What `apply` would change, field by field, and what is held back; entries page by page.",
       R"({"allow_lossy": false, "rooms": [], "limit": 500, "offset": 0})", plan_reply, false},
      {apply, "apply",
       "Starts a pass now and answers at once with its number; `pass` tells how far it is.",
       R"({"allow_lossy": false, "rooms": []})", apply_reply, true},
      {pass, "pass", "How far a pass is.", R"({"pass": 62})", pass_reply, false},
      {purge, "purge",
       "Deletes messages of one room: older than, of one user, all but the newest. Counts them "
       "only, "
       "unless `dry_run` is false.",
       R"({"room": "general", "user": "bob", "before_time": "2026-11-22T00:00:00Z", "dry_run": true})",
       R"({"room": "general", "messages": 42, "stored": 512, "dry_run": true})", true},
      {deadline, "deadline", "When a message of that time must be gone; no `gone_at`: never.",
       R"({"room": "general", "at": "2026-11-22T09:00:00+09:00"})",
       R"({"retention": "until midnight, 0 days, Asia/Seoul", "timezone": "Asia/Seoul", "gone_at": "2026-11-22T15:00:00Z"})",
       false},
      {connection_ls, "connection.ls",
       "The account's connections on all servers, and whether each counts; page by page.",
       R"({"user": "bob", "limit": 500})", connection_list_reply, false},
      {connection_kick, "connection.kick",
       "Ends one connection (`cid`, `server_id`) or all of a `user`.", R"({"user": "bob"})",
       R"({"kicked": 2, "gone": 0, "failures": []})", true},
  }};
  return verb_rows;
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
