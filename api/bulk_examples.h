// Replies of the verbs about many rooms, as docs/api.md shows them; a test holds each to what the
// program really writes. Constant; thread: any.
#ifndef ROOMKEEPER_API_BULK_EXAMPLES_H_
#define ROOMKEEPER_API_BULK_EXAMPLES_H_

#include <string_view>

namespace roomkeeper::api::example {

inline constexpr std::string_view put_reply = R"({
  "created": 1,
  "updated": 0,
  "unchanged": 0,
  "refused": 1,
  "rooms": [
    {
      "id": "lobby",
      "outcome": "created",
      "code": "",
      "message": ""
    },
    {
      "id": "general",
      "outcome": "refused",
      "code": "owned_by_file",
      "message": "room 'general' is defined in rooms.yaml:12: change the file"
    }
  ]
})";

inline constexpr std::string_view export_reply = R"({
  "entries": [
    "{\"id\":\"lobby\",\"title\":\"로비\",\"template\":\"archive\",\"stream\":{\"max_bytes\":\"32MiB\"}}"
  ],
  "total": 22,
  "next_cursor": "lobby"
})";

inline constexpr std::string_view import_reply = R"({
  "streams": [
    {
      "stream": "ROOM_lobby",
      "room": "lobby",
      "entry": "  - id: lobby\n    retention: {max_age: 30d}\n",
      "why": ""
    },
    {
      "stream": "ROOM_old",
      "room": "old",
      "entry": "",
      "why": "Roomkeeper never takes over a stream with sealed: copy its messages into one without"
    }
  ],
  "total": 2,
  "next_cursor": ""
})";

inline constexpr std::string_view adopt_reply = R"({
  "pass": 63,
  "rooms": [
    {
      "room": "lobby",
      "stream": "ROOM_lobby",
      "outcome": "adopted",
      "reason": "adopted",
      "detail": "",
      "messages": 128,
      "changes": [
        "mark: none -> instance \"seoul\", room \"lobby\", owner \"file\", template \"default\""
      ],
      "waits": []
    }
  ],
  "total": 1,
  "next_cursor": ""
})";

inline constexpr std::string_view release_reply = R"({
  "released": 1,
  "refused": 0,
  "rooms": [
    {
      "room": "lobby",
      "stream": "ROOM_lobby",
      "outcome": "released",
      "code": "",
      "message": "nobody purges it at midnight any more; its limits stay, max_age 30d too",
      "messages": 128
    }
  ]
})";

}  // namespace roomkeeper::api::example

#endif  // ROOMKEEPER_API_BULK_EXAMPLES_H_
