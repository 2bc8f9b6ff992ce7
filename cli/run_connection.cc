#include <algorithm>
#include <limits>

#include "api/connections.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/render_connections.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t connections_page_size = 500;
constexpr std::uint64_t largest_number = std::numeric_limits<std::int64_t>::max();

api::ApiResult<api::ConnectionListReply> list_connections(Backend& backend,
                                                          api::ConnectionListRequest request,
                                                          std::uint64_t most) {
  api::ConnectionListReply all;
  for (;;) {
    request.limit = std::min(connections_page_size, most - all.connections.size());
    auto page = call<api::ConnectionListReply>(backend, api::Verb::connection_ls, request);
    if (!page) return page;
    all.connections.insert(all.connections.end(), page->connections.begin(),
                           page->connections.end());
    all.total = page->total;
    all.silent_servers = page->silent_servers;
    const bool more = !page->connections.empty() && all.connections.size() < page->total;
    if (!more || all.connections.size() >= most) return all;
    request.offset = all.connections.size();
  }
}

api::ApiResult<std::optional<std::uint64_t>> cid_of(const Arguments& arguments) {
  const bool named = arguments.has("cid");
  if (named && !arguments.positionals.empty()) return usage_error("CID is given twice");
  if (!named && arguments.positionals.empty()) return std::nullopt;
  Arguments number;
  number.options["CID"] = {named ? arguments.value("cid") : arguments.positionals[0]};
  auto cid = number.number("CID", 1, largest_number);
  if (!cid) return usage_error("CID: expected a whole number, as `roomctl connection ls` shows it");
  return cid;
}

api::ApiResult<api::KickRequest> kick_request(const Arguments& arguments) {
  const auto cid = cid_of(arguments);
  if (!cid) return tl::unexpected<api::ApiError>(cid.error());
  api::KickRequest request;
  request.cid = *cid;
  request.user = arguments.value("user");
  request.room = arguments.value("room");
  request.server_id = arguments.value("server-id");
  request.reason = arguments.value("reason");
  const int given =
      (request.cid ? 1 : 0) + (request.user.empty() ? 0 : 1) + (request.room.empty() ? 0 : 1);
  if (given != 1) return usage_error("give one of CID, --user USER and --room ROOM");
  if (!request.server_id.empty() && !request.cid)
    return usage_error("--server-id goes with CID only");
  return request;
}

}  // namespace

Outcome run_connection_ls(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto limit = arguments.number("limit", 1, largest_number);
  if (!limit) return tl::unexpected<api::ApiError>(limit.error());
  api::ConnectionListRequest request;
  request.user = arguments.value("user");
  request.room = arguments.value("room");
  request.server = arguments.value("server");
  request.over = arguments.has("over");
  request.wildcard = arguments.has("wildcard");
  const auto list = list_connections(invocation.backend, request, limit->value_or(largest_number));
  if (!list) return tl::unexpected<api::ApiError>(list.error());
  Output& output = invocation.output;
  if (arguments.has("json")) {
    print_json(output, api::encode(*list));
  } else {
    output.print(render_connections(*list, invocation.backend.clock().wall(), output.width()));
  }
  return exit_ok;
}

Outcome run_connection_kick(const Invocation& invocation) {
  const auto request = kick_request(invocation.arguments);
  if (!request) return tl::unexpected<api::ApiError>(request.error());
  if (!request->cid && !invocation.arguments.has("yes")) {
    const std::string whose = request->room.empty() ? "of " + safe_text(request->user)
                                                    : "in room " + safe_text(request->room);
    const std::string what = "all connections " + whose + " would be ended.";
    if (!confirmed(invocation.output, what))
      return usage_error(what + " Nothing was done: give --yes to do it");
  }
  const auto reply = call<api::KickReply>(invocation.backend, api::Verb::connection_kick, *request);
  if (!reply) return tl::unexpected<api::ApiError>(reply.error());
  const int code = reply->failures.empty() && reply->failed == 0 ? exit_ok : exit_error;
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*reply));
    return code;
  }
  invocation.output.print(
      counted(reply->kicked, "connection") + " ended" +
      (reply->gone > 0 ? ", " + format_count(reply->gone) + " already gone" : "") +
      (reply->failed > 0 ? ", " + format_count(reply->failed) + " failed" : "") + "\n");
  for (const std::string& server : reply->silent_servers) {
    invocation.output.note("Server " + safe_text(server) +
                           " did not answer: its connections were not seen\n");
  }
  for (const std::string& failure : reply->failures)
    invocation.output.note("failed: " + safe_text(failure) + "\n");
  return code;
}

}  // namespace roomkeeper::cli
