// Holds: whether a copy of a room has every message that would be deleted (design.md, "Retention").
//
// The copy is a mirror: a message has the same sequence and the same time in the room's stream and
// in its copy. So the proof is made of sequences: what the room still stores below a sequence must
// be stored in the copy, and the two must number the same messages. A room in a pool has no
// sequences of its own: there it is made of numbers of messages between two of them that both have.
// Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_HOLD_H_
#define ROOMKEEPER_POLICIES_HOLD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"

namespace roomkeeper::policies {

/// The mark of a copy in its metadata. Not the keys of rooms: nothing that plans rooms reads them.
namespace hold_key {
inline constexpr std::string_view room = "roomkeeper.hold";
inline constexpr std::string_view instance = "roomkeeper.hold.instance";
inline constexpr std::string_view by = "roomkeeper.hold.by";
inline constexpr std::string_view note = "roomkeeper.hold.note";
inline constexpr std::string_view at = "roomkeeper.hold.at";
}  // namespace hold_key

inline constexpr std::string_view hold_prefix = "HOLD_";
inline constexpr std::size_t hold_note_max = 512;  ///< bytes

/// `HOLD_<room>`
std::string hold_stream_name(std::string_view room);

struct HoldMark {
  std::string instance;
  std::string room;
  std::string by;    ///< who says to have asked; bytes of a stranger
  std::string note;  ///< bytes of a stranger
  WallTime at{};
  bool operator==(const HoldMark&) const = default;
};

/// What a stream stores, and which sequences between its first and its last it does not.
struct SequenceSet {
  std::uint64_t messages = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  WallTime first_time{};               ///< of the first stored message; none: the epoch
  WallTime last_time{};                ///< of the last one ever stored; none: the epoch
  std::uint64_t deleted_count = 0;     ///< holes between first_seq and last_seq
  std::vector<std::uint64_t> deleted;  ///< the holes, ascending
};

enum class Coverage : std::uint8_t {
  complete,  ///< the copy has everything that the room stores below the sequence
  behind,    ///< something is missing; it may come
  damaged,   ///< the copy numbers other messages: it will never have them
};

struct CoverVerdict {
  Coverage coverage = Coverage::behind;
  std::uint64_t missing = 0;  ///< messages of the room that the copy does not have
  std::string why;            ///< one clause, for people; empty when complete
};

/// Whether `copy` has what `origin` stores with sequences below `up_to`. `same_first`: the time of
/// the copy's message with the sequence origin.first_seq, nullopt when it stores none; `same_last`:
/// the time of the origin's message with the sequence copy.last_seq, nullopt when it stores none.
/// Both sets as the server showed them, the origin's not after the copy's.
CoverVerdict check_cover(const SequenceSet& origin, const SequenceSet& copy,
                         std::optional<WallTime> same_first, std::uint64_t up_to,
                         std::optional<WallTime> same_last = std::nullopt);

/// What a room stores in its pool. `last` was asked for first, then `first`, then `messages`.
struct RoomInPool {
  std::uint64_t messages = 0;   ///< from first_seq on; what came in since `last` may be among them
  std::uint64_t first_seq = 0;  ///< 0: the room stores nothing
  WallTime first_time{};
  std::uint64_t last_seq = 0;
  WallTime last_time{};
  std::uint64_t pool_first_seq = 0;  ///< of the pool, asked for after all of these
};

/// What the copy of such a room has of it, asked for after RoomInPool.
struct CopyOfRoom {
  std::uint64_t last_seq = 0;  ///< of the copy
  std::uint64_t messages = 0;  ///< with room.first_seq <= sequence <= room.last_seq
  /// Those of them that the pool has not any more: deleted one by one since. By the pool's deleted
  /// sequences, read after RoomInPool.
  std::uint64_t only_here = 0;
  bool knows_only_here = false;        ///< false: they were too many to be looked up
  std::optional<WallTime> same_first;  ///< time of its message room.first_seq; none: it has none
  std::optional<WallTime> same_last;   ///< the same of room.last_seq
};

/// Whether the copy of a pooled room has what the room stores below `up_to`. A copy that has not
/// reached the room's last message is behind, unless nothing of the room is below `up_to`.
CoverVerdict check_filtered_cover(const RoomInPool& room, const CopyOfRoom& copy,
                                  std::uint64_t up_to);

/// How a hold is doing, for people, metrics and doctor.
enum class HoldState : std::uint8_t {
  copying,   ///< not acknowledged yet: the copy is being made
  held,      ///< the copy has everything that the room has
  lagging,   ///< acknowledged, and the copy has fallen behind
  orphaned,  ///< the room's stream is gone: the copy is all there is
  broken,    ///< the copy's configuration was changed by somebody, or it is damaged
};
inline constexpr std::size_t hold_state_count = static_cast<std::size_t>(HoldState::broken) + 1;
std::string_view to_string(HoldState state);
std::optional<HoldState> parse_hold_state(std::string_view name);

/// What makes a copy a copy that nothing purges.
struct CopyTraits {
  std::string origin;     ///< stream that it mirrors; empty: it is no mirror (any more)
  std::string filter;     ///< subject that it mirrors of it; empty: all
  bool filtered = false;  ///< leaves out something else, or changes subjects
  bool deny_purge = false;
  bool deny_delete = false;
  bool limited = false;        ///< has a limit or a max_age that removes messages
  bool mirror_direct = false;  ///< answers direct gets for the room: purged messages could be read
  bool memory = false;
};

/// What is wrong with the copy's configuration; empty when nothing is. `filter`: the subject of the
/// room in its pool; empty: a room with a stream of its own.
std::string copy_defect(const CopyTraits& traits, std::string_view origin,
                        std::string_view filter = {});

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_HOLD_H_
