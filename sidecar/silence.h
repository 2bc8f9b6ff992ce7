// Whether a request failed because nobody answered: then it may have been done all the same.
// Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_SILENCE_H_
#define ROOMKEEPER_SIDECAR_SILENCE_H_

#include "policies/result.h"

namespace roomkeeper::sidecar {

inline bool is_silent(const policies::Error& error) {
  return error.code == policies::ErrorCode::timeout ||
         error.code == policies::ErrorCode::unavailable;
}

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_SILENCE_H_
