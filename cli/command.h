// What a command of `roomctl` is: one row that makes the parser, the help and docs/cli.md, and the
// function that runs it.
#ifndef ROOMKEEPER_CLI_COMMAND_H_
#define ROOMKEEPER_CLI_COMMAND_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"

namespace roomkeeper::cli {

class Backend;
class Output;
struct Arguments;

using Environment = std::map<std::string, std::string>;

/// Exit codes of every command.
inline constexpr int exit_ok = 0;
inline constexpr int exit_error = 1;
inline constexpr int exit_changes =
    2;  ///< plan: there is something to do; doctor: there are findings

/// What a command works with; all of it outlives the command. Thread: the program's only one.
struct Invocation {
  const Arguments& arguments;
  const Environment& environment;
  Output& output;
  Backend& backend;
};

/// The exit code, or the error to report (exit code 1).
using Outcome = api::ApiResult<int>;
using Run = Outcome (*)(const Invocation& invocation);

struct OptionInfo {
  std::string_view name;   ///< without dashes
  std::string_view value;  ///< "ZONE" in help; empty: a switch
  std::string_view help;
  bool many = false;   ///< may be given several times
  char letter = '\0';  ///< `-n`; '\0': none
};

struct CommandInfo {
  std::string_view name{};       ///< "room ls"
  std::string_view arguments{};  ///< "ROOM [TEXT...]", as help shows them
  std::size_t least = 0;         ///< arguments
  std::size_t most = 0;
  std::string_view summary{};
  std::string_view details{};  ///< empty: the summary says it all
  std::vector<OptionInfo> options{};
  std::vector<std::string_view> examples{};  ///< at least one
  Run run = nullptr;
};

/// All commands, in the order of the help.
const std::vector<CommandInfo>& commands();
/// Options that every command takes.
const std::vector<OptionInfo>& global_options();
/// By its words ("room ls"; "conn" is "connection"); nullptr when there is none.
const CommandInfo* find_command(std::string_view name);

/// An error of the user's own input.
tl::unexpected<api::ApiError> usage_error(std::string message);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_COMMAND_H_
