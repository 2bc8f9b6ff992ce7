// Commands of the group `leader`.
#include <chrono>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/render_replicas.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

using namespace std::chrono_literals;

constexpr policies::Nanoseconds poll = 250ms;
constexpr policies::Nanoseconds wait_longest = 30s;

/// Who leads once the former leader does not; empty: nobody within the time, or it was interrupted.
std::string wait_for_leader(Backend& backend, const std::string& former, bool has_others) {
  const policies::MonoTime end = backend.clock().mono() + wait_longest;
  while (backend.clock().mono() < end && backend.pause(poll)) {
    const auto status = call<api::StatusReply>(backend, api::Verb::status, api::NoRequest{});
    const std::string leader = status ? leader_of(*status) : std::string();
    if (!leader.empty() && (leader != former || !has_others)) return leader;
  }
  return {};
}

}  // namespace

Outcome run_leader_show(const Invocation& invocation) {
  const auto status =
      call<api::StatusReply>(invocation.backend, api::Verb::status, api::NoRequest{});
  if (!status) return tl::unexpected<api::ApiError>(status.error());
  Output& output = invocation.output;
  if (invocation.arguments.has("json")) {
    print_json(output, api::encode(*status));
    return exit_ok;
  }
  const std::string leader = leader_of(*status);
  output.print(leader.empty() ? std::string("Nobody leads: no change is made, nothing is purged.\n")
                              : safe_text(leader) + " leads.\n");
  output.print(render_replicas(*status, invocation.backend.clock().wall(), output.width()));
  return leader.empty() ? exit_error : exit_ok;
}

Outcome run_leader_step_down(const Invocation& invocation) {
  const auto done =
      call<api::StepDownReply>(invocation.backend, api::Verb::leader_stepdown, api::NoRequest{});
  if (!done) return tl::unexpected<api::ApiError>(done.error());
  Output& output = invocation.output;
  if (done->others.empty())
    output.note("there is no other replica: " + safe_text(done->replica) + " will lead again\n");
  const std::string leader =
      wait_for_leader(invocation.backend, done->replica, !done->others.empty());
  if (leader.empty()) {
    return tl::unexpected<api::ApiError>(
        api::ApiError{api::ApiCode::timeout,
                      "nobody has begun to lead yet",
                      {"`roomctl leader show` tells why the others do not"}});
  }
  if (invocation.arguments.has("json")) {
    print_json(output, api::encode(*done));
  } else {
    output.print(safe_text(done->replica) + " has stepped down, " + safe_text(leader) +
                 " leads.\n");
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
