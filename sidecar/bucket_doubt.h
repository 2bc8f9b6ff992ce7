// Whether the state bucket may lack rooms that were made through the API. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_BUCKET_DOUBT_H_
#define ROOMKEEPER_SIDECAR_BUCKET_DOUBT_H_

#include <string>

#include "policies/observed.h"
#include "sidecar/runtime.h"
#include "sidecar/state_keeper.h"

namespace roomkeeper::sidecar {

/// A stream of a room of the API that is older than the bucket, and that no import accounts for;
/// empty: there is none.
std::string doubt_about_bucket(const Runtime& runtime, const StateKeeper& state,
                               const policies::ObservedStreams& streams);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_BUCKET_DOUBT_H_
