// Replies of the verbs about connections, limits and bans, as docs/api.md shows them; a test holds
// each to what the program really writes. Constant; thread: any.
#ifndef ROOMKEEPER_API_CONNECTION_EXAMPLES_H_
#define ROOMKEEPER_API_CONNECTION_EXAMPLES_H_

#include <string_view>

namespace roomkeeper::api::example {

inline constexpr std::string_view connection_list_reply = R"({
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
      "counts": "yes",
      "limits": [
        {"limit": "connections_per_user", "of": "bob", "counted": true, "why": ""},
        {"limit": "room_connections", "of": "general", "counted": true, "why": ""},
        {"limit": "account_connections", "of": "", "counted": true, "why": ""},
        {"limit": "server_connections", "of": "nats-1", "counted": true, "why": ""}
      ],
      "rooms": ["general"],
      "rooms_total": 1,
      "wildcard": false,
      "admin": false,
      "banned": false
    }
  ],
  "total": 1,
  "silent_servers": []
})";

inline constexpr std::string_view connection_events_reply = R"({
  "events": [
    {
      "number": 102,
      "at": "2026-11-22T08:12:30Z",
      "what": "connect",
      "server_name": "nats-1",
      "cid": 41,
      "user": "bob",
      "host": "10.0.0.7",
      "kind": "websocket",
      "name": "mobile",
      "limit": "",
      "reason": ""
    },
    {
      "number": 103,
      "at": "2026-11-22T08:12:30.4Z",
      "what": "kick",
      "server_name": "nats-1",
      "cid": 12,
      "user": "bob",
      "host": "",
      "kind": "",
      "name": "",
      "limit": "connections_per_user",
      "reason": "evict_oldest"
    }
  ],
  "next": 103,
  "missed": 0,
  "connections": 214,
  "daemon": "2026-11-22T08:00:00.25Z"
})";

inline constexpr std::string_view limit_show_reply = R"({
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
    },
    {
      "limit": "account_connections",
      "of": "",
      "used": 214,
      "admins": 1,
      "max": 500,
      "reserved_for_admins": 2,
      "on_limit": "reject_new",
      "enforce_now": true,
      "headroom": 287,
      "rule": "account_connections",
      "origin": "rk.yaml:10:5"
    }
  ],
  "left_out": 0,
  "enforced": true,
  "note": "",
  "silent_servers": [],
  "wildcard_listeners": 2,
  "delayed": 0
})";

inline constexpr std::string_view limit_explain_reply = R"({
  "limit": {
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
  },
  "exemption": "",
  "admin": false,
  "banned": false,
  "next": "would be let in, and the oldest, server nats-1 cid 12, would be kicked: connections_per_user, evict_oldest, 3 of 3",
  "counted": [
    "server nats-1 cid 12 since 2026-11-22T07:55:01Z",
    "server nats-2 cid 9 since 2026-11-22T08:01:44Z",
    "server nats-1 cid 41 since 2026-11-22T08:12:30Z"
  ],
  "notes": []
})";

inline constexpr std::string_view ban_view = R"({
  "user": "bob",
  "since": "2026-11-22T09:00:00Z",
  "until": "2026-11-22T10:00:00Z",
  "by": "ops@example",
  "reason": "spam in general",
  "kicks": 2
})";

}  // namespace roomkeeper::api::example

#endif  // ROOMKEEPER_API_CONNECTION_EXAMPLES_H_
