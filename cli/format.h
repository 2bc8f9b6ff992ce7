// Numbers, sizes, ages and times as people read them. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_FORMAT_H_
#define ROOMKEEPER_CLI_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"

namespace roomkeeper::cli {

std::string format_count(std::uint64_t count);  ///< 12,841
std::string format_size(std::uint64_t bytes);   ///< 3.0 MiB; exact below 1 KiB
/// How long before `now`: `now`, `12s`, `5m`, `3h`, `4d`; `-` for none; `in 5m` for what is to
/// come.
std::string format_age(const std::optional<policies::WallTime>& time, policies::WallTime now);
/// The same as a phrase: `5s ago`, `now`, `in 5s`, `-`.
std::string format_ago(const std::optional<policies::WallTime>& time, policies::WallTime now);
/// RFC 3339 UTC to the second; `-` for none.
std::string format_when(const std::optional<policies::WallTime>& time);
/// Local time, in a format of strftime(3).
std::string local_clock(policies::WallTime time, const char* format);
/// `1 room`, `2 rooms`.
std::string counted(std::uint64_t count, std::string_view noun);
/// `a, b, c`.
std::string listed(const std::vector<std::string>& words);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_FORMAT_H_
