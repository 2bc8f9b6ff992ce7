// The settings of the capacity check.
#include "config/row_makers.h"

namespace roomkeeper::config {

std::vector<SettingRow> capacity_rows() {
  std::vector<SettingRow> rows;
  rows.push_back(bool_row("capacity.check",
                          "whether streams that provably do not fit the limits of the account or "
                          "the servers are held back",
                          [](auto& config) -> auto& { return config.capacity.check; }));
  rows.push_back(integer_row(
      "capacity.file_handles",
      "open files that a nats-server may have for streams, about one a stream; 0: not known", 0,
      1'000'000'000, [](auto& config) -> auto& { return config.capacity.file_handles; }));
  return rows;
}

}  // namespace roomkeeper::config
