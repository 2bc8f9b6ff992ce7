// How many messages a stream stores of each subject: STREAM.INFO with `subjects_filter`, page by
// page (nats-server gives 100,000 subjects a page).
//
// Read by SAX: a page is some megabytes. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_SUBJECT_PAGES_H_
#define ROOMKEEPER_SIDECAR_NATS_SUBJECT_PAGES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "policies/time.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

/// The most pages that are read.
inline constexpr int subject_pages_max = 10;

/// What the first page says of the stream, and whether all subjects were read.
struct SubjectWalk {
  std::uint64_t subjects = 0;  ///< read
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  policies::WallTime created{};
  policies::WallTime server_time{};
  bool complete = false;  ///< false: there are more than are read, or they changed meanwhile
};

using OnSubject = std::function<void(std::string_view subject, std::uint64_t messages)>;

/// Tells of each subject that `filter` matches, in no order. Errors: those of STREAM.INFO.
void walk_subjects(JetStream& js, Priority priority, const std::string& stream,
                   const std::string& filter, OnSubject on_subject, Done<SubjectWalk> done);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SUBJECT_PAGES_H_
