// The settings of the audit stream.
#include <chrono>

#include "config/row_makers.h"

namespace roomkeeper::config {
namespace {

constexpr std::int64_t least_bytes = std::int64_t{1} << 20;
constexpr std::int64_t most_bytes = std::int64_t{1} << 40;

SettingRow max_bytes_row() {
  SettingRow row = make_row("audit.max_bytes", "size",
                            "how large the audit may grow: the oldest entries go (1MiB to 1TiB)");
  row.apply = [](Config& config, const SettingInput& input) -> Applied {
    auto value = parse_bytes(input.items.front());
    if (!value) return refuse(0, std::move(value.error().text));
    if (*value < least_bytes || *value > most_bytes) {
      return refuse(0, "expected a size from " + format_bytes(least_bytes) + " to " +
                           format_bytes(most_bytes) + ", not " + quote(input.items.front()));
    }
    config.audit.max_bytes = *value;
    return {};
  };
  row.show = [](const Config& config) { return format_bytes(config.audit.max_bytes); };
  return row;
}

}  // namespace

std::vector<SettingRow> audit_rows() {
  std::vector<SettingRow> rows;
  rows.push_back(bool_row("audit.enabled",
                          "whether everything that changes something is written into the stream "
                          "ROOMKEEPER_AUDIT",
                          [](auto& config) -> auto& { return config.audit.enabled; }));
  rows.push_back(duration_row("audit.max_age", "how long an entry of the audit is kept",
                              std::chrono::hours(1), std::chrono::hours(24 * 3650),
                              [](auto& config) -> auto& { return config.audit.max_age; }));
  rows.push_back(max_bytes_row());
  return rows;
}

}  // namespace roomkeeper::config
