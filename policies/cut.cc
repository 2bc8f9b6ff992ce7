#include "policies/cut.h"

#include <algorithm>
#include <limits>

#include "policies/saturate.h"

namespace roomkeeper::policies {
namespace {

constexpr Nanoseconds noticed_skew = std::chrono::seconds(5);
constexpr Nanoseconds refused_skew = std::chrono::seconds(60);

// False for numbers no server means: an answer cut short, or a sequence that +1 would turn into 0,
// which deletes everything.
bool is_plausible(const StoredRange& stored) {
  return stored.messages > 0 && stored.first_seq >= 1 && stored.first_seq <= stored.last_seq &&
         stored.last_seq < std::numeric_limits<std::uint64_t>::max() &&
         stored.messages - 1 <= stored.last_seq - stored.first_seq;
}

// Everything up to last_seq would go, so the last message has to be older as well.
bool last_is_older(const CutEvidence& evidence, WallTime limit) {
  return evidence.last_stored_ts.value_or(evidence.stored.last_ts) < limit;
}

}  // namespace

CutPlan plan_cut(const StoredRange& stored, WallTime limit) {
  if (stored.messages == 0 || stored.first_ts >= limit) return {CutKind::nothing, 0};
  if (!is_plausible(stored) || stored.last_ts >= limit) return {CutKind::look_up, 0};
  return {CutKind::all, stored.last_seq + 1};
}

Reason check_cut(const CutEvidence& evidence, WallTime limit) {
  const StoredRange& stored = evidence.stored;
  if (stored.created != evidence.created_at_look_up) return Reason::stream_recreated;
  if (!is_plausible(stored)) return Reason::unsafe_cut;
  if (evidence.cut < 2 || evidence.cut > stored.last_seq + 1) return Reason::unsafe_cut;
  if (evidence.cut <= stored.first_seq || stored.first_ts >= limit) return Reason::unsafe_cut;
  if (evidence.cut_ts && *evidence.cut_ts < limit) return Reason::unsafe_cut;
  const bool takes_all = evidence.cut == stored.last_seq + 1;
  if (takes_all) return last_is_older(evidence, limit) ? Reason::ok : Reason::unsafe_cut;
  return evidence.cut_ts ? Reason::ok : Reason::unsafe_cut;
}

Skew judge_skew(WallTime ours, WallTime servers) {
  const Nanoseconds apart = saturated_distance(std::min(ours, servers), std::max(ours, servers));
  if (apart > refused_skew) return Skew::too_far;
  return apart > noticed_skew ? Skew::noticed : Skew::none;
}

}  // namespace roomkeeper::policies
