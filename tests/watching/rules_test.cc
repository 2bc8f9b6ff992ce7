// The alerts and recording rules of the chart: what promtool says of them, a firing and a quiet
// case of every alert, and nothing that the metrics do not have.
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"
#include "tests/watching/known_names.h"
#include "tests/watching/rule_files.h"

namespace roomkeeper::testing {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char promtool[] = ROOMKEEPER_TOOLS_DIR "/promtool";

/// A directory with the rules of the chart and one file of cases.
class RuleCases {
 public:
  explicit RuleCases(const std::string& cases) : file_(directory_.write("cases.yaml", cases)) {
    for (const char* name : {"alerts.yaml", "recording.yaml"})
      directory_.write(name, read_text_file(rules_directory() / name));
  }
  ChildResult run(const std::string& verb, const std::string& file) const {
    return run_program({.program = promtool,
                        .arguments = {verb, "rules", file},
                        .directory = directory_.path().string()});
  }
  ChildResult test() const { return run("test", file_.string()); }

 private:
  TempDirectory directory_;
  std::filesystem::path file_;
};

class Rules : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(promtool)) << promtool << " is missing: run `make deps`";
  }
};

TEST_F(Rules, AreRulesForPromtool) {
  const RuleCases rules("");
  for (const char* file : {"alerts.yaml", "recording.yaml"}) {
    const ChildResult result = rules.run("check", file);
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  }
}

TEST_F(Rules, FireAndAreQuietAsTheCasesSay) {
  ASSERT_THAT(rule_case_files(), ::testing::SizeIs(7));
  for (const auto& file : rule_case_files()) {
    const ChildResult result = RuleCases(read_text_file(file)).test();
    EXPECT_EQ(result.exit_code, 0) << file << "\n" << result.out << result.err;
  }
}

TEST_F(Rules, WouldFailWhereACaseIsWrong) {
  std::string cases = read_text_file(rule_case_files().front());
  const std::string quiet = "exp_samples: []";
  const std::size_t at = cases.find(quiet);
  ASSERT_NE(at, std::string::npos);
  cases.replace(at, quiet.size(), "exp_samples: [{labels: '{alertname=\"Other\"}', value: 1}]");
  EXPECT_NE(RuleCases(cases).test().exit_code, 0);
}

TEST_F(Rules, EveryAlertHasAFiringAndAQuietCase) {
  std::multimap<std::string, bool> cases;
  for (const RuleCase& one : rule_cases()) {
    const std::string alert = one.name.substr(0, one.name.find(' '));
    EXPECT_EQ(one.name, alert + (one.fires ? " fires" : " is quiet"));
    EXPECT_EQ(one.query,
              "count by (alertname) (ALERTS{alertname=\"" + alert + "\", alertstate=\"firing\"})");
    cases.emplace(alert, one.fires);
  }
  std::set<std::string> names;
  for (const Rule& alert : alerts()) {
    EXPECT_TRUE(names.insert(alert.name).second) << alert.name << " stands there twice";
    std::vector<bool> of_this;
    const auto [begin, end] = cases.equal_range(alert.name);
    for (auto at = begin; at != end; ++at) of_this.push_back(at->second);
    EXPECT_THAT(of_this, UnorderedElementsAre(true, false)) << alert.name;
    cases.erase(alert.name);
  }
  EXPECT_THAT(cases, IsEmpty()) << "cases of alerts that do not exist";
}

TEST_F(Rules, NameOnlyMetricsAndLabelsThatExist) {
  std::set<std::string> recorded;
  for (const Rule& rule : recording_rules()) {
    EXPECT_THAT(unknown_names(rule.query, {}), IsEmpty()) << rule.name;
    EXPECT_THAT(bare_counters(rule.query), IsEmpty()) << rule.name;
    recorded.insert(rule.name);
  }
  static const std::regex label(R"re(\$labels\.([a-z_]+))re");
  for (const Rule& alert : alerts()) {
    EXPECT_THAT(unknown_names(alert.query, recorded), IsEmpty()) << alert.name;
    EXPECT_THAT(bare_counters(alert.query), IsEmpty()) << alert.name;
    const std::string text = alert.annotations.at("description");
    for (std::sregex_iterator at(text.begin(), text.end(), label), end; at != end; ++at)
      EXPECT_TRUE(labels_of(alert.query).contains(at->str(1))) << alert.name << ": " << at->str();
  }
}

TEST_F(Rules, AlertsSayWhatIsWrongAndHowBadItIs) {
  static const std::regex name("Roomkeeper[A-Z][A-Za-z]+");
  for (const Rule& alert : alerts()) {
    SCOPED_TRACE(alert.name);
    EXPECT_TRUE(std::regex_match(alert.name, name));
    ASSERT_TRUE(alert.labels.contains("severity"));
    EXPECT_THAT(alert.labels.at("severity"), AnyOf("critical", "warning", "info"));
    EXPECT_EQ(alert.annotations.size(), 3U) << "summary, description, runbook_url";
    EXPECT_TRUE(alert.annotations.at("summary").ends_with('.'));
    EXPECT_TRUE(alert.annotations.at("description").ends_with('.'));
    EXPECT_EQ(alert.annotations.at("summary").find("{{"), std::string::npos)
        << "one summary for all its instances";
  }
}

TEST_F(Rules, RetentionIsCriticalAfterAMinuteAboveAMinute) {
  for (const Rule& alert : alerts()) {
    if (alert.name != "RoomkeeperRetentionOverdue") continue;
    EXPECT_TRUE(alert.query.ends_with(" > 60"));
    EXPECT_EQ(alert.wait, "1m");
    EXPECT_EQ(alert.labels.at("severity"), "critical");
    return;
  }
  ADD_FAILURE() << "there is no such alert";
}

}  // namespace
}  // namespace roomkeeper::testing
