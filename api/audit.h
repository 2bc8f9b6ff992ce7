// Entries of the audit stream: what changed something, who asked, why, and what it was before.
//
// Stream `ROOMKEEPER_AUDIT`, subjects `roomkeeper.audit.<kind>` (policies/audit_names.h), one JSON
// object a message (docs/operations.md, "Audit"). Written by the daemon, read by `roomctl audit`.
// Texts may hold bytes of strangers. Thread: any.
#ifndef ROOMKEEPER_API_AUDIT_H_
#define ROOMKEEPER_API_AUDIT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "policies/reason.h"
#include "policies/time.h"

namespace roomkeeper::api {

/// Last token of the subject: stable names.
enum class AuditKind : std::uint8_t {
  daemon_started,   ///< this process begins to act
  config_reloaded,  ///< a configuration came into force, or was refused
  room_defined,     ///< room.create, room.update
  room_undefined,   ///< room.rm: its removal was recorded
  stream_created,
  stream_updated,
  stream_adopted,
  stream_removed,
  stream_released,  ///< our mark was taken off; the stream stays
  room_pooled,      ///< a pool has taken the room in
  room_unpooled,    ///< it has left its pool
  room_moved,       ///< its messages were copied to another place, which is its own from now on
  change_failed,    ///< the server refused a creation, an update or a removal
  consent,          ///< apply --allow-lossy
  purge,            ///< messages were deleted: midnight, made up, job
  job,              ///< a purge job was asked for, ended, was aborted
  hold,
  unhold,
  kick,
  ban,             ///< a user was banned for a time
  unban,           ///< a ban has ended: by a request, or its time is over
  leader,          ///< a replica began to lead
  state_imported,  ///< `roomctl state import`
};
inline constexpr std::size_t audit_kind_count =
    static_cast<std::size_t>(AuditKind::state_imported) + 1;
std::string_view to_string(AuditKind kind);
std::optional<AuditKind> parse_audit_kind(std::string_view name);

/// Who caused it.
enum class Origin : std::uint8_t {
  schedule,   ///< Roomkeeper itself: a deadline, a pass
  file,       ///< the configuration's files
  admin_api,  ///< a request
  limit,      ///< a connection limit
};
std::string_view to_string(Origin origin);
std::optional<Origin> parse_origin(std::string_view name);

struct Actor {
  Origin origin = Origin::schedule;
  /// The header `Roomkeeper-Actor` of the request: what the requester says of itself. NATS proves
  /// no more than that it may publish to the admin subjects.
  std::string claimed;
};
inline constexpr std::string_view actor_header = "Roomkeeper-Actor";
inline constexpr std::size_t actor_max = 128;  ///< bytes

struct AuditChange {
  std::string field;
  std::string from;
  std::string to;
};
/// One room of an entry about many.
struct AuditRoom {
  std::string room;            ///< an id, or `pool:<name>`: all rooms of that pool
  std::uint64_t messages = 0;  ///< deleted
  std::uint64_t before = 0;    ///< stored before
  std::uint64_t up_to = 0;     ///< sequence, exclusive; 0: not known
};
inline constexpr std::size_t audit_rooms_max = 200;  ///< in one entry; more become several entries

struct AuditRecord {
  policies::WallTime at{};  ///< the server's time as the daemon knows it
  AuditKind kind{};
  policies::Reason reason{};
  Actor actor;
  std::string room;  ///< empty when it is about many or none
  std::string stream;
  std::string user;  ///< whose messages or connection
  std::string job;   ///< id of the purge job
  std::string text;  ///< one sentence, where the rest does not say it
  std::vector<AuditChange> changes;
  std::vector<AuditRoom> rooms;
  std::optional<std::uint64_t> messages;     ///< deleted, or copied
  std::optional<std::uint64_t> connections;  ///< ended
  bool ok = true;                            ///< false: it was tried and failed
  /// Repeats told as one: this happened so often from `first` to `at`. `messages` and `connections`
  /// are sums then. 1 for a single one.
  std::uint64_t times = 1;
  std::optional<policies::WallTime> first;
};

/// `roomkeeper.audit.purge`.
std::string audit_subject(AuditKind kind);

/// How much of an entry is written; longer texts are cut and end in "...", of longer lists the
/// last place says how many more there were.
inline constexpr std::size_t audit_text_max = 1024;  ///< bytes of `text`
inline constexpr std::size_t audit_name_max = 256;   ///< of every name and of AuditChange::field
inline constexpr std::size_t audit_value_max = 512;  ///< of AuditChange::from and to
inline constexpr std::size_t audit_changes_max = 64;
inline constexpr std::size_t audit_record_max = 1U << 20U;  ///< longer ones are not read

/// One line of JSON. Empty texts and lists, `times` of 1 and absent numbers are left out.
std::string encode_audit(const AuditRecord& record);
/// Errors: bad_request, with what is wrong: it is no entry of the audit, or one of a newer
/// Roomkeeper with a kind, reason or origin that is not known here. Unknown fields are ignored.
ApiResult<AuditRecord> decode_audit(std::string_view json);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_AUDIT_H_
