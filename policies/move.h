// Moving a room: the states of a move, and the ledger that keeps retention exact for copies.
//
// A copied message gets a new server time. The ledger remembers, for groups of copies, how new the
// newest original of each was, so that each group goes when its originals had to. Pure; thread:
// any.
#ifndef ROOMKEEPER_POLICIES_MOVE_H_
#define ROOMKEEPER_POLICIES_MOVE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policies/retention.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// Where a move is. Names are stable.
enum class MoveState : std::uint8_t {
  asked,      ///< recorded; waits for its turn, and for its new home
  copying,    ///< messages are being copied; clients use the old home
  switching,  ///< the roster is being written: the new home takes over
  tail,       ///< clients use the new home; what still comes to the old one is copied
  removing,   ///< the copy was verified; the old home goes
  left,       ///< moved without a copy; the old home stays until it is empty
  keeping,    ///< moved; the ledger still has something that will have to go
  aborting,   ///< what was copied is being taken away
  failed,     ///< stopped; nothing was removed
  done,
  aborted,
};
inline constexpr std::size_t move_state_count = static_cast<std::size_t>(MoveState::aborted) + 1;
std::string_view to_string(MoveState state);
std::optional<MoveState> parse_move_state(std::string_view name);
/// True for done and aborted: nothing of it is left to do.
bool has_ended(MoveState state);
/// True before the new home has taken over.
bool is_before_switch(MoveState state);

/// Copies up to a sequence of the new home, and the newest original among them.
struct LedgerEntry {
  std::uint64_t up_to = 0;  ///< inclusive
  WallTime newest{};        ///< server time of the original
  bool operator==(const LedgerEntry&) const = default;
};

inline constexpr std::size_t ledger_entries_max = 400;
inline constexpr std::size_t ledger_singles_max = 400;
inline constexpr int ledger_slices = 256;  ///< of a rule `for:`

/// Sorted by sequence, and by time: an entry's newest original is never older than that of the one
/// before it.
class MoveLedger {
 public:
  /// A copy that lies behind all others, with nobody else's messages between them. Originals of
  /// one group of the rule have one entry: for UntilMidnight those that go at the same instant, for
  /// KeepFor those of one 256th of the age, else those of one UTC day. Of more than
  /// ledger_entries_max the two that are closest in time become one.
  void note(const RetentionRule& rule, std::uint64_t seq, WallTime original);
  /// A copy among newer messages of others, stored at `copied`: it has to go alone, where that is
  /// earlier than the rule takes it by itself. True: it was noted. Of more than ledger_singles_max
  /// the rest goes by its own time.
  bool note_single(const RetentionRule& rule, std::uint64_t seq, WallTime original,
                   WallTime copied);

  /// The highest sequence (inclusive) up to which everything has to be gone at `now`; 0: nothing.
  std::uint64_t due_up_to(const RetentionRule& rule, WallTime now) const;
  /// The first single copy that has to be gone at `now`.
  std::optional<std::uint64_t> due_single(const RetentionRule& rule, WallTime now) const;
  /// When something is due next, a group or a single copy; nullopt: never by this rule.
  std::optional<WallTime> next_due(const RetentionRule& rule) const;

  /// Nothing up to `seq` (inclusive) is stored any more.
  void drop_up_to(std::uint64_t seq);
  void drop_single(std::uint64_t seq);
  bool empty() const { return entries_.empty() && singles_.empty(); }

  const std::vector<LedgerEntry>& entries() const { return entries_; }
  const std::vector<LedgerEntry>& singles() const { return singles_; }
  /// As they were read; those that contradict the order are taken as late as that allows.
  static MoveLedger of(std::vector<LedgerEntry> entries, std::vector<LedgerEntry> singles);

 private:
  void shrink();

  std::vector<LedgerEntry> entries_;
  std::vector<LedgerEntry> singles_;  ///< each of one message, sorted by sequence
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_MOVE_H_
