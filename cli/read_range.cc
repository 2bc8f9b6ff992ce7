#include "cli/read_range.h"

#include <string>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "config/units.h"
#include "policies/rfc3339.h"

namespace roomkeeper::cli {

api::ApiResult<ReadRange> read_range(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  ReadRange range;
  if (arguments.has("last") && arguments.has("since"))
    return usage_error("give either --last or --since");
  const auto last = arguments.number("last", 0, 1'000'000);
  if (!last) return tl::unexpected<api::ApiError>(last.error());
  range.last = last->value_or(range.last);
  if (!arguments.has("since")) return range;
  const std::string since = arguments.value("since");
  if (const auto time = policies::parse_rfc3339(since)) {
    range.since = *time;
  } else if (const auto duration = config::parse_duration(since)) {
    range.since = invocation.backend.clock().wall() - *duration;
  } else {
    return usage_error("--since: expected a time (2026-11-22T00:00:00+09:00) or a duration (1h)");
  }
  return range;
}

}  // namespace roomkeeper::cli
