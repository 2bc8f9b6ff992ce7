#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "config/load.h"
#include "policies/retention.h"
#include "policies/rfc3339.h"

namespace roomkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;

/// RFC 3339 with the zone's offset at that time; UTC without a zone.
std::string in_zone(policies::WallTime time, const date::time_zone* zone) {
  if (zone == nullptr) return policies::format_rfc3339(time);
  const auto offset = zone->get_info(time).offset;
  std::string text = policies::format_rfc3339(time + offset);
  text.pop_back();  // the Z
  const auto seconds = offset.count();
  const auto minutes = (seconds < 0 ? -seconds : seconds) / 60;
  std::array<char, 64> sign{};
  std::snprintf(sign.data(), sign.size(), "%c%02lld:%02lld", seconds < 0 ? '-' : '+',
                static_cast<long long>(minutes / 60), static_cast<long long>(minutes % 60));
  return text + sign.data();
}

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
