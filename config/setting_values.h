// Values of the settings table: file, environment and flags laid over the defaults, with where each
// came from.
#ifndef ROOMKEEPER_CONFIG_SETTING_VALUES_H_
#define ROOMKEEPER_CONFIG_SETTING_VALUES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "config/problems.h"
#include "config/reader.h"
#include "config/setting_row.h"

namespace roomkeeper::config {

/// Thread: one. Refers to the configuration that it fills. Call in this order: file, environment,
/// flags, finish.
class SettingValues {
 public:
  SettingValues(Config& config, Problems& problems);

  /// The top of the main file. Gives the nodes of `templates`, `rooms` and `limits.users`, which
  /// are no settings: their keys are the user's own.
  struct Lists {
    NodeId templates = no_node;
    NodeId rooms = no_node;
    NodeId limit_users = no_node;
  };
  Lists take_file(Reader& reader, const std::string& directory);
  /// `here`: the current directory, which relative paths are meant from.
  void take_environment(const std::map<std::string, std::string>& environment,
                        const std::string& here);
  void take_flags(const std::map<std::string, std::string>& flags, const std::string& here);
  /// Fills Config::effective.
  void finish();

 private:
  struct Origin {
    std::string text = "default";
    std::string file;
    int line = 0;
    int column = 0;
  };

  void take_section(Reader& reader, NodeId id, const Path& path, std::string_view prefix,
                    const std::string& base, Lists& lists);
  void take_node(Reader& reader, NodeId id, const Path& path, std::size_t row,
                 const std::string& base);
  void take_text(const std::string& kind, const std::string& name, std::size_t row,
                 const std::string& text, const std::string& here);

  Config& config_;
  Problems& problems_;
  std::vector<Origin> origins_;
};

/// Unknown ROOMKEEPER_* variables, as one warning each; those that Kubernetes makes for services
/// are let by.
std::vector<std::string> unknown_variables(const std::map<std::string, std::string>& environment);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_SETTING_VALUES_H_
