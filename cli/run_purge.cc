#include <algorithm>
#include <limits>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "policies/rfc3339.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();

/// `--before`: digits are a sequence, anything else a time.
api::ApiResult<void> take_before(const Arguments& arguments, api::PurgeRoomRequest& request) {
  const std::string text = arguments.value("before");
  if (!arguments.has("before")) return {};
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    const auto seq = arguments.number("before", 1, most);
    if (!seq) return tl::unexpected<api::ApiError>(seq.error());
    request.before_seq = *seq;
    return {};
  }
  const auto time = policies::parse_rfc3339(text);
  if (!time) return usage_error("--before: expected a sequence or " + time.error().text.substr(9));
  request.before_time = *time;
  return {};
}

api::ApiResult<api::PurgeRoomRequest> make_request(const Arguments& arguments) {
  api::PurgeRoomRequest request;
  request.room = arguments.value("room");
  if (request.room.empty()) return usage_error("--room is missing");
  request.user = arguments.value("of");
  if (auto before = take_before(arguments, request); !before)
    return tl::unexpected<api::ApiError>(before.error());
  const auto keep = arguments.number("keep", 1, most);
  if (!keep) return tl::unexpected<api::ApiError>(keep.error());
  request.keep = *keep;
  if (request.keep && arguments.has("before")) return usage_error("give either --before or --keep");
  const bool narrowed = !request.user.empty() || arguments.has("before") || request.keep;
  if (narrowed && arguments.has("all"))
    return usage_error("--all is every message: give nothing beside it");
  if (!narrowed && !arguments.has("all") && arguments.has("yes"))
    return usage_error("say what: --of, --before, --keep, or --all");
  if (arguments.has("yes") && arguments.has("dry-run"))
    return usage_error("give either --dry-run or --yes");
  request.dry_run = !arguments.has("yes");
  return request;
}

}  // namespace

Outcome run_purge(const Invocation& invocation) {
  const auto request = make_request(invocation.arguments);
  if (!request) return tl::unexpected<api::ApiError>(request.error());
  const auto reply = call<api::PurgeRoomReply>(invocation.backend, api::Verb::purge, *request);
  if (!reply) return tl::unexpected<api::ApiError>(reply.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*reply));
    return exit_ok;
  }
  const std::string count = format_count(reply->messages) + " of " +
                            counted(reply->stored, "message") + " of room " +
                            safe_text(reply->room);
  invocation.output.print(count + (reply->dry_run ? " would be deleted\n" : " deleted\n"));
  if (reply->dry_run && !invocation.arguments.has("dry-run")) {
    invocation.output.note("Nothing was deleted: give --yes to do it.\n");
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
