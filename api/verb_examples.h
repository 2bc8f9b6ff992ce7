// Replies as docs/api.md shows them; a test holds each to what the program really writes.
// Constant; thread: any.
#ifndef ROOMKEEPER_API_VERB_EXAMPLES_H_
#define ROOMKEEPER_API_VERB_EXAMPLES_H_

#include <string_view>

namespace roomkeeper::api::example {

inline constexpr std::string_view job_reply = R"({
  "id": "20261122-155301-01",
  "dry_run": false,
  "selection": {
    "rooms": [],
    "match": "*",
    "template": "",
    "user": "bob",
    "before_time": "2026-11-22T00:00:00Z"
  },
  "rate": 500,
  "who": "ops@example",
  "created": "2026-11-22T15:53:01.2Z",
  "state": "queued",
  "reason": "",
  "detail": "",
  "rooms": 0,
  "rooms_done": 0,
  "rooms_skipped": 0,
  "rooms_failed": 0,
  "messages": 0,
  "stored": 0,
  "at_least": false,
  "resumed": 0
})";

inline constexpr std::string_view job_abort_reply = R"({
  "id": "20261122-155301-01",
  "dry_run": false,
  "selection": {
    "rooms": [],
    "match": "*",
    "template": "",
    "user": "bob",
    "before_time": "2026-11-22T00:00:00Z"
  },
  "rate": 500,
  "who": "ops@example",
  "created": "2026-11-22T15:53:01.2Z",
  "ended": "2026-11-22T15:53:05.5Z",
  "state": "aborted",
  "reason": "job_aborted",
  "detail": "",
  "rooms": 2000,
  "rooms_done": 1200,
  "rooms_skipped": 0,
  "rooms_failed": 0,
  "messages": 340,
  "stored": 61200,
  "at_least": false,
  "resumed": 0
})";

inline constexpr std::string_view job_list_reply = R"({
  "jobs": [
    {
      "id": "20261122-155301-01",
      "dry_run": false,
      "selection": {
        "rooms": [],
        "match": "*",
        "template": "",
        "user": "bob",
        "before_time": "2026-11-22T00:00:00Z"
      },
      "rate": 500,
      "who": "ops@example",
      "created": "2026-11-22T15:53:01.2Z",
      "ended": "2026-11-22T15:53:05.5Z",
      "state": "done_with_failures",
      "reason": "",
      "detail": "",
      "rooms": 2000,
      "rooms_done": 1998,
      "rooms_skipped": 1,
      "rooms_failed": 1,
      "messages": 512,
      "stored": 98041,
      "at_least": false,
      "resumed": 0
    }
  ],
  "total": 1
})";

inline constexpr std::string_view job_show_reply = R"({
  "job": {
    "id": "20261122-155301-01",
    "dry_run": false,
    "selection": {
      "rooms": [],
      "match": "*",
      "template": "",
      "user": "bob",
      "before_time": "2026-11-22T00:00:00Z"
    },
    "rate": 500,
    "who": "ops@example",
    "created": "2026-11-22T15:53:01.2Z",
    "ended": "2026-11-22T15:53:05.5Z",
    "state": "done_with_failures",
    "reason": "",
    "detail": "",
    "rooms": 2000,
    "rooms_done": 1998,
    "rooms_skipped": 1,
    "rooms_failed": 1,
    "messages": 512,
    "stored": 98041,
    "at_least": false,
    "resumed": 0
  },
  "failures": [
    {"room": "ancient", "reason": "server_refused", "detail": "stream purge not permitted"}
  ],
  "rooms": [
    {"room": "general", "messages": 42, "stored": 512}
  ],
  "total": 1
})";

inline constexpr std::string_view status_reply = R"({
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
  "replica": "roomkeeper-0",
  "leader_note": "",
  "replicas": [
    {
      "name": "roomkeeper-0",
      "leader": true,
      "note": "",
      "version": "0.1.0",
      "configuration": "5e0c1b7a",
      "started": "2026-11-22T08:00:00Z",
      "heard_seconds_ago": 0.0
    },
    {
      "name": "roomkeeper-1",
      "leader": false,
      "note": "another replica holds the lease",
      "version": "0.1.0",
      "configuration": "5e0c1b7a",
      "started": "2026-11-22T08:00:03Z",
      "heard_seconds_ago": 0.4
    }
  ],
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
  "limits": [
    {
      "limit": "connections_per_user",
      "of": "bob",
      "used": 3,
      "admins": 0,
      "max": 3,
      "reserved_for_admins": 0,
      "on_limit": "evict_oldest",
      "enforce_now": true,
      "headroom": 0,
      "rule": "connections_per_user",
      "origin": "rk.yaml:12:5"
    }
  ],
  "bans": 1,
  "wildcard_listeners": 2,
  "not_counted": ["2 connections without an identity"]
})";

inline constexpr std::string_view step_down_reply = R"({
  "replica": "roomkeeper-0",
  "others": ["roomkeeper-1"]
})";

inline constexpr std::string_view doctor_reply = R"({
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

inline constexpr std::string_view room_reply = R"({
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

inline constexpr std::string_view room_list_tail = R"(],
  "total": 22,
  "next_cursor": "id::general"
})";

inline constexpr std::string_view explain_tail = R"(,
  "source": "rooms.yaml:12",
  "sentence": "The server holds what was asked.",
  "values": [
    {"key": "stream.max_bytes", "value": "64MiB", "origin": "template default", "on_server": ""},
    {"key": "replicas", "value": "1", "origin": "built-in", "on_server": ""}
  ]
})";

inline constexpr std::string_view plan_reply = R"({
  "complete": true,
  "doubts": [],
  "creates": 0,
  "updates": 0,
  "adopts": 0,
  "removes": 0,
  "held": 1,
  "would_go": 0,
  "held_would_go": 120,
  "not_counted": 0,
  "entries": [
    {
      "kind": "held",
      "room": "general",
      "pool": "",
      "stream": "ROOM_general",
      "state": "pending_consent",
      "reason": "lossy_change",
      "detail": "",
      "fields": [
        {"field": "stream.max_bytes", "from": "64MiB", "to": "32MiB", "lossy": true, "impossible": false}
      ],
      "messages": 512,
      "would_go": 120,
      "would_go_is": "estimate",
      "loss_note": ""
    }
  ],
  "total": 1,
  "capacity": {
    "checked": true,
    "account_known": true,
    "servers_known": true,
    "doubts": [],
    "creates": 500,
    "fitting": 298,
    "held": 202,
    "levels": [
      {
        "resource": "storage",
        "owner": "server",
        "whose": "n1",
        "limit": 20000000000,
        "used": 0,
        "wanted": 33554432000,
        "missing": 13554432000,
        "binding": true,
        "text": "storage of server n1: 0 B of 18.6 GiB used, 31.2 GiB more wanted, 12.6 GiB missing"
      }
    ],
    "advice": [
      "storage of server n1: 31.2 GiB is wanted, 18.6 GiB of 18.6 GiB is left, 12.6 GiB is missing; 298 of 500 new streams of 64.0 MiB fit; max_bytes of at most 38 MiB would fit all, or layout: pooled, which needs 1 stream for these 500 rooms"
    ]
  }
})";

inline constexpr std::string_view apply_reply = R"({
  "pass": 62,
  "done": false,
  "total": 3,
  "applied": 0,
  "failed": 0,
  "held": 2,
  "failures": []
})";

inline constexpr std::string_view pass_reply = R"({
  "pass": 62,
  "done": true,
  "total": 3,
  "applied": 2,
  "failed": 1,
  "held": 2,
  "failures": ["room lobby: insufficient storage resources available, code 10047"]
})";

inline constexpr std::string_view hold_reply = R"({
  "room": "general",
  "stream": "HOLD_general",
  "state": "held",
  "acknowledged": true,
  "messages": 512,
  "bytes": 131072,
  "missing": 0,
  "only_here": 0,
  "since": "2026-11-22T09:00:00Z",
  "by": "ops@example",
  "note": "case 7",
  "why": "",
  "looked": "2026-11-22T09:00:00.5Z"
})";

inline constexpr std::string_view retention_reply = R"({
  "server_time": "2026-11-22T09:00:00Z",
  "clock_skew_seconds": 0.002,
  "halted": "",
  "doubt": "",
  "doubt_text": "",
  "rows": [
    {
      "template": "default",
      "rule": "until midnight, 0 days, Asia/Seoul",
      "kind": "midnight",
      "timezone": "Asia/Seoul",
      "wanted": "",
      "rooms": 21,
      "messages": 12841,
      "boundary": "2026-11-21T15:00:00Z",
      "next_deadline": "2026-11-22T15:00:00Z",
      "last_closed": "2026-11-21T15:00:00Z",
      "closed_late_seconds": 2.01,
      "made_up": false,
      "overdue_rooms": 0,
      "overdue_seconds": 0.0,
      "oldest_overdue_room": "",
      "held_rooms": 0
    }
  ]
})";

inline constexpr std::string_view room_retention_reply = R"({
  "room": "general",
  "stream": "ROOM_general",
  "template": "default",
  "source": "rooms.yaml:12",
  "owner": "file",
  "server_time": "2026-11-22T09:00:00Z",
  "rule": "until midnight, 0 days, Asia/Seoul",
  "kind": "midnight",
  "timezone": "Asia/Seoul",
  "days": 0,
  "origin": "template default, rooms.yaml:4:5",
  "wanted": "",
  "wanted_origin": "",
  "waits_for_consent": false,
  "state": "ready",
  "reason": "ok",
  "boundary": "2026-11-21T15:00:00Z",
  "next_deadline": "2026-11-22T15:00:00Z",
  "messages": 512,
  "oldest_message": "2026-11-22T00:01:12Z",
  "oldest_gone_at": "2026-11-22T15:00:00Z",
  "max_age_seconds": 93600.0,
  "backstop": true,
  "max_messages": 10000,
  "max_bytes": 67108864,
  "on_full": "drop_old",
  "stream_retention": "limits",
  "last_purged": "2026-11-21T15:00:00.03Z",
  "last_purged_messages": 498,
  "last_purged_reason": "midnight",
  "last_closed": "2026-11-21T15:00:00Z",
  "closed_late_seconds": 2.01,
  "made_up": false,
  "hold": "",
  "overdue_seconds": 0.0,
  "causes": []
})";

}  // namespace roomkeeper::api::example

#endif  // ROOMKEEPER_API_VERB_EXAMPLES_H_
