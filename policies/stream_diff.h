// How a stream differs from what its room wants, and how much of that may be applied.
//
// Pure. The public face for others is in plan.h; this is what plan_rooms itself uses, with one
// RetentionJudge for all streams.
#ifndef ROOMKEEPER_POLICIES_STREAM_DIFF_H_
#define ROOMKEEPER_POLICIES_STREAM_DIFF_H_

#include <vector>

#include "policies/observed.h"
#include "policies/plan.h"
#include "policies/retention_judge.h"

namespace roomkeeper::policies {

/// Differences in the order of Field, each judged: lossy, impossible, or harmless. On a stream that
/// is sealed or a mirror every difference is impossible.
std::vector<FieldChange> diff_stream(const ObservedStream& observed, const StreamConfig& wanted,
                                     RetentionJudge& judge);

/// What `adopt: if_compatible` asks for: the stream serves the room as it is, and loses nothing.
bool is_compatible(const std::vector<FieldChange>& differences);

/// A wanted configuration, divided by what may be applied.
struct Split {
  StreamConfig target;               ///< what the stream shall be now
  std::vector<FieldChange> applied;  ///< from the observed stream to `target`
  std::vector<FieldChange> stays;    ///< impossible, or lossy without consent
  bool keeps_retention = false;      ///< `target` keeps the rule last applied, with its max_age
};

/// Divides `differences`, which diff_stream made of the same arguments (a caller may have judged
/// more of them impossible meanwhile).
Split split_changes(const ObservedStream& observed, const StreamConfig& wanted,
                    const std::vector<FieldChange>& differences, bool consent,
                    RetentionJudge& judge);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_STREAM_DIFF_H_
