// The cut: the sequence up to which (exclusive) a stream's messages are older than a boundary, and
// the checks without which no purge is sent (design.md, "Retention"). Pure; every doubt ends in no
// purge. Thread: any.
#ifndef ROOMKEEPER_POLICIES_CUT_H_
#define ROOMKEEPER_POLICIES_CUT_H_

#include <cstdint>
#include <optional>

#include "policies/reason.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// What a listing says of a stream's messages.
struct StoredRange {
  std::uint64_t messages = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  WallTime first_ts{};  ///< of the first stored message; meaningless when messages == 0
  /// Of the last stored message; meaningless when messages == 0. nats-server still names the
  /// time of a last message that was deleted: never too early, so never a reason to purge too much.
  WallTime last_ts{};
  WallTime created{};  ///< the stream's own creation: a recreated stream has another
};

enum class CutKind : std::uint8_t {
  nothing,  ///< nothing is older than the boundary
  all,      ///< everything is: cut = last_seq + 1
  /// The stream straddles the boundary, or its numbers contradict each other: the cut must be asked
  /// for.
  look_up,
};

struct CutPlan {
  CutKind kind = CutKind::nothing;
  std::uint64_t cut = 0;  ///< set for `all` only
};

/// From a listing read after the deadline (server ts >= boundary).
CutPlan plan_cut(const StoredRange& stored, WallTime limit);

/// The evidence under which a purge up to `cut` (exclusive) may be sent.
struct CutEvidence {
  std::uint64_t cut = 0;
  StoredRange stored;             ///< as just read
  WallTime created_at_look_up{};  ///< `created` of the stream the cut was made for
  /// Time of the first stored message at or after the cut; empty when there is none.
  std::optional<WallTime> cut_ts;
  /// Time of the last message really stored, where it was asked for after `stored` was read
  /// (MSG.GET last_by_subj). Needed only when the newest messages were deleted one by one and
  /// `stored.last_ts` is still theirs: without it such a stream is left alone.
  std::optional<WallTime> last_stored_ts;
};

/// The checks before every purge (design.md): ok, unsafe_cut or stream_recreated. ok needs all of:
/// numbers that do not contradict each other; 2 <= cut <= last_seq + 1; the first stored message
/// older than `limit` and before the cut; the message at the cut not older; no message at the cut
/// only when cut == last_seq + 1; and when cut == last_seq + 1, proof that the last message is
/// older too.
Reason check_cut(const CutEvidence& evidence, WallTime limit);

/// How far the server's clock is from ours, and what that means.
enum class Skew : std::uint8_t { none, noticed /* > 5 s */, too_far /* > 60 s: no purge */ };
Skew judge_skew(WallTime ours, WallTime servers);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_CUT_H_
