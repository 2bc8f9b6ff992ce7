// What a stream's flags allow us to do with it (design.md, "Names on the wire": what is never
// enabled).
#ifndef ROOMKEEPER_POLICIES_STREAM_TRAITS_H_
#define ROOMKEEPER_POLICIES_STREAM_TRAITS_H_

#include <string>

#include "policies/observed.h"

namespace roomkeeper::policies {

/// Nothing of such a stream may be touched: the server undoes it or refuses it.
bool is_frozen(const StreamTraits& traits);

/// A flag that no stream with users may have: with it one user could wipe or immortalise
/// everything, or nobody could purge. A stream of ours that has one is not ready.
bool has_dangerous(const StreamTraits& traits);

/// An unmarked stream that is never taken over: it has a dangerous flag, or holds more than users
/// publish to it.
bool is_unadoptable(const StreamTraits& traits);
/// Which of its properties make it so, by their JetStream names: `sealed, sources`.
std::string unadoptable_text(const StreamTraits& traits);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_STREAM_TRAITS_H_
