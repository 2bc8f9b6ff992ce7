// Runs random histories of many seeds and reports the first that went wrong.
#ifndef ROOMKEEPER_TESTS_SIMULATION_HISTORY_RUN_H_
#define ROOMKEEPER_TESTS_SIMULATION_HISTORY_RUN_H_

#include <cstdint>

namespace roomkeeper::testing {

/// Fails the running test at the first seed whose history is wrong, with its story and how to run
/// just that one. With ROOMKEEPER_SEED in the environment only that seed runs, and tells its story.
void run_histories(std::uint64_t first, std::uint64_t last);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_HISTORY_RUN_H_
