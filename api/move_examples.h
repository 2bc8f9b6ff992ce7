// Replies of the verbs that move rooms, as docs/api.md shows them; a test holds each to what the
// program really writes. Constant; thread: any.
#ifndef ROOMKEEPER_API_MOVE_EXAMPLES_H_
#define ROOMKEEPER_API_MOVE_EXAMPLES_H_

#include <string_view>

namespace roomkeeper::api::example {

inline constexpr std::string_view move_reply = R"({
  "room": "general",
  "dry_run": false,
  "copy": true,
  "state": "tail",
  "reason": "",
  "detail": "",
  "from": {
    "stream": "ROOM_general",
    "layout": "dedicated",
    "template": "default",
    "retention": "until midnight, 0 days, Asia/Seoul",
    "publish_subject": "chat.general.{user}",
    "subscribe_subject": "chat.general.*"
  },
  "to": {
    "stream": "POOL_lobby",
    "layout": "pooled",
    "template": "lobby",
    "retention": "until midnight, 0 days, Asia/Seoul",
    "publish_subject": "chat.lobby.general.{user}",
    "subscribe_subject": "chat.lobby.general.*"
  },
  "messages": 512,
  "bytes": 131072,
  "copied": 514,
  "skipped": 0,
  "expired": 0,
  "grace_seconds": 600,
  "resumed": 0,
  "who": "ops@example",
  "asked": "2026-11-22T09:00:00Z",
  "switched": "2026-11-22T09:00:01.2Z",
  "ledger": 1,
  "next_due": "2026-11-22T15:00:00Z",
  "notes": ["clients that ask room.show get the new subjects from the switch on"]
})";

}  // namespace roomkeeper::api::example

#endif  // ROOMKEEPER_API_MOVE_EXAMPLES_H_
