// The command line of `roomkeeper`.
#ifndef ROOMKEEPER_CONFIG_OPTIONS_H_
#define ROOMKEEPER_CONFIG_OPTIONS_H_

#include <map>
#include <string>

#include "policies/result.h"

namespace roomkeeper::config {

struct CommandLine {
  bool help = false;
  bool version = false;
  bool check = false;
  bool print_config = false;
  std::string config_path;  ///< empty: not said
  std::map<std::string, std::string>
      flags;  ///< by key ("nats.url"), as written; for Overrides::flags
};

/// Values stay text: the parsers that read the file read them too. A list's flag may be repeated.
/// Errors: invalid, for unknown flags (with the nearest known one), missing values, flags named
/// twice, and words that are no flags.
policies::Result<CommandLine> parse_command_line(int argc, const char* const* argv);

/// `--config`, else ROOMKEEPER_CONFIG. Errors: invalid when neither is said.
policies::Result<std::string> choose_config_path(
    const CommandLine& line, const std::map<std::string, std::string>& environment);

/// The help text: every flag with its environment variable and default, and an example.
std::string usage();

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_OPTIONS_H_
