// Times as nats-server writes and reads them: RFC 3339 in UTC, nanoseconds without trailing zeros.
#ifndef ROOMKEEPER_TESTS_SUPPORT_RFC3339_H_
#define ROOMKEEPER_TESTS_SUPPORT_RFC3339_H_

#include <optional>
#include <string>
#include <string_view>

#include "policies/time.h"

namespace roomkeeper::testing {

/// What Go prints for the zero time: a stream without messages.
inline constexpr std::string_view go_zero_time = "0001-01-01T00:00:00Z";

std::string to_rfc3339(policies::WallTime time);
/// nullopt: not a time, or out of WallTime's range (1678 to 2262). Offsets (`+09:00`) are
/// understood.
std::optional<policies::WallTime> from_rfc3339(std::string_view text);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_RFC3339_H_
