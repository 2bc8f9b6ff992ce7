// The rule files of the chart. Thread: any; nothing is kept.
#ifndef ROOMKEEPER_TESTS_WATCHING_RULE_FILES_H_
#define ROOMKEEPER_TESTS_WATCHING_RULE_FILES_H_

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace roomkeeper::testing {

std::filesystem::path rules_directory();

struct Rule {
  std::string name;  ///< of the alert or of the recorded series
  std::string query;
  std::string wait;  ///< `for`
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
};
std::vector<Rule> alerts();
std::vector<Rule> recording_rules();

/// A case of `promtool test rules` about one alert.
struct RuleCase {
  std::string name;
  std::string query;
  bool fires = false;
};
/// Of all files in tests/watching/rules.
std::vector<RuleCase> rule_cases();
std::vector<std::filesystem::path> rule_case_files();

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_WATCHING_RULE_FILES_H_
