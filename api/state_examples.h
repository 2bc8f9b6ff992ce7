// Examples of the verbs about the state as a whole, as docs/api.md shows them; a test holds each to
// what the program really writes. Constant; thread: any.
#ifndef ROOMKEEPER_API_STATE_EXAMPLES_H_
#define ROOMKEEPER_API_STATE_EXAMPLES_H_

#include <string_view>

namespace roomkeeper::api::example {

inline constexpr std::string_view state_export_reply = R"({
  "lines": [
    "{\"roomkeeper_state\":1,\"instance\":\"main\",\"version\":\"0.1.0\",\"exported_at\":\"2026-11-22T10:00:00Z\",\"sequence\":41,\"known\":[{\"from\":\"2026-11-01T08:00:00Z\",\"to\":\"2026-11-22T09:59:50Z\"}]}",
    "{\"kind\":\"room\",\"id\":\"lobby\",\"room\":{\"id\":\"lobby\",\"title\":\"로비\"}}",
    "{\"kind\":\"end\",\"end\":{\"records\":1,\"sequence_before\":41,\"sequence\":41}}"
  ],
  "next": ""
})";

inline constexpr std::string_view state_import_request = R"({
  "header": "{\"roomkeeper_state\":1,\"instance\":\"main\",\"version\":\"0.1.0\",\"exported_at\":\"2026-11-22T10:00:00Z\",\"sequence\":41,\"known\":[{\"from\":\"2026-11-01T08:00:00Z\",\"to\":\"2026-11-22T09:59:50Z\"}]}",
  "lines": [
    "{\"kind\":\"room\",\"id\":\"lobby\",\"room\":{\"id\":\"lobby\",\"title\":\"로비\"}}",
    "{\"kind\":\"end\",\"end\":{\"records\":1,\"sequence_before\":41,\"sequence\":41}}"
  ],
  "first_line": 2, "before": 0, "refused": 0, "last": true, "dry_run": false, "replace": false,
  "removals": false, "partial": false, "instance_from": ""
})";

inline constexpr std::string_view state_import_reply = R"({
  "created": 1,
  "updated": 0,
  "unchanged": 0,
  "exists": 0,
  "skipped": 0,
  "refused": 0,
  "complete": true,
  "lines": [
    {"line": 2, "kind": "room", "name": "lobby", "outcome": "created", "code": "", "reason": ""}
  ]
})";

}  // namespace roomkeeper::api::example

#endif  // ROOMKEEPER_API_STATE_EXAMPLES_H_
