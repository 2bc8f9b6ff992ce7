#include "sidecar/nats/room_count.h"

#include <memory>
#include <optional>
#include <utility>

#include "sidecar/nats/subject_pages.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::Result;

void ask_newest(JetStream& js, Priority priority, const std::string& stream,
                const std::string& subject, const RoomCount& count, Done<RoomCount> done) {
  js.last_of_subject(priority, stream, subject,
                     [newest = count, done = std::move(done)](
                         const Result<std::optional<StoredMessage>>& message) mutable {
                       if (!message) return done(policies::pass(message.error()));
                       if (*message) {
                         newest.last_seq = (*message)->seq;
                         newest.last_ts = (*message)->time;
                       }
                       done(newest);
                     });
}

}  // namespace

void count_room(JetStream& js, Priority priority, const std::string& stream,
                const std::string& subject, Done<RoomCount> done) {
  const auto sum = std::make_shared<std::uint64_t>(0);
  walk_subjects(
      js, priority, stream, subject,
      [sum](std::string_view /*subject*/, std::uint64_t messages) { *sum += messages; },
      [&js, priority, stream, subject, sum,
       done = std::move(done)](const Result<SubjectWalk>& walk) {
        if (!walk) return done(policies::pass(walk.error()));
        if (!walk->complete) {
          return done(policies::fail(policies::ErrorCode::limit,
                                     "the room has too many senders to be counted"));
        }
        const RoomCount count{.messages = *sum, .created = walk->created};
        if (count.messages == 0) return done(count);
        ask_newest(js, priority, stream, subject, count, done);
      });
}

}  // namespace roomkeeper::sidecar::nats
