// Worlds out of a seed, for property tests: few names, so that everything collides with everything.
#ifndef ROOMKEEPER_TESTS_POLICIES_RANDOM_WORLD_H_
#define ROOMKEEPER_TESTS_POLICIES_RANDOM_WORLD_H_

#include <cstdint>

#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {

/// The same world for the same seed, on every platform.
World random_world(std::uint64_t seed);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_POLICIES_RANDOM_WORLD_H_
