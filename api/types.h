// What the admin API says: requests and replies of `roomkeeper.admin.<verb>` (docs/api.md).
//
// Plain values; the JSON codec is api/codec.h. Texts may hold bytes of strangers. Times are RFC
// 3339 UTC on the wire.
#ifndef ROOMKEEPER_API_TYPES_H_
#define ROOMKEEPER_API_TYPES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/capacity.h"
#include "api/limits.h"
#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::api {

// ---- errors
// -----------------------------------------------------------------------------------------------------

/// Stable codes on the wire; the HTTP-like number goes into `Nats-Service-Error-Code`.
enum class ApiCode : std::uint8_t {
  bad_request,           // 400: malformed JSON, unknown field, wrong type or range
  unknown_verb,          // 404
  room_not_found,        // 404
  connection_not_found,  // 404
  job_not_found,         // 404
  pass_not_found,        // 404
  ban_not_found,         // 404
  room_exists,           // 409
  owned_by_file,         // 409: the room is defined in a file and cannot be changed through the API
  conflict,              // 409: changed meanwhile; read again
  not_ready,             // 503: no complete look at the server yet
  busy,                  // 503: a limit of Roomkeeper was reached; retry
  not_connected,         // 503
  no_system_account,     // 501: needs `nats.system`
  timeout,               // 504
  refused,               // 422: the server refused; the text says why
  unsafe,                // 422: a safety check forbids it
  not_leader,            // 503: this replica only watches; the leader is to be asked
  internal,              // 500
};
inline constexpr std::size_t api_code_count = static_cast<std::size_t>(ApiCode::internal) + 1;
std::string_view to_string(ApiCode code);
int number(ApiCode code);
std::string_view explain(ApiCode code);
std::optional<ApiCode> parse_api_code(std::string_view name);

/// Reply on failure: {"error":{"code":"room_not_found","message":"...","details":["..."]}}.
struct ApiError {
  ApiCode code = ApiCode::internal;
  std::string message;
  std::vector<std::string> details;
};
template <class T>
using ApiResult = tl::expected<T, ApiError>;

/// What `status` and `doctor` are asked with: `{}` or nothing.
struct NoRequest {};

// ---- status, doctor
// ---------------------------------------------------------------------------------------------

struct ZoneStatus {
  std::string timezone;
  policies::WallTime next_deadline{};
  std::optional<policies::WallTime> last_closed;  ///< the last deadline that was closed
  double closed_late_seconds = 0;                 ///< how long after it
  std::uint64_t rooms = 0;
  std::uint64_t overdue_rooms = 0;
};

/// Answer to leader.stepdown: the lease is given up right after it.
struct StepDownReply {
  std::string replica;              ///< who has led
  std::vector<std::string> others;  ///< who may take over; empty: it will lead again in a moment
};

/// One Roomkeeper of this instance, as it said of itself last.
struct ReplicaStatus {
  std::string name;
  bool leader = false;
  std::string note;  ///< why it does not lead; empty for the leader
  std::string version;
  std::string configuration;  ///< a short hash of it
  policies::WallTime started{};
  double heard_seconds_ago = 0;  ///< 0: the one that answers
};

struct StatusReply {
  std::string version;
  std::string instance;
  policies::WallTime started{};
  bool connected = false;
  std::string nats_state;  ///< BusState's name
  std::string nats_error;  ///< empty when connected
  std::string server_name;
  std::string server_version;
  int api_level = 0;
  bool leader = true;
  std::string replica;                  ///< name of the one that answers
  std::string leader_note;              ///< why it does not lead; empty when it does
  std::vector<ReplicaStatus> replicas;  ///< all that were heard of lately, by name
  bool ready = false;                   ///< as /readyz
  std::string system_state;             ///< "connected", "not configured", "connecting", ...
  /// A connection limit is set and kept; false without a system account.
  bool limits_enforced = false;
  std::string limits_note;  ///< why not
  std::string config_file;
  policies::WallTime config_loaded{};
  std::string config_error;  ///< the last reload's first problem; empty when it was good
  bool desired_complete = true;
  std::vector<std::string> doubts;
  struct Count {
    std::string state;
    std::uint64_t rooms = 0;
  };
  std::vector<Count> rooms;  ///< by state, only those with rooms
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t pending_changes = 0;
  std::uint64_t removals_blocked = 0;
  std::uint64_t queue_waiting = 0;
  std::uint64_t passes = 0;  ///< finished reconcile passes
  std::optional<policies::WallTime> last_pass;
  double clock_skew_seconds = 0;
  double overdue_seconds = 0;  ///< oldest overdue message
  std::vector<ZoneStatus> zones;
  std::optional<int> connections_per_user_max;
  std::uint64_t identities_over_limit = 0;
  /// One of each kind that limits anybody: how the one that is nearest to its maximum stands.
  std::vector<LimitView> limits;
  std::uint64_t bans = 0;                ///< users who are banned now
  std::uint64_t wildcard_listeners = 0;  ///< connections that hear several rooms
  std::vector<std::string> not_counted;  ///< "12 connections without an identity", ...
};

enum class Severity : std::uint8_t { ok, info, warning, error };
std::string_view to_string(Severity severity);
std::optional<Severity> parse_severity(std::string_view name);

struct Finding {
  std::string check;  ///< stable name: "nats.version", "clock.skew", ...
  Severity severity{};
  std::string text;
  std::string hint;  ///< what to do; empty for ok
};
struct DoctorReply {
  std::vector<Finding> findings;
};

// ---- rooms
// ------------------------------------------------------------------------------------------------------

struct RoomView {
  std::string id;
  std::string title;
  std::string topic;
  std::vector<std::string> tags;
  std::string template_name;  ///< JSON: "template"
  std::string layout;
  std::string owner;  ///< "file", "api"; "" for an orphaned stream
  std::string stream;
  std::string state;
  std::string reason;
  std::string detail;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t consumers = 0;
  std::optional<policies::WallTime> first_message;
  std::optional<policies::WallTime> last_message;
  std::string retention;  ///< for people, as applied
  std::optional<policies::WallTime> next_deadline;
  std::string publish_subject;               ///< chat.general.{user}
  std::string subscribe_subject;             ///< chat.general.*
  std::optional<std::uint64_t> connections;  ///< that name it in a subscription; absent: not known
  std::optional<int> connections_max;        ///< absent: unlimited
};

struct RoomListRequest {
  std::string match;  ///< glob on id, or substring of title, without case; empty: all
  std::string tag;
  std::string template_name;
  std::string state;
  /// id (also when empty), title, messages, bytes, last_message or state; `-` before it reverses.
  /// Rooms without a title or without a message come last either way.
  std::string sort;
  std::uint64_t limit = 500;  ///< 1..1000
  std::string cursor;         ///< next_cursor of the page before, which had the same sort
};
struct RoomListReply {
  std::vector<RoomView> rooms;
  std::uint64_t total = 0;  ///< that match
  std::string next_cursor;  ///< empty: the end
};

struct RoomRequest {
  std::string room;
};

struct ExplainedValue {
  std::string key;
  std::string value;
  std::string origin;
  std::string on_server;  ///< the server's value where it differs; empty when it does not
};
struct ExplainReply {
  RoomView room;
  std::string source;    ///< "rooms.yaml:12"; "" for API rooms
  std::string sentence;  ///< what is the matter and what to do
  std::vector<ExplainedValue> values;
};

/// create and update: the room in the shape of an entry of `rooms:`, as JSON text; kept as given.
struct RoomWriteRequest {
  std::string room_json;
};

// ---- plan, apply
// ------------------------------------------------------------------------------------------------

struct PlanField {
  std::string field;
  std::string from;
  std::string to;
  bool lossy = false;
  bool impossible = false;
};
struct PlanEntry {
  std::string kind;  ///< create, update, adopt, remove; held: waits or cannot be done
  std::string room;  ///< empty: it is about the pool itself
  std::string pool;  ///< empty: a room with a stream of its own
  std::string stream;
  std::string state;  ///< of held entries
  std::string reason;
  std::string detail;
  std::vector<PlanField> fields;
  std::uint64_t messages = 0;  ///< stored now
  std::optional<std::uint64_t>
      would_go;             ///< messages that a lossy change or removal would delete, where known
  std::string would_go_is;  ///< "exact", "estimate" (from the mean size), "at_most"; "" where there
                            ///< is no number
  std::string loss_note;    ///< what the number does not say, or why there is none
};
struct PlanRequest {
  bool allow_lossy = false;  ///< what `apply --allow-lossy` would do
  std::vector<std::string> rooms;
  std::vector<std::string> pools;
  std::uint64_t limit = 500;  ///< 1..1000 entries a page
  std::uint64_t offset = 0;
};
struct PlanReply {
  bool complete = false;
  std::vector<std::string> doubts;
  std::uint64_t creates = 0, updates = 0, adopts = 0, removes = 0, held = 0;
  // Of the entries of this page.
  std::uint64_t would_go = 0;       ///< messages that its changes would delete
  std::uint64_t held_would_go = 0;  ///< messages that would go too if what is held back were done
  std::uint64_t not_counted = 0;    ///< lossy entries without a number
  std::vector<PlanEntry> entries;
  std::uint64_t total = 0;
  CapacityView capacity{};  ///< of the whole plan
};
struct ApplyRequest {
  bool allow_lossy = false;
  std::vector<std::string> rooms;  ///< this and pools empty: all
  std::vector<std::string> pools;  ///< by their names, those of their templates
};
/// apply answers at once with the pass it asked for; `pass` is then polled for progress.
struct PassRequest {
  std::uint64_t pass = 0;
};
struct PassReply {
  std::uint64_t pass = 0;
  bool done = false;
  std::uint64_t total = 0, applied = 0, failed = 0, held = 0;
  std::vector<std::string> failures;  ///< at most 100
};

// ---- retention
// --------------------------------------------------------------------------------------------------

struct DeadlineRequest {
  std::string room;
  policies::WallTime at{};
};
struct DeadlineReply {
  std::string retention;
  std::string timezone;                       ///< empty when the rule has none
  std::optional<policies::WallTime> gone_at;  ///< nullopt: never
};

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_TYPES_H_
