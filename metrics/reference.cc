#include "metrics/reference.h"

#include <span>
#include <string_view>

#include "metrics/metrics.h"
#include "metrics/names.h"

namespace roomkeeper::metrics {
namespace {

constexpr std::string_view table_head =
    "| name | type | labels | series at most | meaning |\n"
    "|---|---|---|---|---|\n";

void row(std::string& out, std::string_view name, Kind kind,
         std::span<const std::string_view> labels, std::size_t series_max, std::string_view help) {
  out += "| `";
  out += name;
  out += "` | ";
  out += to_string(kind);
  out += " | ";
  for (const std::string_view label : labels) {
    if (label.data() != labels.front().data()) out += ", ";
    out += "`";
    out += label;
    out += "`";
  }
  out += " | " + std::to_string(series_max) + " | ";
  out += help;
  out += " |\n";
}

void page(std::string& out, Page which) {
  out += table_head;
  for (const MetricInfo& one : catalogue()) {
    if (one.page == which) row(out, one.name, one.kind, one.labels, one.series_max, one.help);
  }
  for (const ComputedInfo& one : computed_catalogue()) {
    if (one.page == which)
      row(out, one.name, one.kind, one.labels, one.labels.empty() ? 1 : detail_rooms_max, one.help);
  }
}

}  // namespace

std::string metrics_markdown() {
  std::string out = "### On `/metrics`\n\n";
  page(out, Page::metrics);
  out += "\n### On `/metrics/rooms`\n\n";
  page(out, Page::rooms);
  return out;
}

}  // namespace roomkeeper::metrics
