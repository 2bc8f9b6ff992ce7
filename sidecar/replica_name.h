// What a replica is called. Thread: any.
#ifndef ROOMKEEPER_SIDECAR_REPLICA_NAME_H_
#define ROOMKEEPER_SIDECAR_REPLICA_NAME_H_

#include <string>

#include "config/config.h"

namespace roomkeeper::sidecar {

/// `replica.name`, or the host's name as one token of a subject.
std::string replica_name(const config::Config& config);
/// Of one run of a replica, unlike that of any other.
std::string process_name();

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_REPLICA_NAME_H_
