#include "cli/apply_file.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/capacity_notice.h"
#include "cli/follow_pass.h"
#include "cli/output.h"
#include "cli/render.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {
namespace {

std::uint64_t changes(const api::PlanReply& plan) {
  return plan.creates + plan.updates + plan.adopts + plan.removes + plan.held;
}

/// Shows what would be lost, and asks. An error when the user has not agreed.
api::ApiResult<void> agree_to_loss(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto plan =
      whole_plan(invocation.backend, true, arguments.positionals, arguments.values("pool"));
  if (!plan) return tl::unexpected<api::ApiError>(plan.error());
  invocation.output.note(render_plan(*plan));
  if (confirmed(invocation.output, "Messages may be deleted for good.")) return {};
  return usage_error("--allow-lossy may delete messages. Nothing was done: give --yes to do it");
}

}  // namespace

Outcome run_plan(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto plan = whole_plan(invocation.backend, arguments.has("allow-lossy"),
                               arguments.positionals, arguments.values("pool"));
  if (!plan) return tl::unexpected<api::ApiError>(plan.error());
  if (arguments.has("json")) {
    print_json(invocation.output, api::encode(*plan));
  } else {
    invocation.output.print(render_plan(*plan));
  }
  return changes(*plan) > 0 ? exit_changes : exit_ok;
}

Outcome run_apply(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.has("file")) return apply_file(invocation);
  if (arguments.has("dry-run"))
    return usage_error("--dry-run is for --file; what a pass would do is shown by roomctl plan");
  const bool lossy = arguments.has("allow-lossy");
  if (lossy && !arguments.has("yes")) {
    if (auto agreed = agree_to_loss(invocation); !agreed)
      return tl::unexpected<api::ApiError>(agreed.error());
  }
  bool is_cramped = note_capacity(invocation) > 0;
  api::ApplyRequest request;
  request.allow_lossy = lossy;
  request.rooms = arguments.positionals;
  request.pools = arguments.values("pool");
  auto pass = call<api::PassReply>(invocation.backend, api::Verb::apply, request);
  if (pass && !arguments.has("no-wait")) pass = wait_for_pass(invocation, *std::move(pass));
  if (!pass) return tl::unexpected<api::ApiError>(pass.error());
  if (is_cramped && pass->done) is_cramped = held_for_capacity(invocation) > 0;
  const int fallback = is_cramped ? exit_error : exit_ok;
  if (!arguments.has("json")) {
    const int code = show_pass(invocation, *pass, arguments.positionals);
    return code == exit_ok ? fallback : code;
  }
  print_json(invocation.output, api::encode(*pass));
  return pass->failed > 0 ? exit_error : fallback;
}

}  // namespace roomkeeper::cli
