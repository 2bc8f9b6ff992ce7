// The dashboards: made of the descriptions in tools/dashboards, which its README explains. Thread:
// any; nothing is kept.
#ifndef ROOMKEEPER_TESTS_WATCHING_DASHBOARDS_H_
#define ROOMKEEPER_TESTS_WATCHING_DASHBOARDS_H_

#include <filesystem>
#include <string>
#include <vector>

namespace roomkeeper::testing {

/// The names of the descriptions, such as "rooms", sorted.
std::vector<std::string> dashboard_names();
/// Where the dashboard of that name stands in the chart.
std::filesystem::path dashboard_file(const std::string& name);
/// The dashboard as the description says it, as Grafana reads it. Throws YAML::Exception.
std::string make_dashboard(const std::string& name);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_WATCHING_DASHBOARDS_H_
