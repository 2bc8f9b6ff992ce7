// RFC 3339 times: the only text form of a WallTime on any wire, in any file and in any reply. Pure;
// thread: any.
#ifndef ROOMKEEPER_POLICIES_RFC3339_H_
#define ROOMKEEPER_POLICIES_RFC3339_H_

#include <string>
#include <string_view>

#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// `2026-11-22T09:30:00Z`, `2026-11-22t09:30:00.123456789+09:00`: date, time and offset are
/// required, a fraction has at most nine digits. Errors: invalid, also for leap seconds and for
/// what a WallTime cannot hold (1677 to 2262).
Result<WallTime> parse_rfc3339(std::string_view text);

/// UTC with `Z`; a fraction only where there is one, without trailing zeros.
std::string format_rfc3339(WallTime time);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_RFC3339_H_
