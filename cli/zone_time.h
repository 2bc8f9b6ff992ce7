// Times in the local time of a zone. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_ZONE_TIME_H_
#define ROOMKEEPER_CLI_ZONE_TIME_H_

#include <string>

#include <date/tz.h>

#include "policies/time.h"

namespace roomkeeper::cli {

/// RFC 3339 with the zone's offset at that time; UTC without a zone.
std::string in_zone(policies::WallTime time, const date::time_zone* zone);
/// To the second, with UTC beside it: `2026-11-23T00:00:00+09:00 (2026-11-22T15:00:00Z)`. UTC alone
/// without a zone.
std::string in_zone_and_utc(policies::WallTime time, const date::time_zone* zone);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_ZONE_TIME_H_
