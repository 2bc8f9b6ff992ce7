// The plan: what would have to change for the server to hold what is wanted. Pure.
//
// The daemon applies it, `roomctl plan` prints it, the tests read it: one function. Removal needs
// positive evidence (design.md, "Provisioning"); absence is never evidence. Thread: any.
#ifndef ROOMKEEPER_POLICIES_PLAN_H_
#define ROOMKEEPER_POLICIES_PLAN_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/observed.h"
#include "policies/pool.h"
#include "policies/reason.h"
#include "policies/room.h"
#include "policies/subjects.h"

namespace roomkeeper::policies {

enum class OnRemoval : std::uint8_t {
  orphan,
  remove,
  remove_if_empty
};  // YAML: orphan | delete | delete_if_empty
enum class Adopt : std::uint8_t { never, if_compatible, always };
std::string_view to_string(OnRemoval value);
std::string_view to_string(Adopt value);

/// A managed field, for drift and for plans. to_string gives its key in the configuration.
enum class Field : std::uint8_t {
  subjects,
  storage,
  replicas,
  max_age,
  max_messages,
  max_bytes,
  max_message_size,
  max_messages_per_subject,
  on_full,
  retention,
  max_consumers,
  duplicate_window,
  compression,
  placement,
  retention_rule,  ///< the rule recorded in the mark
  mark,            ///< instance, owner or template in the mark
  /// A dangerous flag that somebody switched on; `from` is its JetStream name. One that can be
  /// switched off is in the update: allow_rollup_hdrs and subject_delete_marker_ttl, which whoever
  /// applies it turns off.
  traits,
};
inline constexpr std::size_t field_count = static_cast<std::size_t>(Field::traits) + 1;
std::string_view to_string(Field field);

struct FieldChange {
  Field field{};
  std::string from;
  std::string to;
  bool lossy = false;       ///< brings a stored message's end forward
  bool impossible = false;  ///< the server cannot change it
};

enum class ChangeKind : std::uint8_t { create, update, adopt, remove };
std::string_view to_string(ChangeKind kind);

/// What a change is about.
enum class ChangeTarget : std::uint8_t {
  room_stream,  ///< the stream of a dedicated room
  pool_stream,  ///< the stream of a pool; `room` is the pool's name, which has the same shape
  pooled_room,  ///< one room of a pool: removing it purges its subjects
};

/// One change. `wanted` is what the stream shall be; for remove it is empty.
struct Change {
  ChangeKind kind{};
  RoomId room;
  std::string stream;
  Reason reason{};
  std::vector<FieldChange> fields{};
  std::optional<StreamConfig> wanted{};
  std::uint64_t first_seq = 0;  ///< create only: highest sequence ever known + 1; 0: none known
  std::uint64_t messages = 0;   ///< stored now; for remove: what would go
  /// `created` of the stream this was planned for; an update or removal of another one is refused.
  WallTime created{};
  /// True when the mark's retention stays the one last applied, because the new one waits for
  /// consent.
  bool keeps_retention = false;
  ChangeTarget target = ChangeTarget::room_stream;
};

/// A room that the roster of its pool has to take in or to let go: no change of any stream.
struct RosterChange {
  RoomId room;
  std::shared_ptr<const std::string> pool;  ///< null: it goes
  RoomOwner owner{};
  bool only_owner = false;  ///< it lives there already, and somebody else defines it now
};

enum class RoomState : std::uint8_t {
  ready,            ///< the server was seen to hold what was asked
  pending,          ///< a change is planned or on its way
  pending_consent,  ///< a lossy change waits for `apply --allow-lossy`; everything else is applied
  blocked,          ///< cannot be done: immutable field, foreign stream, overlap ...
  failed,           ///< the server refused or did not answer; tried again
  orphaned,         ///< ours, no longer wanted, kept
  removing,         ///< no longer wanted, being removed or waiting for the guard
  unknown,          ///< not observed yet
};
inline constexpr std::size_t room_state_count = static_cast<std::size_t>(RoomState::unknown) + 1;
std::string_view to_string(RoomState state);
std::optional<RoomState> parse_room_state(std::string_view name);

/// The verdict on one room: state, reason, and text where the reason alone does not say enough.
struct RoomVerdict {
  RoomId room;
  RoomState state{};
  Reason reason{};
  std::string detail{};
  std::vector<FieldChange>
      fields{};  ///< differences that stay: lossy ones without consent, impossible ones
  /// A room of a pool that is so because its pool is: said once, of the pool.
  bool as_pool = false;
};

/// True where something waits for a person: held back, and said in every plan.
bool is_held(const RoomVerdict& verdict);

struct Plan {
  std::vector<Change>
      changes;  ///< in the order to apply: updates, creates, removals; by room id within
  std::vector<RoomVerdict>
      verdicts;  ///< one a room (wanted or ours), sorted by id, as it is before the changes
  std::vector<RoomVerdict> pools;    ///< one a pool (wanted or ours), sorted; `room` is its name
  std::vector<RosterChange> roster;  ///< sorted by room
  bool empty() const { return changes.empty() && roster.empty(); }
};

/// Which rooms may take lossy changes now.
struct Consent {
  bool all = false;
  std::vector<RoomId> rooms;  ///< sorted
  std::vector<RoomId> pools;  ///< sorted names of pools
  /// Sorted: unmarked streams of these rooms are taken over whatever `reconcile.adopt` says.
  std::vector<RoomId> adopt{};
  bool covers(const RoomId& room) const;
  bool covers_pool(const RoomId& pool) const;
  bool covers_adoption(const RoomId& room) const;
};

struct PlanLimits {
  std::string instance;  ///< our name; a stream marked by another is refused
  OnRemoval on_removal = OnRemoval::orphan;
  Adopt adopt = Adopt::never;
  bool allow_lossy = false;  ///< the configuration's standing consent
  Consent consent;           ///< given with `apply --allow-lossy`
  int max_removals = 10;     ///< in a sliding hour
  int removals_in_last_hour = 0;
};

// Two choices that design.md leaves open:
// - Only the mark remembers what was applied last, and of the settings it holds the retention, the
// template and
//   the owner. An update is `settings_changed` when one of these differs, else `drift`.
// - A midnight rule makes everything beyond its backstop overdue. Bringing a max_age that somebody
// lengthened
//   back to the backstop of the midnight rule in force is therefore not lossy; for any other rule
//   it is.

/// What is remembered of a stream that was seen before: makes `room_lost` and first_seq possible.
struct SeenStream {
  std::uint64_t highest_seq = 0;
};
using SeenStreams = std::map<std::string, SeenStream, std::less<>>;

/// min(max_removals, 5 % of the rooms but at least 1), less what was removed in the last hour;
/// never below 0.
int removals_allowed(const PlanLimits& limits, std::size_t rooms);

/// The stream a room wants.
StreamConfig wanted_stream(const RoomSpec& room, const Names& names, std::string_view instance);

/// Differences field by field, `from` the observed to the wanted configuration.
std::vector<FieldChange> diff_stream(const ObservedStream& observed, const StreamConfig& wanted,
                                     const ZoneLookup& zones);

/// The same with fewer surprises at apply time: what of `wanted` may be applied to `observed`
/// without consent. Returns `wanted` with every lossy or impossible field put back to what is
/// there.
StreamConfig without_lossy(const ObservedStream& observed, const StreamConfig& wanted,
                           const ZoneLookup& zones);

Plan plan_rooms(const DesiredRooms& desired, const ObservedStreams& observed,
                const SeenStreams& seen, const PlanLimits& limits, const Names& names,
                const ZoneLookup& zones, const PoolsSeen& pools = {});

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_PLAN_H_
