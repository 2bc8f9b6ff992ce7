#include <algorithm>
#include <chrono>

#include "api/limits.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/render_limits.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "config/units.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t bans_page_size = 500;

api::ApiResult<api::BanAddRequest> ban_request(const Arguments& arguments) {
  const auto time = arguments.duration("for");
  if (!time) return tl::unexpected<api::ApiError>(time.error());
  if (!*time) return usage_error("--for DURATION is missing: how long, such as 1h");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(**time).count();
  if (seconds < 1 || seconds > api::ban_seconds_max)
    return usage_error("--for: expected 1s to 3650d");
  return api::BanAddRequest{.user = arguments.positionals[0],
                            .seconds = static_cast<std::uint64_t>(seconds),
                            .reason = arguments.value("reason")};
}

/// All of them, put together from pages.
api::ApiResult<api::BanListReply> list_bans(Backend& backend) {
  api::BanListReply all;
  api::BanListRequest request{.user = {}, .limit = bans_page_size, .offset = 0};
  for (;;) {
    const auto page = call<api::BanListReply>(backend, api::Verb::ban_ls, request);
    if (!page) return page;
    all.bans.insert(all.bans.end(), page->bans.begin(), page->bans.end());
    all.total = std::max<std::uint64_t>(page->total, all.bans.size());
    if (page->bans.empty() || all.bans.size() >= page->total) return all;
    request.offset = all.bans.size();
  }
}

}  // namespace

Outcome run_ban_add(const Invocation& invocation) {
  const auto request = ban_request(invocation.arguments);
  if (!request) return tl::unexpected<api::ApiError>(request.error());
  if (!invocation.arguments.has("yes")) {
    const std::string what =
        safe_text(request->user) + " would be banned for " +
        config::format_duration(std::chrono::seconds(static_cast<std::int64_t>(request->seconds))) +
        ": every connection is ended, now and at every return.";
    if (!confirmed(invocation.output, what))
      return usage_error(what + " Nothing was done: give --yes to do it");
  }
  const auto added = call<api::BanAddReply>(invocation.backend, api::Verb::ban_add, *request);
  if (!added) return tl::unexpected<api::ApiError>(added.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*added));
  } else {
    invocation.output.print(render_ban_added(*added));
  }
  return exit_ok;
}

Outcome run_ban_ls(const Invocation& invocation) {
  const auto bans = list_bans(invocation.backend);
  if (!bans) return tl::unexpected<api::ApiError>(bans.error());
  Output& output = invocation.output;
  if (invocation.arguments.has("json")) {
    print_json(output, api::encode(*bans));
  } else {
    output.print(render_bans(*bans, invocation.backend.clock().wall(), output.width()));
  }
  return exit_ok;
}

Outcome run_ban_rm(const Invocation& invocation) {
  const auto ban = call<api::BanView>(invocation.backend, api::Verb::ban_rm,
                                      api::BanRemoveRequest{invocation.arguments.positionals[0]});
  if (!ban) return tl::unexpected<api::ApiError>(ban.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*ban));
  } else {
    invocation.output.print(render_ban_ended(*ban));
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
