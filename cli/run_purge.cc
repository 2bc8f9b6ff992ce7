#include <algorithm>
#include <array>
#include <limits>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/follow_job.h"
#include "cli/output.h"
#include "cli/render_jobs.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "cli/shell_text.h"
#include "policies/rfc3339.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t purged_rooms_shown = 20;

/// `--before`: digits are a sequence, anything else a time.
api::ApiResult<void> take_before(const Arguments& arguments, api::PurgeSelection& selection) {
  const std::string text = arguments.value("before");
  if (!arguments.has("before")) return {};
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    const auto seq = arguments.number("before", 1, most);
    if (!seq) return tl::unexpected<api::ApiError>(seq.error());
    if (selection.rooms.size() != 1)
      return usage_error("--before SEQ: a sequence means something in exactly one --room");
    selection.before_seq = *seq;
    return {};
  }
  const auto time = policies::parse_rfc3339(text);
  if (!time) return usage_error("--before: expected a sequence or " + time.error().text.substr(9));
  selection.before_time = *time;
  return {};
}

api::ApiResult<void> take_rooms(const Arguments& arguments, api::PurgeSelection& selection) {
  selection.rooms = arguments.values("room");
  selection.match = arguments.value("match");
  selection.template_name = arguments.value("template");
  const bool by_pattern = !selection.match.empty() || !selection.template_name.empty();
  if (selection.rooms.empty() && !by_pattern)
    return usage_error("say which rooms: --room, --match or --template");
  if (!selection.rooms.empty() && by_pattern)
    return usage_error("give either --room, or --match and --template");
  return {};
}

api::ApiResult<void> check_consent(const Arguments& arguments, bool narrowed) {
  if (narrowed && arguments.has("all"))
    return usage_error("--all is every message: give nothing beside it");
  if (!narrowed && !arguments.has("all") && arguments.has("yes"))
    return usage_error("say what: --user, --before, --keep, or --all");
  if (arguments.has("yes") && arguments.has("dry-run"))
    return usage_error("give either --dry-run or --yes");
  return {};
}

api::ApiResult<api::PurgeRequest> make_request(const Arguments& arguments) {
  api::PurgeRequest request;
  api::PurgeSelection& selection = request.selection;
  if (auto taken = take_rooms(arguments, selection); !taken)
    return tl::unexpected<api::ApiError>(taken.error());
  selection.user = arguments.value("user");
  if (arguments.has("user") && selection.user.empty())
    return usage_error("--user: expected a user");
  if (auto before = take_before(arguments, selection); !before)
    return tl::unexpected<api::ApiError>(before.error());
  const auto keep = arguments.number("keep", 1, most);
  if (!keep) return tl::unexpected<api::ApiError>(keep.error());
  selection.keep = *keep;
  if (selection.keep && arguments.has("before"))
    return usage_error("give either --before or --keep");
  const auto rate = arguments.number("rate", 1, api::purge_rate_max);
  if (!rate) return tl::unexpected<api::ApiError>(rate.error());
  request.rate = rate->value_or(0);
  const bool narrowed = !selection.user.empty() || arguments.has("before") || selection.keep;
  if (auto consent = check_consent(arguments, narrowed); !consent)
    return tl::unexpected<api::ApiError>(consent.error());
  request.dry_run = !arguments.has("yes");
  request.all = !request.dry_run && arguments.has("all");
  return request;
}

/// The command line that does what this one has only counted.
std::string real_command(const Arguments& arguments, bool narrowed) {
  std::string line = roomctl_again(arguments) + " purge";
  constexpr std::array<std::string_view, 7> taken{"room",   "match", "template", "user",
                                                  "before", "keep",  "rate"};
  for (const std::string_view name : taken) {
    for (const std::string& value : arguments.values(name))
      line += " --" + std::string(name) + " " + shell_word(value);
  }
  return line + (narrowed ? "" : " --all") + " --yes";
}

Outcome print_outcome(const Invocation& invocation, const api::JobReply& reply) {
  Output& output = invocation.output;
  const api::JobView& job = reply.job;
  if (invocation.arguments.has("json")) {
    print_json(output, api::encode(reply));
    return exit_code_of(job);
  }
  output.print(render_job_rooms(reply, output.width()) + render_job_sum(job) + "\n");
  note_failures(output, reply);
  if (job.state == "failed" || job.state == "aborted") {
    output.note("job " + safe_text(job.id) + " " + safe_text(job.state) +
                (job.detail.empty() ? "" : ": " + safe_text(job.detail)) + "\n");
  }
  if (job.dry_run && !invocation.arguments.has("dry-run")) {
    const api::PurgeSelection& chosen = job.selection;
    const bool narrowed =
        !chosen.user.empty() || chosen.before_time || chosen.before_seq || chosen.keep;
    output.note("Nothing was deleted. This does it:\n  " +
                safe_text(real_command(invocation.arguments, narrowed)) + "\n");
  }
  return exit_code_of(job);
}

}  // namespace

Outcome run_purge(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto request = make_request(arguments);
  if (!request) return tl::unexpected<api::ApiError>(request.error());
  const auto limit = arguments.number("limit", 1, most);
  if (!limit) return tl::unexpected<api::ApiError>(limit.error());
  const auto job = call<api::JobView>(invocation.backend, api::Verb::purge, *request);
  if (!job) return tl::unexpected<api::ApiError>(job.error());
  if (arguments.has("no-wait")) {
    if (arguments.has("json")) {
      print_json(invocation.output, api::encode(*job));
    } else {
      invocation.output.print("job " + safe_text(job->id) + " was asked for; roomctl job show " +
                              safe_text(job->id) + " tells how far it is\n");
    }
    return exit_ok;
  }
  const auto reply = wait_for_job(invocation, job->id, limit->value_or(purged_rooms_shown));
  if (!reply) return tl::unexpected<api::ApiError>(reply.error());
  return print_outcome(invocation, *reply);
}

}  // namespace roomkeeper::cli
