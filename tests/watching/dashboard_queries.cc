#include "tests/watching/dashboard_queries.h"

#include <map>
#include <utility>

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

#include "tests/support/temp_directory.h"
#include "tests/watching/dashboards.h"

namespace roomkeeper::testing {
namespace {

/// By title and legend.
std::map<std::string, std::string> allowed_to_be_empty(const std::string& name) {
  std::map<std::string, std::string> reasons;
  const YAML::Node described =
      YAML::LoadFile(ROOMKEEPER_SOURCE_DIR "/tools/dashboards/" + name + ".yaml");
  for (const YAML::Node& row : described["rows"]) {
    for (const YAML::Node& panel : row["panels"]) {
      for (const auto& entry : panel["may_be_empty"]) {
        reasons[panel["title"].as<std::string>() + ": " + entry.first.as<std::string>()] =
            entry.second.as<std::string>();
      }
    }
  }
  return reasons;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

}  // namespace

std::vector<DashboardQuery> dashboard_queries() {
  std::vector<DashboardQuery> all;
  for (const std::string& name : dashboard_names()) {
    const auto reasons = allowed_to_be_empty(name);
    const auto dashboard =
        nlohmann::json::parse(read_text_file(dashboard_file(name)), nullptr, false);
    for (const auto& panel : dashboard.value("panels", nlohmann::json::array())) {
      for (const auto& target : panel.value("targets", nlohmann::json::array())) {
        const std::string legend = target.value("legendFormat", "");
        const std::string place = panel.value("title", "") + ": " + legend;
        const auto reason = reasons.find(place);
        all.push_back({name + ": " + place, target.value("expr", ""), legend,
                       reason == reasons.end() ? "" : reason->second});
      }
    }
  }
  return all;
}

std::string without_variables(std::string query, std::string_view rate_interval) {
  replace_all(query, "$__rate_interval", rate_interval);
  replace_all(query, "$job", ".+");
  replace_all(query, "$instance", ".+");
  return query;
}

}  // namespace roomkeeper::testing
