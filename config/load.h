// Loads, checks and reloads the configuration. Does file I/O; thread: any, no state between calls.
#ifndef ROOMKEEPER_CONFIG_LOAD_H_
#define ROOMKEEPER_CONFIG_LOAD_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "policies/result.h"

namespace roomkeeper::config {

/// What stands beside the file: flags by key ("nats.url" -> text) and environment by variable name.
/// Lists are comma separated there, and relative paths are meant from the current directory.
struct Overrides {
  std::map<std::string, std::string> flags;
  std::map<std::string, std::string>
      environment;  ///< the whole environment; only the table's names are read
};

/// One row of the table that makes flags, environment names and docs/configuration.md.
struct Setting {
  std::string_view key;   ///< "nats.url"
  std::string_view flag;  ///< "nats-url"; empty: a secret, which is read from the environment only
  std::string_view environment;  ///< "ROOMKEEPER_NATS_URL"
  std::string_view type;      ///< "duration", "int", "bool", "text", "path", "choice a|b", "list"
  std::string_view fallback;  ///< the default as text
  std::string_view help;
  bool secret = false;
};
const std::vector<Setting>& settings();

/// Loads `path` and everything it names. All semantic problems at once; syntax errors stop at the
/// first. `previous`: the configuration in force, so that a glob that matched before and now
/// matches nothing makes the desired rooms incomplete instead of empty. Warnings (unknown
/// ROOMKEEPER_* variables) are appended to `warnings` when it is not null.
Loaded<Config> load(const std::string& path, const Overrides& overrides,
                    const Config* previous = nullptr, std::vector<std::string>* warnings = nullptr);

/// Validates one API room, given as a YAML or JSON mapping in the shape of an entry of `rooms:`
/// (`{id, title, topic, tags, template, storage, replicas, retention, stream}`), against the
/// templates in force.
Loaded<policies::RoomSpec> parse_api_room(std::string_view text, const Config& config);

/// What is wrong with the files of credentials and TLS that settings name: missing, unreadable,
/// empty. `load` does not look at them (they are read when a connection is made); `--check` does.
std::vector<Problem> check_files(const Config& config);

/// Finds an IANA zone in the database; nullptr when unknown. Never throws.
const date::time_zone* find_zone(std::string_view name);

/// A cheap stamp over all of a configuration's files and globs: identity, size, modification time
/// and symlink target, so that a Kubernetes ConfigMap's symlink swap changes it. Does stat(2) only,
/// no reads.
std::string fingerprint(const Config& config);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_LOAD_H_
