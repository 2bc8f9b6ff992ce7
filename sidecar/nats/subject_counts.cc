#include "sidecar/nats/subject_counts.h"

#include <memory>
#include <utility>

#include "sidecar/nats/subject_pages.h"

namespace roomkeeper::sidecar::nats {

void count_above_per_subject(JetStream& js, Priority priority, const std::string& stream,
                             std::uint64_t limit, Done<std::uint64_t> done) {
  const auto above = std::make_shared<std::uint64_t>(0);
  walk_subjects(
      js, priority, stream, ">",
      [above, limit](std::string_view /*subject*/, std::uint64_t stored) {
        if (stored > limit) *above += stored - limit;
      },
      [above, done = std::move(done)](const policies::Result<SubjectWalk>& walk) {
        if (!walk) return done(policies::pass(walk.error()));
        if (walk->complete) return done(*above);
        done(policies::fail(policies::ErrorCode::limit,
                            "the stream has too many subjects to be counted"));
      });
}

}  // namespace roomkeeper::sidecar::nats
