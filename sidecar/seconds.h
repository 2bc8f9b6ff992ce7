// Times as numbers of seconds, for metrics, the log and the API. Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_SECONDS_H_
#define ROOMKEEPER_SIDECAR_SECONDS_H_

#include <chrono>

#include "policies/time.h"

namespace roomkeeper::sidecar {

inline double seconds(policies::Nanoseconds value) {
  return std::chrono::duration<double>(value).count();
}

/// Since 1970, UTC.
inline double seconds(policies::WallTime time) {
  return seconds(time.time_since_epoch());
}

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_SECONDS_H_
