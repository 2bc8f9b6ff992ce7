// Keeps the configuration in force: reloads it on SIGHUP and when a file changes; a bad one changes
// nothing.
//
// Files are watched by stat(2) twice a second (symlink targets too: a Kubernetes ConfigMap is
// swapped by a symlink), and read only once two looks agree, so that a file is not read while it is
// being written. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_CONFIG_KEEPER_H_
#define ROOMKEEPER_SIDECAR_CONFIG_KEEPER_H_

#include <functional>
#include <string>

#include "config/load.h"
#include "sidecar/audit_log.h"
#include "sidecar/lifetime.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class ConfigKeeper {
 public:
  /// `changed` is called after runtime.config was replaced.
  ConfigKeeper(Runtime& runtime, std::string path, config::Overrides overrides, AuditLog& audit,
               std::function<void()> changed);

  void start();
  void stop();
  /// Reads the files now (SIGHUP).
  void reload();

  const std::string& path() const { return path_; }
  policies::WallTime loaded() const { return loaded_; }
  /// The first problem of the last reload; empty when it was good.
  const std::string& error() const { return error_; }

 private:
  void look();
  void refuse(const std::vector<config::Problem>& problems);
  void accept(config::Config fresh);

  Runtime& runtime_;
  std::string path_;
  config::Overrides overrides_;
  AuditLog& audit_;
  std::function<void()> changed_;
  std::string in_force_;  ///< fingerprint of what was last read, good or bad
  std::string last_look_;
  policies::WallTime loaded_{};
  std::string error_;
  TimerId timer_ = 0;
  Lifetime lifetime_;
};

/// Names of settings that differ and need a restart; `fresh` gets the old values for them.
std::vector<std::string> keep_fixed_settings(const config::Config& in_force, config::Config& fresh);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CONFIG_KEEPER_H_
