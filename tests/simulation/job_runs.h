// Purge jobs of a simulated daemon: asked for, waited for, and looked up in the state bucket.
// Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_JOB_RUNS_H_
#define ROOMKEEPER_TESTS_SIMULATION_JOB_RUNS_H_

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {

/// Asks for a job; its id. A refusal fails the test.
std::string ask_for_job(DaemonWorld& world, std::string_view request);
/// The reply of job.show.
nlohmann::json job_of(DaemonWorld& world, const std::string& id);
/// Lets time pass until the job has ended; the reply of job.show then. Fails the test when that
/// takes more than `longest`.
nlohmann::json end_of_job(DaemonWorld& world, const std::string& id,
                          policies::Nanoseconds longest = std::chrono::minutes(2));
/// Both: asks and waits.
nlohmann::json run_job(DaemonWorld& world, std::string_view request);
/// The job's record as the bucket has it; "" when there is none.
std::string record_of(const DaemonWorld& world, const std::string& id);
/// How many keys `job.*` the bucket has.
std::size_t records(const DaemonWorld& world);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_JOB_RUNS_H_
