// Waits for a pass of the daemon, and tells how it went: every room that failed, and why.
//
// Thread: the program's only one.
#ifndef ROOMKEEPER_CLI_FOLLOW_PASS_H_
#define ROOMKEEPER_CLI_FOLLOW_PASS_H_

#include <string>
#include <vector>

#include "api/types.h"
#include "cli/command.h"

namespace roomkeeper::cli {

/// Shows progress until the pass is done. Errors: as the API's; internal when the user stopped
/// waiting, which the message says.
api::ApiResult<api::PassReply> wait_for_pass(const Invocation& invocation, api::PassReply pass);

/// The whole plan, page by page. `rooms` and `pools`: who `allow_lossy` is for; both empty: all.
api::ApiResult<api::PlanReply> whole_plan(Backend& backend, bool allow_lossy,
                                          const std::vector<std::string>& rooms,
                                          const std::vector<std::string>& pools);

/// For people: what was made, what failed, what is held back of `rooms` (empty: all). On standard
/// output the result, on standard error the rest. The exit code.
int show_pass(const Invocation& invocation, const api::PassReply& pass,
              const std::vector<std::string>& rooms);

/// A room and why it is as it is.
struct RoomTrouble {
  std::string room;
  std::string reason;
  std::string detail;
};
/// How many rooms of each reason, the most first, a line each.
std::string render_counts(const std::vector<RoomTrouble>& troubles);
/// The same, then each room, by reason. Empty when there are none.
std::string render_troubles(std::vector<RoomTrouble> troubles);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_FOLLOW_PASS_H_
