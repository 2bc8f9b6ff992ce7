// Which messages of a room a purge means: up to which sequence, and how many they are.
//
// Thread: the loop's. Ownership: `js` must outlive what is under way.
#ifndef ROOMKEEPER_SIDECAR_MESSAGE_SELECTION_H_
#define ROOMKEEPER_SIDECAR_MESSAGE_SELECTION_H_

#include <cstdint>
#include <string>

#include "policies/observed.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar {

struct MessageSelection {
  std::string filter;            ///< a subject; empty: everybody's messages
  policies::WallTime limit{};    ///< server time, exclusive
  std::uint64_t before_seq = 0;  ///< exclusive; 0: no such bound
  std::uint64_t keep = 0;        ///< the newest so many of them stay; 0: none
};

/// The sequence below which the messages of `filter` are meant; 0: none is. What came in at or
/// after `limit` is never counted as kept, so that it never pushes out an older message.
/// Errors: as find_cut and count_messages; `keep` needs counting where there are gaps or a filter,
/// which a workqueue refuses.
void find_selection_end(nats::JetStream& js, nats::Priority priority,
                        const policies::ObservedStream& stream, const MessageSelection& selection,
                        nats::Done<std::uint64_t> done);

/// How many are meant; never too few of those that would go unless some go meanwhile.
void count_selection(nats::JetStream& js, nats::Priority priority,
                     const policies::ObservedStream& stream, const MessageSelection& selection,
                     nats::Done<std::uint64_t> done);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_MESSAGE_SELECTION_H_
