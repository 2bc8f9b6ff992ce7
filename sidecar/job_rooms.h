// Which rooms a purge job means. Pure.
#ifndef ROOMKEEPER_SIDECAR_JOB_ROOMS_H_
#define ROOMKEEPER_SIDECAR_JOB_ROOMS_H_

#include <string>
#include <vector>

#include "api/jobs.h"
#include "policies/observed.h"
#include "policies/subjects.h"

namespace roomkeeper::sidecar {

/// True when the stream is marked as ours for the very room that its name says.
bool is_room_of_ours(const policies::ObservedStream& stream, const policies::Names& names,
                     const std::string& instance);

/// The named rooms beyond `cursor`, sorted, each once; without streams.
std::vector<std::string> named_rooms(const api::PurgeSelection& selection,
                                     const std::string& cursor);

/// The streams of the rooms beyond `cursor` that fit `match` and `template`, sorted by room.
/// Orphaned rooms are among them: they are ours, and hold people's messages.
std::vector<policies::ObservedStream> matching_rooms(policies::ObservedStreams listing,
                                                     const api::PurgeSelection& selection,
                                                     const policies::Names& names,
                                                     const std::string& instance,
                                                     const std::string& cursor);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_JOB_ROOMS_H_
