// Waits for a purge job and prints what came of it. Thread: the program's only one.
#ifndef ROOMKEEPER_CLI_FOLLOW_JOB_H_
#define ROOMKEEPER_CLI_FOLLOW_JOB_H_

#include <cstdint>
#include <string>

#include "api/jobs.h"
#include "cli/command.h"

namespace roomkeeper::cli {

/// A job with its first `limit` rooms, put together from pages.
api::ApiResult<api::JobReply> fetch_job(Backend& backend, const std::string& id,
                                        std::uint64_t limit);
/// Shows progress until the job has ended; an error when the waiting was stopped, and then says how
/// to go on.
api::ApiResult<api::JobReply> wait_for_job(const Invocation& invocation, const std::string& id,
                                           std::uint64_t limit);
/// The failures, on standard error.
void note_failures(Output& output, const api::JobReply& reply);
/// 0 when all went well.
int exit_code_of(const api::JobView& job);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_FOLLOW_JOB_H_
