// The dashboards of the chart: made of their descriptions, by the rules of Grafana's linter for
// dashboards that apply, and with nothing that the metrics do not have.
#include "tests/watching/dashboards.h"

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/temp_directory.h"
#include "tests/watching/dashboard_queries.h"
#include "tests/watching/known_names.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

json dashboard(const std::string& name) {
  return json::parse(read_text_file(dashboard_file(name)), nullptr, false);
}

/// What shows figures: everything but the headings.
std::vector<json> panels_of(const std::string& name) {
  std::vector<json> panels;
  for (const json& panel : dashboard(name).value("panels", json::array())) {
    if (panel.value("type", "") != "row") panels.push_back(panel);
  }
  return panels;
}

/// The selectors `{...}` of a query, and how many metrics it names.
std::pair<std::vector<std::string>, std::size_t> selectors_of(const std::string& query) {
  static const std::regex selector(R"re(\{[^}]*\})re");
  static const std::regex metric(R"re(\b(roomkeeper|process)_[a-z_]+)re");
  std::vector<std::string> selectors;
  for (std::sregex_iterator at(query.begin(), query.end(), selector), end; at != end; ++at)
    selectors.push_back(at->str());
  const std::sregex_iterator begin(query.begin(), query.end(), metric);
  return {selectors, static_cast<std::size_t>(std::distance(begin, std::sregex_iterator()))};
}

TEST(Dashboards, AreMadeOfTheirDescriptions) {
  EXPECT_THAT(dashboard_names(), ElementsAre("connections", "retention", "roomkeeper", "rooms"));
  for (const std::string& name : dashboard_names()) {
    const std::string made = make_dashboard(name);
    if (std::getenv("ROOMKEEPER_UPDATE_DASHBOARDS") != nullptr)
      std::ofstream(dashboard_file(name)) << made;
    EXPECT_TRUE(read_text_file(dashboard_file(name)) == made)
        << dashboard_file(name)
        << " is not what tools/dashboards says; run this test with ROOMKEEPER_UPDATE_DASHBOARDS=1";
  }
  std::set<std::string> uids;
  for (const std::string& name : dashboard_names()) uids.insert(dashboard(name).value("uid", ""));
  EXPECT_EQ(uids, std::set<std::string>({"roomkeeper-rooms", "roomkeeper-retention",
                                         "roomkeeper-connections", "roomkeeper-itself"}))
      << "people keep links to them";
}

TEST(Dashboards, HaveTheVariablesOfTheLinter) {
  for (const std::string& name : dashboard_names()) {
    SCOPED_TRACE(name);
    const json all = dashboard(name);
    EXPECT_EQ(all["editable"], false);
    const json& variables = all["templating"]["list"];
    ASSERT_EQ(variables.size(), 3U);
    EXPECT_EQ(variables[0]["name"], "datasource");
    EXPECT_EQ(variables[0]["label"], "Data source");
    EXPECT_EQ(variables[0]["type"], "datasource");
    EXPECT_EQ(variables[0]["query"], "prometheus");
    for (const std::size_t i : {1U, 2U}) {
      const json& variable = variables[i];
      EXPECT_EQ(variable["name"], i == 1 ? "job" : "instance");
      EXPECT_EQ(variable["label"], i == 1 ? "Job" : "Instance");
      EXPECT_EQ(variable["type"], "query");
      EXPECT_EQ(variable["datasource"]["uid"], "$datasource");
      EXPECT_EQ(variable["multi"], true);
      EXPECT_EQ(variable["allValue"], ".+");
      EXPECT_EQ(variable["refresh"], 2) << "on a change of the time range";
      EXPECT_THAT(unknown_metrics(variable["query"].get<std::string>()), IsEmpty());
    }
  }
}

TEST(Dashboards, HavePanelsWithTitleDescriptionUnitAndQueries) {
  for (const std::string& name : dashboard_names()) {
    std::set<std::string> titles;
    ASSERT_GE(panels_of(name).size(), 10U) << name;
    for (const json& panel : panels_of(name)) {
      const std::string title = panel.value("title", "");
      SCOPED_TRACE(name + ": " + title);
      EXPECT_NE(title, "");
      titles.insert(title);
      EXPECT_TRUE(panel.value("description", "").ends_with('.')) << "a sentence";
      EXPECT_THAT(panel.value("type", ""), AnyOf("stat", "timeseries", "table"));
      EXPECT_EQ(panel["datasource"]["uid"], "$datasource");
      const json& defaults = panel["fieldConfig"]["defaults"];
      EXPECT_NE(defaults.value("unit", ""), "");
      EXPECT_FALSE(defaults["thresholds"]["steps"].empty());
      EXPECT_FALSE(panel["targets"].empty());
      std::set<std::string> legends;
      for (const json& target : panel["targets"]) {
        EXPECT_EQ(target["datasource"]["uid"], "$datasource");
        legends.insert(target.value("legendFormat", ""));
      }
      EXPECT_EQ(legends.size(), panel["targets"].size()) << "two queries with one legend";
    }
  }
}

TEST(Dashboards, HavePanelsThatDoNotOverlap) {
  for (const std::string& name : dashboard_names()) {
    std::set<std::pair<int, int>> taken;
    for (const json& panel : dashboard(name)["panels"]) {
      const json& place = panel["gridPos"];
      for (int x = 0; x < place.value("w", 0); ++x) {
        for (int y = 0; y < place.value("h", 0); ++y) {
          EXPECT_LT(place.value("x", 0) + x, 24) << name << panel["title"];
          EXPECT_TRUE(taken.emplace(place.value("x", 0) + x, place.value("y", 0) + y).second)
              << name << panel["title"];
        }
      }
    }
  }
}

TEST(Dashboards, HaveQueriesByTheRulesOfTheLinter) {
  static const std::regex range(R"re(\[([^\]]*)\])re");
  for (const DashboardQuery& query : dashboard_queries()) {
    SCOPED_TRACE(query.place + ": " + query.text);
    const auto [selectors, metrics] = selectors_of(query.text);
    EXPECT_EQ(selectors.size(), metrics) << "each metric has a selector";
    for (const std::string& selector : selectors)
      EXPECT_TRUE(selector.starts_with(R"({job=~"$job", instance=~"$instance")")) << selector;
    for (std::sregex_iterator at(query.text.begin(), query.text.end(), range), end; at != end; ++at)
      EXPECT_EQ(at->str(1), "$__rate_interval");
    EXPECT_THAT(bare_counters(query.text), IsEmpty());
  }
}

TEST(Dashboards, NameOnlyMetricsAndLabelsThatExist) {
  static const std::regex placeholder(R"re(\{\{([a-z_]+)\}\})re");
  std::size_t queries = 0;
  for (const DashboardQuery& query : dashboard_queries()) {
    SCOPED_TRACE(query.place + ": " + query.text);
    ++queries;
    EXPECT_THAT(unknown_names(query.text, {}), IsEmpty());
    const std::set<std::string> labels = labels_of(query.text);
    const std::sregex_iterator end;
    for (std::sregex_iterator at(query.legend.begin(), query.legend.end(), placeholder); at != end;
         ++at) {
      EXPECT_TRUE(labels.contains(at->str(1))) << "legend " << query.legend;
    }
  }
  EXPECT_GT(queries, 70U);
}

TEST(Dashboards, NeverSumGaugesOverReplicas) {
  // Both replicas export the same rooms. A sum may stand only over counters or over a maximum.
  static const std::regex sum(R"re(\bsum( by \([^)]*\))? ?\((\w+)( by)? ?\()re");
  static const std::regex any_sum(R"re(\bsum\b)re");
  for (const DashboardQuery& query : dashboard_queries()) {
    const auto count = [&](const std::regex& pattern) {
      return std::distance(std::sregex_iterator(query.text.begin(), query.text.end(), pattern), {});
    };
    EXPECT_EQ(count(sum), count(any_sum)) << query.place << ": " << query.text;
    for (std::sregex_iterator at(query.text.begin(), query.text.end(), sum), end; at != end; ++at)
      EXPECT_THAT(at->str(2), AnyOf("rate", "increase", "max")) << query.text;
  }
}

TEST(DashboardRules, WouldFindMistakes) {
  EXPECT_THAT(unknown_names("sum(roomkeeper_roms)", {}), ElementsAre("no metric roomkeeper_roms"));
  EXPECT_THAT(unknown_names(R"(roomkeeper_rooms{room="a"})", {}),
              ElementsAre("roomkeeper_rooms has no label room"));
  EXPECT_THAT(unknown_names("max by (room) (roomkeeper_rooms)", {}),
              ElementsAre("nothing there has the label room"));
  EXPECT_THAT(unknown_names("job:roomkeeper_x:max", {"job:roomkeeper_x:max"}), IsEmpty());
  EXPECT_THAT(unknown_names("job:roomkeeper_x:max", {}),
              ElementsAre("no metric job:roomkeeper_x:max"));
  EXPECT_THAT(bare_counters("max(roomkeeper_kicks_total)"), ElementsAre("roomkeeper_kicks_total"));
  EXPECT_THAT(bare_counters("sum(rate(roomkeeper_kicks_total[5m]))"), IsEmpty());
}

}  // namespace
}  // namespace roomkeeper::testing
