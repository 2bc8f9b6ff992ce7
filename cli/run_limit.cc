#include "api/limits.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/render_limits.h"
#include "cli/run_commands.h"
#include "policies/connection_limit.h"

namespace roomkeeper::cli {

Outcome run_limit_show(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto rows = arguments.number("limit", 1, 1000);
  if (!rows) return tl::unexpected<api::ApiError>(rows.error());
  api::LimitShowRequest request;
  request.limit = arguments.value("kind");
  if (arguments.has("kind")) {
    const auto kind = policies::parse_limit_kind(request.limit);
    if (!kind || *kind == policies::LimitKind::ban) {
      return usage_error(
          "--kind: expected one of connections_per_user, room_connections, account_connections, "
          "server_connections");
    }
  }
  request.over = arguments.has("over");
  request.all = arguments.has("all");
  request.max_rows = rows->value_or(request.max_rows);
  const auto limits = call<api::LimitShowReply>(invocation.backend, api::Verb::limit_show, request);
  if (!limits) return tl::unexpected<api::ApiError>(limits.error());
  Output& output = invocation.output;
  if (arguments.has("json")) {
    print_json(output, api::encode(*limits));
  } else {
    output.print(render_limits(*limits, output.width()));
  }
  return exit_ok;
}

Outcome run_limit_explain(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  api::LimitExplainRequest request;
  request.user = arguments.value("user");
  request.room = arguments.value("room");
  request.server = arguments.value("server");
  request.account = arguments.has("account");
  const int given = (request.user.empty() ? 0 : 1) + (request.room.empty() ? 0 : 1) +
                    (request.server.empty() ? 0 : 1) + (request.account ? 1 : 0);
  if (given != 1) return usage_error("give one of --user, --room, --server and --account");
  const auto limit =
      call<api::LimitExplainReply>(invocation.backend, api::Verb::limit_explain, request);
  if (!limit) return tl::unexpected<api::ApiError>(limit.error());
  Output& output = invocation.output;
  if (arguments.has("json")) {
    print_json(output, api::encode(*limit));
  } else {
    output.print(render_limit(*limit, output.width()));
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
