// Purge jobs as text for people. Pure: `now` is an argument; texts of strangers are made safe.
// `width`: columns of the terminal, 0 for no limit. Thread: any.
#ifndef ROOMKEEPER_CLI_RENDER_JOBS_H_
#define ROOMKEEPER_CLI_RENDER_JOBS_H_

#include <string>

#include "api/jobs.h"
#include "policies/time.h"

namespace roomkeeper::cli {

/// `rooms general, lobby; of user bob; all but the newest 5`.
std::string describe_selection(const api::PurgeSelection& selection);
/// `[#####---------------] 500 of 2,000 rooms, 1,200 messages deleted, 2 rooms failed`.
std::string render_job_progress(const api::JobView& job);
/// `42 of 512 messages in 3 rooms would be deleted`: what it has come to.
std::string render_job_sum(const api::JobView& job);
/// The rooms in which something went, and a line for those that are not shown.
std::string render_job_rooms(const api::JobReply& reply, int width);
std::string render_job(const api::JobReply& reply, policies::WallTime now, int width);
std::string render_job_list(const api::JobListReply& list, policies::WallTime now, int width);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RENDER_JOBS_H_
