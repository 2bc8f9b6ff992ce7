// The configuration that the documentation begins with.
#ifndef ROOMKEEPER_TESTS_CONFIG_WHOLE_EXAMPLE_H_
#define ROOMKEEPER_TESTS_CONFIG_WHOLE_EXAMPLE_H_

#include <string_view>

namespace roomkeeper::testing {

inline constexpr std::string_view whole_example = R"yaml(instance: seoul
nats:
  url: nats://127.0.0.1:4222          # several allowed; also creds, nkey_seed_file, token_file, tls {ca, cert, key}, js_domain
  user: roomkeeper
  password_file: secrets/roomkeeper   # relative to this file; or ROOMKEEPER_NATS_PASSWORD
  system: { user: sys, password_file: secrets/sys }   # without it: no connection limits, and status says so
http: { listen: "127.0.0.1:7780" }
log: { level: info, format: text }     # or json
reconcile: { interval: 60s, in_flight: 16, on_removal: orphan, max_removals: 10, adopt: never, allow_lossy: false }
limits:
  connections_per_user: { max: 3, on_limit: evict_oldest }
  exempt_users: [APP/roomkeeper]
templates:
  default:
    storage: file
    replicas: 1
    retention: { until: midnight, days: 0, timezone: Asia/Seoul }
    stream: { max_messages: 100000, max_bytes: 64MiB, max_message_size: 64KiB, on_full: drop_old, duplicate_window: 2m }
  archive: { extends: default, retention: { max_age: 30d } }
rooms:
  - { id: general, title: 자유 대화방, tags: [공지, seoul] }
  - { id: support, template: archive }
  - { range: "game-{1..20}" }
room_files: [ "rooms.d/*.yaml" ]
)yaml";

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_CONFIG_WHOLE_EXAMPLE_H_
