// The settings of purge jobs.
#include "config/row_makers.h"

namespace roomkeeper::config {

std::vector<SettingRow> jobs_rows() {
  std::vector<SettingRow> rows;
  rows.push_back(integer_row("jobs.in_flight",
                             "rooms that purge jobs work on at the same time, all jobs together", 1,
                             256, [](auto& config) -> auto& { return config.jobs.in_flight; }));
  rows.push_back(integer_row("jobs.rooms_per_second", "rooms a second, all purge jobs together", 1,
                             1'000'000,
                             [](auto& config) -> auto& { return config.jobs.rooms_per_second; }));
  return rows;
}

}  // namespace roomkeeper::config
