// Moving rooms: what `room.move` and `room.moves` say, and the record that the state bucket keeps
// of a move (docs/operations.md, "Moving a room").
//
// Plain values; texts may hold bytes of strangers. Times are server times, RFC 3339 UTC on the
// wire. Thread: any.
#ifndef ROOMKEEPER_API_MOVES_H_
#define ROOMKEEPER_API_MOVES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"

namespace roomkeeper::api {

inline constexpr std::uint64_t move_grace_default = 600;    ///< seconds
inline constexpr std::uint64_t move_grace_max = 24 * 3600;  ///< seconds

struct MoveRequest {
  std::string room;
  std::string template_name;  ///< JSON: "template"; where it is to live; not needed with `abort`
  bool copy = false;          ///< the stored messages are copied; else they stay where they are
  /// For how long after the switch what still comes to the old home is copied.
  std::uint64_t grace_seconds = move_grace_default;
  bool dry_run = true;
  bool abort = false;  ///< ends a move that has not switched yet
};

/// One of the two homes.
struct MoveHome {
  std::string stream;
  std::string layout;             ///< dedicated or pooled
  std::string template_name;      ///< JSON: "template"
  std::string retention;          ///< for people
  std::string publish_subject;    ///< `chat.general.{user}`
  std::string subscribe_subject;  ///< `chat.general.*`
};

struct MoveView {
  std::string room;
  bool dry_run = false;
  bool copy = false;
  /// MoveState's name; `none` where no move is needed: the template is changed in place.
  std::string state;
  std::string reason;  ///< why it has failed or ended, else empty
  std::string detail;  ///< what it waits for, or the server's words
  MoveHome from;
  MoveHome to;
  std::uint64_t messages = 0;  ///< in the old home when it was asked for
  std::uint64_t bytes = 0;     ///< the same; of a pool by its mean
  std::uint64_t copied = 0;
  std::uint64_t skipped = 0;  ///< not copied: the new home's rule would have taken them already
  std::uint64_t expired = 0;  ///< copied, and gone since by the new home's rule
  std::uint64_t grace_seconds = 0;
  std::uint64_t resumed = 0;  ///< how often it went on after a restart or a lost connection
  std::string who;            ///< what the requester said of itself
  std::optional<policies::WallTime> asked;
  std::optional<policies::WallTime> switched;
  std::optional<policies::WallTime> ended;
  std::uint64_t ledger = 0;  ///< groups of copies that have a time of their own to go
  std::optional<policies::WallTime> next_due;
  std::vector<std::string> notes;  ///< what clients see, and what else to know; for people
};

struct MoveListRequest {
  std::string room;           ///< only of this one; empty: all
  std::uint64_t limit = 100;  ///< 1..500
  std::uint64_t offset = 0;
};
/// The newest first; those that have ended since the daemon started among them.
struct MoveListReply {
  std::vector<MoveView> moves;
  std::uint64_t total = 0;
};

/// A group of copies, or one copy.
struct MoveGroup {
  std::uint64_t up_to = 0;
  policies::WallTime newest{};
};

/// What the state bucket keeps under `move.<room>`. Read strictly.
struct MoveRecord {
  MoveView move;
  std::string failed_in;    ///< state in which it failed; empty: it has not
  std::string room_before;  ///< definition of a room of the API before the move; empty: a file's
  policies::WallTime from_created{};  ///< of the old home's stream
  policies::WallTime to_created{};    ///< of the new home's stream; the epoch: not seen yet
  bool made_home = false;             ///< the new home's stream was made by this move
  std::uint64_t attempt = 1;          ///< how often copying was begun anew
  std::uint64_t cursor = 0;           ///< origin sequence up to which everything was dealt with
  std::uint64_t last_origin = 0;      ///< origin sequence of the last copy
  std::uint64_t last_copy = 0;        ///< its sequence in the new home
  std::uint64_t scan_from = 0;        ///< every copy that is not counted has a higher sequence
  bool purging = false;               ///< a purge of the ledger was sent; `expired` may be too low
  std::vector<MoveGroup> groups;
  std::vector<MoveGroup> singles;
  // Of a move before this one, whose ledger is of the old home of this one.
  std::string kept_stream;
  std::string kept_filter;
  std::uint64_t kept_last = 0;  ///< the last copy of that move
  std::vector<MoveGroup> kept_groups;
  std::vector<MoveGroup> kept_singles;
};

std::string encode(const MoveRequest& value);
std::string encode(const MoveView& value);
std::string encode(const MoveListRequest& value);
std::string encode(const MoveListReply& value);
std::string encode(const MoveRecord& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_MOVES_H_
