#include "cli/follow_job.h"

#include <algorithm>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/render_jobs.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t job_page_size = 1000;
constexpr auto first_pause = std::chrono::milliseconds(20);
constexpr auto longest_pause = std::chrono::milliseconds(250);

bool is_over(const api::JobView& job) {
  const auto state = api::parse_job_state(job.state);
  return !state || api::has_ended(*state);
}

}  // namespace

api::ApiResult<api::JobReply> fetch_job(Backend& backend, const std::string& id,
                                        std::uint64_t limit) {
  api::JobShowRequest request{
      .job = id, .limit = std::clamp<std::uint64_t>(limit, 1, job_page_size), .offset = 0};
  auto reply = call<api::JobReply>(backend, api::Verb::job_show, request);
  if (!reply) return reply;
  while (reply->rooms.size() < std::min(limit, reply->total)) {
    request.offset = reply->rooms.size();
    request.limit = std::min(job_page_size, limit - request.offset);
    const auto page = call<api::JobReply>(backend, api::Verb::job_show, request);
    if (!page) return page;
    if (page->rooms.empty()) break;
    reply->rooms.insert(reply->rooms.end(), page->rooms.begin(), page->rooms.end());
  }
  return reply;
}

api::ApiResult<api::JobReply> wait_for_job(const Invocation& invocation, const std::string& id,
                                           std::uint64_t limit) {
  Progress progress(invocation.output, invocation.backend.clock());
  std::chrono::milliseconds pause = first_pause;
  for (;;) {
    const auto now = call<api::JobReply>(invocation.backend, api::Verb::job_show,
                                         api::JobShowRequest{.job = id, .limit = 1});
    if (!now || is_over(now->job)) {
      progress.end();
      if (!now) return now;
      return fetch_job(invocation.backend, id, limit);
    }
    if (pause == longest_pause) progress.show(render_job_progress(now->job));
    if (!invocation.backend.pause(pause)) {
      progress.end();
      return tl::unexpected<api::ApiError>(
          api::ApiError{api::ApiCode::internal,
                        "stopped waiting; job " + id + " goes on",
                        {"roomctl job show " + id + " --wait waits again",
                         "roomctl job abort " + id + " ends it"}});
    }
    pause = std::min(pause * 2, longest_pause);
  }
}

void note_failures(Output& output, const api::JobReply& reply) {
  for (const api::JobFailure& failure : reply.failures) {
    output.note("failed: " + safe_text(failure.room) + ": " + safe_text(failure.reason) +
                (failure.detail.empty() ? "" : ": " + safe_text(failure.detail)) + "\n");
  }
  if (reply.job.rooms_failed > reply.failures.size()) {
    output.note("... and " + counted(reply.job.rooms_failed - reply.failures.size(), "more room") +
                " failed\n");
  }
}

int exit_code_of(const api::JobView& job) {
  const bool well = job.state != "failed" && job.state != "aborted" && job.rooms_failed == 0;
  return well ? exit_ok : exit_error;
}

}  // namespace roomkeeper::cli
