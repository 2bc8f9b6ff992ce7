// A folder of configuration files that lives as long as a test, and what loading it gives.
#ifndef ROOMKEEPER_TESTS_CONFIG_CONFIG_FOLDER_H_
#define ROOMKEEPER_TESTS_CONFIG_CONFIG_FOLDER_H_

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace roomkeeper::testing {

class ConfigFolder {
 public:
  ConfigFolder();
  ~ConfigFolder();
  ConfigFolder(const ConfigFolder&) = delete;
  ConfigFolder& operator=(const ConfigFolder&) = delete;

  /// Writes a file below the folder, with the directories on its way.
  void write(const std::string& name, std::string_view text) const;
  void remove(const std::string& name) const;
  std::string path(const std::string& name) const { return root_ + "/" + name; }

  /// Loads `rk.yaml`.
  config::Loaded<config::Config> load(const config::Config* previous = nullptr) const;

  config::Overrides overrides;
  mutable std::vector<std::string> warnings;

 private:
  std::string root_;
};

/// Loads one text as `rk.yaml`; problems as lines, with the folder's name cut off.
std::vector<std::string> problems_of(std::string_view text);
std::vector<std::string> problems_of(const ConfigFolder& folder,
                                     const config::Config* previous = nullptr);
/// The configuration of a text that must load; the test fails with the problems otherwise.
config::Config loaded(std::string_view text);
config::Config loaded(const ConfigFolder& folder, const config::Config* previous = nullptr);

const policies::RoomSpec* room(const config::Config& config, std::string_view id);
/// `key = value (origin)` of one setting.
std::string effective(const config::Config& config, std::string_view key);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_CONFIG_CONFIG_FOLDER_H_
