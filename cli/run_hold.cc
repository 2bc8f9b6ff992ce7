#include <algorithm>
#include <chrono>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/render_holds.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "cli/shell_text.h"

namespace roomkeeper::cli {
namespace {

constexpr auto first_copy_pause = std::chrono::milliseconds(20);
constexpr auto longest_copy_pause = std::chrono::milliseconds(250);

void print_hold(const Invocation& invocation, const api::HoldView& hold) {
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(hold));
  } else {
    invocation.output.print(render_hold(hold));
  }
}

/// The same question again says how far the copy is.
api::ApiResult<api::HoldView> wait_for_copy(const Invocation& invocation,
                                            const api::HoldRequest& request) {
  Progress progress(invocation.output, invocation.backend.clock());
  std::chrono::milliseconds pause = first_copy_pause;
  for (;;) {
    auto hold = call<api::HoldView>(invocation.backend, api::Verb::room_hold, request);
    if (!hold || hold->acknowledged || hold->state == "broken") {
      progress.end();
      return hold;
    }
    if (pause == longest_copy_pause) progress.show(render_hold_progress(*hold));
    if (!invocation.backend.pause(pause)) {
      progress.end();
      return tl::unexpected<api::ApiError>(
          api::ApiError{api::ApiCode::internal,
                        "stopped waiting; the copy goes on, and nothing of the room is deleted "
                        "until it is complete",
                        {"roomctl room holds tells how far it is"}});
    }
    pause = std::min(pause * 2, longest_copy_pause);
  }
}

}  // namespace

Outcome run_room_hold(const Invocation& invocation) {
  const api::HoldRequest request{.room = invocation.arguments.positionals[0],
                                 .note = invocation.arguments.value("note")};
  const auto hold = invocation.arguments.has("no-wait")
                        ? call<api::HoldView>(invocation.backend, api::Verb::room_hold, request)
                        : wait_for_copy(invocation, request);
  if (!hold) return tl::unexpected<api::ApiError>(hold.error());
  print_hold(invocation, *hold);
  return hold->state == "broken" ? exit_error : exit_ok;
}

Outcome run_room_unhold(const Invocation& invocation) {
  const api::UnholdRequest request{.room = invocation.arguments.positionals[0],
                                   .dry_run = !invocation.arguments.has("yes")};
  const auto reply = call<api::UnholdReply>(invocation.backend, api::Verb::room_unhold, request);
  if (!reply) return tl::unexpected<api::ApiError>(reply.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*reply));
    return exit_ok;
  }
  invocation.output.print(render_unhold(*reply));
  if (!reply->removed) {
    invocation.output.note("Nothing was done. This does it:\n  " +
                           safe_text(roomctl_again(invocation.arguments) + " room unhold " +
                                     shell_word(reply->hold.room)) +
                           " --yes\n");
  }
  return exit_ok;
}

Outcome run_room_holds(const Invocation& invocation) {
  const auto list =
      call<api::HoldListReply>(invocation.backend, api::Verb::room_holds, api::HoldListRequest{});
  if (!list) return tl::unexpected<api::ApiError>(list.error());
  Output& output = invocation.output;
  if (invocation.arguments.has("json")) {
    print_json(output, api::encode(*list));
  } else {
    output.print(render_holds(*list, invocation.backend.clock().wall(), output.width()));
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
