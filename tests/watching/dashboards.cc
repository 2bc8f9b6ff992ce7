#include "tests/watching/dashboards.h"

#include <algorithm>

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

namespace roomkeeper::testing {
namespace {

using Json = nlohmann::ordered_json;

constexpr int grid_width = 24;
constexpr const char* replicas = R"({job=~"$job", instance=~"$instance")";

const std::filesystem::path descriptions = ROOMKEEPER_SOURCE_DIR "/tools/dashboards";

Json datasource() {
  return {{"type", "prometheus"}, {"uid", "$datasource"}};
}

std::string with_variables(std::string query) {
  for (std::size_t at = query.find("{@"); at != std::string::npos; at = query.find("{@", at))
    query.replace(at, 2, replicas);
  return query;
}

Json variable(const std::string& name, const std::string& label, const std::string& query) {
  return {{"name", name},
          {"label", label},
          {"type", "query"},
          {"datasource", datasource()},
          {"query", query},
          {"refresh", 2},
          {"sort", 1},
          {"multi", true},
          {"includeAll", true},
          {"allValue", ".+"},
          {"current", {{"selected", true}, {"text", "All"}, {"value", "$__all"}}}};
}

Json variables() {
  return Json::array({{{"name", "datasource"},
                       {"label", "Data source"},
                       {"type", "datasource"},
                       {"query", "prometheus"}},
                      variable("job", "Job", "label_values(roomkeeper_build_info, job)"),
                      variable("instance", "Instance",
                               R"(label_values(roomkeeper_build_info{job=~"$job"}, instance))")});
}

Json thresholds(const YAML::Node& panel) {
  const bool from_below = static_cast<bool>(panel["fail_below"]);
  Json steps = Json::array({{{"color", from_below ? "red" : "green"}, {"value", nullptr}}});
  const auto add = [&](const char* key, const char* color) {
    if (panel[key]) steps.push_back({{"color", color}, {"value", panel[key].as<double>()}});
  };
  add("warn", "yellow");
  add("fail", "red");
  add("fail_below", "green");
  return {{"mode", "absolute"}, {"steps", steps}};
}

Json field_config(const YAML::Node& panel, const std::string& kind) {
  Json defaults = {{"unit", panel["unit"].as<std::string>()}, {"thresholds", thresholds(panel)}};
  if (kind == "timeseries") {
    const bool lines = panel["warn"] || panel["fail"];
    defaults["custom"] = {{"lineWidth", 1},
                          {"fillOpacity", 10},
                          {"showPoints", "never"},
                          {"thresholdsStyle", {{"mode", lines ? "dashed" : "off"}}}};
  }
  return {{"defaults", defaults}, {"overrides", Json::array()}};
}

Json options(const YAML::Node& panel, const std::string& kind) {
  if (kind == "stat") {
    const std::string text = panel["text"] ? panel["text"].as<std::string>() : "auto";
    return {{"colorMode", "value"},
            {"graphMode", "none"},
            {"textMode", text},
            {"reduceOptions", {{"calcs", Json::array({"lastNotNull"})}, {"values", false}}}};
  }
  if (kind == "table")
    return {{"sortBy", Json::array({{{"displayName", "Value"}, {"desc", true}}})}};
  return {{"legend", {{"displayMode", "list"}, {"placement", "bottom"}}},
          {"tooltip", {{"mode", "multi"}, {"sort", "desc"}}}};
}

Json targets(const YAML::Node& panel, const std::string& kind) {
  Json all = Json::array();
  char letter = 'A';
  for (const auto& query : panel["queries"]) {
    Json one = {{"refId", std::string(1, letter++)},
                {"datasource", datasource()},
                {"expr", with_variables(query.second.as<std::string>())},
                {"legendFormat", query.first.as<std::string>()}};
    if (kind == "table") {
      one["format"] = "table";
      one["instant"] = true;
    }
    all.push_back(std::move(one));
  }
  return all;
}

Json make_panel(const YAML::Node& panel) {
  const std::string kind = panel["kind"] ? panel["kind"].as<std::string>() : "timeseries";
  Json made = {{"type", kind},
               {"title", panel["title"].as<std::string>()},
               {"description", panel["description"].as<std::string>()},
               {"datasource", datasource()},
               {"fieldConfig", field_config(panel, kind)},
               {"options", options(panel, kind)},
               {"targets", targets(panel, kind)}};
  if (kind == "table") {
    made["transformations"] =
        Json::array({{{"id", "organize"}, {"options", {{"excludeByName", {{"Time", true}}}}}}});
  }
  return made;
}

/// Puts panels beside one another, and below when a line is full.
class Grid {
 public:
  void place(Json panel, int width, int height) {
    if (x_ + width > grid_width) end_line();
    panel["id"] = panels_.size() + 1;
    panel["gridPos"] = {{"x", x_}, {"y", y_}, {"w", width}, {"h", height}};
    panels_.push_back(std::move(panel));
    x_ += width;
    line_height_ = std::max(line_height_, height);
  }
  void end_line() {
    x_ = 0;
    y_ += line_height_;
    line_height_ = 0;
  }
  Json take() { return std::move(panels_); }

 private:
  Json panels_ = Json::array();
  int x_ = 0;
  int y_ = 0;
  int line_height_ = 0;
};

Json make_panels(const YAML::Node& rows) {
  Grid grid;
  for (const YAML::Node& row : rows) {
    grid.end_line();
    grid.place({{"type", "row"},
                {"title", row["title"].as<std::string>()},
                {"collapsed", false},
                {"panels", Json::array()}},
               grid_width, 1);
    for (const YAML::Node& panel : row["panels"]) {
      Json made = make_panel(panel);
      const bool small = made["type"] == "stat";
      grid.place(std::move(made), small ? 4 : 12, small ? 4 : 8);
    }
  }
  return grid.take();
}

}  // namespace

std::vector<std::string> dashboard_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(descriptions)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::filesystem::path dashboard_file(const std::string& name) {
  return std::filesystem::path(ROOMKEEPER_SOURCE_DIR "/helm/roomkeeper/dashboards") /
         (name + ".json");
}

std::string make_dashboard(const std::string& name) {
  const YAML::Node described = YAML::LoadFile((descriptions / (name + ".yaml")).string());
  const Json links = Json::array({{{"title", "Roomkeeper"},
                                   {"type", "dashboards"},
                                   {"tags", Json::array({"roomkeeper"})},
                                   {"asDropdown", true},
                                   {"keepTime", true},
                                   {"includeVars", true}}});
  const Json dashboard = {{"uid", described["uid"].as<std::string>()},
                          {"title", described["title"].as<std::string>()},
                          {"description", described["description"].as<std::string>()},
                          {"tags", Json::array({"roomkeeper", "nats"})},
                          {"editable", false},
                          {"schemaVersion", 39},
                          {"graphTooltip", 1},
                          {"refresh", "30s"},
                          {"time", {{"from", "now-6h"}, {"to", "now"}}},
                          {"links", links},
                          {"templating", {{"list", variables()}}},
                          {"panels", make_panels(described["rows"])}};
  return dashboard.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace roomkeeper::testing
