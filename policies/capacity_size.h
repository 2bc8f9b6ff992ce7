// Which resources are counted in bytes, so that texts and advice speak of sizes. Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_CAPACITY_SIZE_H_
#define ROOMKEEPER_POLICIES_CAPACITY_SIZE_H_

#include "policies/capacity.h"

namespace roomkeeper::policies {

constexpr bool of_bytes(CapacityResource resource) {
  return resource == CapacityResource::storage || resource == CapacityResource::memory;
}

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_CAPACITY_SIZE_H_
