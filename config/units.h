// Human units: `7d`, `1h30m`, `64MiB`, `100k`. Pure, range-checked; used by YAML, flags,
// environment and CLI.
//
// Thread: any. Errors: invalid, with one sentence that says what was expected; foreign text in it
// is quoted, shortened and free of control characters.
#ifndef ROOMKEEPER_CONFIG_UNITS_H_
#define ROOMKEEPER_CONFIG_UNITS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::config {

/// `250ms`, `60s`, `2m`, `1h30m`, `7d`, `2w`; units w d h m s ms us ns, each once and in that
/// order. A bare number is refused (unit expected), except `0`. Not negative, at most 292 years.
policies::Result<policies::Nanoseconds> parse_duration(std::string_view text);
/// `65536`, `64KiB`, `64MiB`, `1GB` (powers of 1000 without the i; the B may be left out).
/// `unlimited` and `-1` are -1.
policies::Result<std::int64_t> parse_bytes(std::string_view text);
/// `100000`, `100k`, `5M`, `1G`: powers of 1000. `unlimited` and `-1` are -1.
policies::Result<std::int64_t> parse_count(std::string_view text);
/// Whole number in [low, high]; `_` not allowed.
policies::Result<std::int64_t> parse_integer(std::string_view text, std::int64_t low,
                                             std::int64_t high);
policies::Result<bool> parse_bool(std::string_view text);  ///< true|false|yes|no|on|off, any case
/// RFC 3339 with offset (`2026-11-22T00:00:00+09:00`, `...Z`), up to nanoseconds; also `2026-11-22`
/// is refused.
policies::Result<policies::WallTime> parse_time(std::string_view text);

std::string format_duration(policies::Nanoseconds value);  ///< shortest exact: `1h30m`, `7d`, `0s`
std::string format_bytes(std::int64_t value);  ///< exact: `64MiB`, `65537`, `unlimited` for -1
std::string format_count(std::int64_t value);  ///< `100000`, `unlimited` for -1
std::string format_time(
    policies::WallTime value);  ///< RFC 3339 UTC, fraction only where there is one

/// `"text"` for messages: shortened to 64 bytes, control characters and broken UTF-8 replaced by
/// `?`.
std::string quote(std::string_view text);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_UNITS_H_
