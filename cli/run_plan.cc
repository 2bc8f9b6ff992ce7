#include <algorithm>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t page_size = 500;
constexpr std::size_t held_rooms_shown = 20;
constexpr auto poll_interval = std::chrono::milliseconds(250);

api::ApiResult<api::PlanReply> whole_plan(Backend& backend, bool allow_lossy,
                                          const std::vector<std::string>& rooms) {
  api::PlanRequest request{
      .allow_lossy = allow_lossy, .rooms = rooms, .limit = page_size, .offset = 0};
  auto plan = call<api::PlanReply>(backend, api::Verb::plan, request);
  while (plan && plan->entries.size() < plan->total) {
    request.offset = plan->entries.size();
    const auto page = call<api::PlanReply>(backend, api::Verb::plan, request);
    if (!page) return page;
    if (page->entries.empty()) break;  // it became shorter meanwhile
    plan->entries.insert(plan->entries.end(), page->entries.begin(), page->entries.end());
    plan->would_go += page->would_go;
    plan->held_would_go += page->held_would_go;
    plan->not_counted += page->not_counted;
  }
  return plan;
}

std::uint64_t changes(const api::PlanReply& plan) {
  return plan.creates + plan.updates + plan.adopts + plan.removes + plan.held;
}

/// What was held back because messages would go. Nothing is said when the plan cannot be had: the
/// pass itself is done.
void show_held(const Invocation& invocation) {
  const auto plan = whole_plan(invocation.backend, false, invocation.arguments.positionals);
  if (plan) invocation.output.note(render_held_losses(*plan, held_rooms_shown));
}

Outcome print_pass(const Invocation& invocation, const api::PassReply& pass) {
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(pass));
    return pass.failed > 0 ? exit_error : exit_ok;
  }
  invocation.output.print(render_progress(pass) + (pass.done ? ".\n" : ", still running.\n"));
  for (const std::string& failure : pass.failures)
    invocation.output.note("failed: " + safe_text(failure) + "\n");
  if (pass.failed > pass.failures.size()) {
    invocation.output.note("... and " + format_count(pass.failed - pass.failures.size()) +
                           " more failed\n");
  }
  if (pass.held > 0) {
    invocation.output.note(format_count(pass.held) + " held back; see roomctl plan\n");
    if (pass.done) show_held(invocation);
  }
  return pass.failed > 0 ? exit_error : exit_ok;
}

Outcome wait_for(const Invocation& invocation, api::PassReply pass) {
  Progress progress(invocation.output, invocation.backend.clock());
  while (!pass.done) {
    progress.show(render_progress(pass));
    if (!invocation.backend.pause(poll_interval)) {
      progress.end();
      invocation.output.note("Stopped waiting. Roomkeeper goes on with pass " +
                             std::to_string(pass.pass) + "; see roomctl status.\n");
      return exit_error;
    }
    const auto next =
        call<api::PassReply>(invocation.backend, api::Verb::pass, api::PassRequest{pass.pass});
    if (!next) {
      progress.end();
      return tl::unexpected<api::ApiError>(next.error());
    }
    pass = *next;
  }
  progress.end();
  return print_pass(invocation, pass);
}

/// Shows what would be lost, and asks. An error when the user has not agreed.
api::ApiResult<void> agree_to_loss(const Invocation& invocation) {
  const auto plan = whole_plan(invocation.backend, true, invocation.arguments.positionals);
  if (!plan) return tl::unexpected<api::ApiError>(plan.error());
  invocation.output.note(render_plan(*plan));
  if (confirmed(invocation.output, "Messages may be deleted for good.")) return {};
  return usage_error("--allow-lossy may delete messages. Nothing was done: give --yes to do it");
}

}  // namespace

Outcome run_plan(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto plan =
      whole_plan(invocation.backend, arguments.has("allow-lossy"), arguments.positionals);
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
  const bool lossy = arguments.has("allow-lossy");
  if (lossy && !arguments.has("yes")) {
    if (auto agreed = agree_to_loss(invocation); !agreed)
      return tl::unexpected<api::ApiError>(agreed.error());
  }
  const api::ApplyRequest request{.allow_lossy = lossy, .rooms = arguments.positionals};
  const auto pass = call<api::PassReply>(invocation.backend, api::Verb::apply, request);
  if (!pass) return tl::unexpected<api::ApiError>(pass.error());
  if (arguments.has("no-wait")) return print_pass(invocation, *pass);
  return wait_for(invocation, *pass);
}

}  // namespace roomkeeper::cli
