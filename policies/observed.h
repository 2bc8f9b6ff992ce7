// What was seen on the server: streams, read from STREAM.LIST into the fields that Roomkeeper
// manages.
//
// Values of strangers: names and metadata are bytes, bounded by the server (name 255, metadata 128
// KiB).
#ifndef ROOMKEEPER_POLICIES_OBSERVED_H_
#define ROOMKEEPER_POLICIES_OBSERVED_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/retention.h"
#include "policies/room.h"

namespace roomkeeper::policies {

/// What a pool's mark has in place of a room: no room can be called so.
inline constexpr std::string_view all_rooms_mark = "*";

/// The ownership mark in a stream's metadata. Keys: `roomkeeper.instance`, `.room`, `.owner`,
/// `.template`,
/// `.retention`.
struct Mark {
  std::string instance;
  std::string room;
  std::string owner;  ///< "file" or "api"
  std::string template_name;
  std::string retention;  ///< to_text of the rule last applied
  bool is_pool() const { return room == all_rooms_mark; }
  bool operator==(const Mark&) const = default;
};

namespace mark_key {
inline constexpr std::string_view instance = "roomkeeper.instance";
inline constexpr std::string_view room = "roomkeeper.room";
inline constexpr std::string_view owner = "roomkeeper.owner";
inline constexpr std::string_view template_name = "roomkeeper.template";
inline constexpr std::string_view retention = "roomkeeper.retention";
}  // namespace mark_key

/// The fields of a stream's configuration that Roomkeeper manages (nats-server 2.10 StreamConfig).
struct StreamConfig {
  std::vector<std::string> subjects;
  StreamSettings settings;
  Nanoseconds max_age{};  ///< 0: unlimited
  std::optional<Mark> mark;
  bool operator==(const StreamConfig&) const = default;
};

/// Properties that Roomkeeper never sets, and that decide whether a stream may be touched.
struct StreamTraits {
  bool sealed = false;
  bool mirror = false;
  bool sources = false;
  bool allow_rollup = false;
  bool allow_msg_ttl = false;
  bool allow_msg_schedules = false;
  bool delete_markers = false;  ///< subject_delete_marker_ttl > 0
  bool deny_purge = false;
  bool deny_delete = false;
  bool no_ack = false;
  bool subject_transform = false;
  bool republish = false;
  bool operator==(const StreamTraits&) const = default;
};

struct ObservedStream {
  std::string name;
  StreamConfig config;
  StreamTraits traits;
  std::string mirror_of{};  ///< the stream that it mirrors; empty: none
  StoredRange stored;
  std::uint64_t bytes = 0;
  std::uint32_t consumers = 0;
  bool has_leader = true;  ///< clustered streams only; a lone server's always has one
};

/// One listing. `streams` is sorted by name.
struct ObservedStreams {
  std::vector<ObservedStream> streams;
  /// False when the listing named `missing` streams, a page failed, or it changed while being
  /// paged.
  bool complete = false;
  WallTime
      server_time{};  ///< `ts` of the listing's first page: what is stored was true at or after it
  const ObservedStream* find(std::string_view name) const;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_OBSERVED_H_
