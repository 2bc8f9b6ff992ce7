#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/run_commands.h"
#include "cli/zone_time.h"
#include "config/load.h"
#include "policies/retention.h"

namespace roomkeeper::cli {
namespace {

void print_reply(const Invocation& invocation, const api::DeadlineReply& reply) {
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(reply));
    return;
  }
  if (!reply.gone_at) {
    invocation.output.print("never\n");
    return;
  }
  const date::time_zone* zone = nullptr;
  if (!invocation.arguments.has("utc") && !reply.timezone.empty())
    zone = config::find_zone(reply.timezone);
  invocation.output.print(in_zone(*reply.gone_at, zone) + "\n");
}

api::ApiResult<api::DeadlineReply> calculate(const Arguments& arguments, policies::WallTime at) {
  const std::string name = arguments.value("timezone");
  const date::time_zone* zone = config::find_zone(name);
  if (zone == nullptr)
    return usage_error("--timezone: unknown zone \"" + name +
                       "\"; expected one such as Asia/Seoul");
  const auto days = arguments.number("days", 0, policies::max_retention_days);
  if (!days) return tl::unexpected<api::ApiError>(days.error());
  const policies::UntilMidnight rule{.days = static_cast<int>(days->value_or(0)), .zone = zone};
  return api::DeadlineReply{.retention = policies::describe(rule),
                            .timezone = name,
                            .gone_at = policies::gone_at(rule, at)};
}

}  // namespace

Outcome run_deadline(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.has("room") == arguments.has("timezone"))
    return usage_error("give either --timezone or --room");
  if (arguments.has("room") && arguments.has("days"))
    return usage_error("--days goes with --timezone, not with --room");
  const auto given = arguments.time("at");
  if (!given) return tl::unexpected<api::ApiError>(given.error());
  const policies::WallTime at = given->value_or(invocation.backend.clock().wall());
  const auto reply = arguments.has("timezone")
                         ? calculate(arguments, at)
                         : call<api::DeadlineReply>(
                               invocation.backend, api::Verb::deadline,
                               api::DeadlineRequest{.room = arguments.value("room"), .at = at});
  if (!reply) return tl::unexpected<api::ApiError>(reply.error());
  print_reply(invocation, *reply);
  return exit_ok;
}

}  // namespace roomkeeper::cli
