// When most simulations begin: a Sunday, 19:00 in Seoul.
#ifndef ROOMKEEPER_TESTS_SIMULATION_START_TIME_H_
#define ROOMKEEPER_TESTS_SIMULATION_START_TIME_H_

#include <string_view>

namespace roomkeeper::testing {

inline constexpr std::string_view start = "2026-11-22T10:00:00Z";

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_START_TIME_H_
