#include <algorithm>
#include <limits>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/follow_job.h"
#include "cli/output.h"
#include "cli/render_jobs.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t jobs_page_size = 100;
constexpr std::uint64_t most_number = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t job_rooms_shown = 20;

api::ApiResult<api::JobListReply> list_jobs(Backend& backend, std::uint64_t most) {
  api::JobListReply all;
  for (;;) {
    const api::JobListRequest request{.limit = std::min(jobs_page_size, most - all.jobs.size()),
                                      .offset = all.jobs.size()};
    auto page = call<api::JobListReply>(backend, api::Verb::job_ls, request);
    if (!page) return page;
    all.jobs.insert(all.jobs.end(), page->jobs.begin(), page->jobs.end());
    all.total = page->total;
    const bool more = !page->jobs.empty() && all.jobs.size() < page->total;
    if (!more || all.jobs.size() >= most) return all;
  }
}

}  // namespace

Outcome run_job_ls(const Invocation& invocation) {
  const auto limit = invocation.arguments.number("limit", 1, most_number);
  if (!limit) return tl::unexpected<api::ApiError>(limit.error());
  const auto list = list_jobs(invocation.backend, limit->value_or(most_number));
  if (!list) return tl::unexpected<api::ApiError>(list.error());
  Output& output = invocation.output;
  if (invocation.arguments.has("json")) {
    print_json(output, api::encode(*list));
  } else {
    output.print(render_job_list(*list, invocation.backend.clock().wall(), output.width()));
  }
  return exit_ok;
}

Outcome run_job_show(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto limit = arguments.number("limit", 1, most_number);
  if (!limit) return tl::unexpected<api::ApiError>(limit.error());
  const std::string& id = arguments.positionals[0];
  const std::uint64_t most = limit->value_or(job_rooms_shown);
  const auto reply = arguments.has("wait") ? wait_for_job(invocation, id, most)
                                           : fetch_job(invocation.backend, id, most);
  if (!reply) return tl::unexpected<api::ApiError>(reply.error());
  Output& output = invocation.output;
  if (arguments.has("json")) {
    print_json(output, api::encode(*reply));
  } else {
    output.print(render_job(*reply, invocation.backend.clock().wall(), output.width()));
    note_failures(output, *reply);
  }
  return exit_code_of(reply->job);
}

Outcome run_job_abort(const Invocation& invocation) {
  const auto job = call<api::JobView>(invocation.backend, api::Verb::job_abort,
                                      api::JobRequest{invocation.arguments.positionals[0]});
  if (!job) return tl::unexpected<api::ApiError>(job.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*job));
  } else {
    invocation.output.print("job " + safe_text(job->id) + ": " + safe_text(job->state) + "; " +
                            render_job_sum(*job) + "\n");
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
