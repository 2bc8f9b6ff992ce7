// A room and its settings.
//
// RoomSettings are the effective settings of a room: a template with the room's overrides merged
// in. Rooms that share them share one object (10,000 rooms must fit in 40 MB). Thread: any;
// immutable once shared.
#ifndef ROOMKEEPER_POLICIES_ROOM_H_
#define ROOMKEEPER_POLICIES_ROOM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/connection_limit.h"
#include "policies/ids.h"
#include "policies/retention.h"
#include "policies/time.h"

namespace roomkeeper::policies {

enum class Layout : std::uint8_t {
  dedicated,  ///< one stream a room
  pooled,     ///< all rooms of a template in one stream, the pool; it is named after the template
};
enum class Storage : std::uint8_t { file, memory };
enum class OnFull : std::uint8_t { drop_old, reject_new };
enum class StreamRetention : std::uint8_t { limits, interest, workqueue };
enum class Compression : std::uint8_t { none, s2 };
enum class RoomOwner : std::uint8_t { file, api };

std::string_view to_string(Layout value);
std::string_view to_string(Storage value);
std::string_view to_string(OnFull value);
std::string_view to_string(StreamRetention value);
std::string_view to_string(Compression value);
std::string_view to_string(RoomOwner value);

struct Placement {
  std::string cluster;
  std::vector<std::string> tags;
  bool operator==(const Placement&) const = default;
};

/// What stands under `stream:`, plus storage and replicas. -1 is unlimited, as in JetStream.
struct StreamSettings {
  Storage storage = Storage::file;
  int replicas = 1;  ///< 1..5
  std::int64_t max_messages = -1;
  std::int64_t max_bytes = -1;
  std::int64_t max_messages_per_subject = -1;
  std::int32_t max_message_size = -1;
  std::int32_t max_consumers = -1;  ///< nats-server 2.10 cannot change it later
  OnFull on_full = OnFull::drop_old;
  StreamRetention retention = StreamRetention::limits;
  Nanoseconds duplicate_window = std::chrono::minutes(2);
  Compression compression = Compression::none;
  Placement placement;
  bool operator==(const StreamSettings&) const = default;
};

struct RoomSettings {
  std::string template_name = "default";
  Layout layout = Layout::dedicated;
  RetentionRule retention = KeepForever{};
  StreamSettings stream;
  ConnectionLimit connections;  ///< `room_connections`; no part of the stream, also of pooled rooms
  /// Where each value came from: key path ("stream.max_bytes") -> "built-in", "template archive",
  /// "room, rooms.yaml:12:5". For `room explain`.
  std::map<std::string, std::string> origins;
};

/// Where a room is written down, for messages.
struct SourcePlace {
  std::shared_ptr<const std::string> file;  ///< null for API rooms
  int line = 0;                             ///< 1-based; 0: unknown
};

struct RoomSpec {
  RoomId id;
  RoomOwner owner = RoomOwner::file;
  std::string title;
  std::string topic;
  std::vector<std::string> tags;
  std::shared_ptr<const RoomSettings> settings;  ///< never null
  SourcePlace place;
};

/// The rooms that somebody wants, sorted by id, and how far that list can be trusted.
struct DesiredRooms {
  std::vector<RoomSpec> rooms;
  /// False when a file could not be read, a glob that matched before matches nothing, or the state
  /// bucket is missing or too young: then nothing is removed.
  bool complete = true;
  std::vector<std::string> doubts;  ///< why it is not complete, for status
  /// Rooms that both a file and the API define; the file's stands in `rooms`.
  std::vector<RoomId> conflicts;
  /// API rooms whose removal was asked for and recorded.
  std::vector<RoomId> removed_by_api;

  const RoomSpec* find(const RoomId& id) const;  ///< REQUIRES: sorted
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_ROOM_H_
