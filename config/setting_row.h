// The table of settings: one row makes a key of the file, a flag, an environment variable and a
// line of the reference.
//
// All three ways in end in the row's `apply`, so that a value means the same wherever it was
// written.
#ifndef ROOMKEEPER_CONFIG_SETTING_ROW_H_
#define ROOMKEEPER_CONFIG_SETTING_ROW_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "config/config.h"

namespace roomkeeper::config {

/// A value as it was written: one text, or several for a list.
struct SettingInput {
  std::vector<std::string> items;
  std::string base;  ///< absolute directory that relative paths are meant from
};

struct SettingRefusal {
  std::size_t item = 0;
  std::string text;
  std::string did_you_mean;
};
using Applied = tl::expected<void, SettingRefusal>;

struct SettingRow {
  std::string key;          ///< "nats.url"
  std::string flag;         ///< "nats-url"; empty: no flag
  std::string environment;  ///< "ROOMKEEPER_NATS_URL"
  std::string type;
  std::string fallback;
  std::string help;
  bool secret = false;  ///< read from the environment only, shown as ***
  bool list = false;    ///< several values; comma separated in flag and environment
  std::function<Applied(Config&, const SettingInput&)> apply;
  std::function<std::string(const Config&)> show;
};

/// All rows, in the order of the reference. Immutable; thread: any.
const std::vector<SettingRow>& setting_rows();

/// Rows by section; setting_rows() is these one after the other.
std::vector<SettingRow> nats_rows();
std::vector<SettingRow> daemon_rows();  ///< instance, http, log, reconcile
std::vector<SettingRow> limits_rows();
std::vector<SettingRow> jobs_rows();
std::vector<SettingRow> audit_rows();
std::vector<SettingRow> capacity_rows();
std::vector<SettingRow> names_rows();  ///< names, room_files

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_SETTING_ROW_H_
