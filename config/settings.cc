// The whole table, and its public form.
#include <iterator>

#include "config/load.h"
#include "config/setting_row.h"

namespace roomkeeper::config {
namespace {

void append(std::vector<SettingRow>& all, std::vector<SettingRow> some) {
  all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
}

std::vector<SettingRow> make_rows() {
  std::vector<SettingRow> rows = daemon_rows();
  // The reference reads better with the connection right after the name.
  std::vector<SettingRow> rest(std::make_move_iterator(rows.begin() + 1),
                               std::make_move_iterator(rows.end()));
  rows.resize(1);
  append(rows, nats_rows());
  append(rows, std::move(rest));
  append(rows, limits_rows());
  append(rows, capacity_rows());
  append(rows, jobs_rows());
  append(rows, audit_rows());
  append(rows, names_rows());
  const Config defaults;
  for (SettingRow& row : rows) row.fallback = row.show(defaults);
  return rows;
}

std::vector<Setting> make_settings() {
  std::vector<Setting> out;
  for (const SettingRow& row : setting_rows()) {
    Setting setting;
    setting.key = row.key;
    setting.flag = row.flag;
    setting.environment = row.environment;
    setting.type = row.type;
    setting.fallback = row.fallback;
    setting.help = row.help;
    setting.secret = row.secret;
    out.push_back(setting);
  }
  return out;
}

}  // namespace

const std::vector<SettingRow>& setting_rows() {
  static const std::vector<SettingRow> rows = make_rows();
  return rows;
}

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = make_settings();
  return all;
}

}  // namespace roomkeeper::config
