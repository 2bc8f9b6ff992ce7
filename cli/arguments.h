// The command line, taken apart: which command, its arguments, its options. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_ARGUMENTS_H_
#define ROOMKEEPER_CLI_ARGUMENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "cli/command.h"
#include "policies/time.h"

namespace roomkeeper::cli {

struct Arguments {
  const CommandInfo* command = nullptr;  ///< nullptr: none was named (help, version)
  std::vector<std::string> positionals;
  std::map<std::string, std::vector<std::string>, std::less<>> options;

  bool has(std::string_view name) const { return options.contains(name); }
  /// The last value given; `fallback` when there is none.
  std::string value(std::string_view name, std::string_view fallback = {}) const;
  std::vector<std::string> values(std::string_view name) const;
  /// A whole number from `low` to `high`; nullopt when the option was not given.
  api::ApiResult<std::optional<std::uint64_t>> number(std::string_view name, std::uint64_t low,
                                                      std::uint64_t high) const;
  /// RFC 3339; nullopt when the option was not given.
  api::ApiResult<std::optional<policies::WallTime>> time(std::string_view name) const;
  /// `90s`, `1h30m`, `7d`; nullopt when the option was not given.
  api::ApiResult<std::optional<policies::Nanoseconds>> duration(std::string_view name) const;
};

/// `words`: argv without the program's name. Options may stand before, between and after the
/// command's words; what follows `--` are arguments. With `--help` the number of arguments is not
/// checked. Errors: bad_request, with what was expected and "did you mean".
api::ApiResult<Arguments> parse_arguments(const std::vector<std::string>& words);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_ARGUMENTS_H_
