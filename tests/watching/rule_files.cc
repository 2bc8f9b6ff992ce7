#include "tests/watching/rule_files.h"

#include <algorithm>

#include <yaml-cpp/yaml.h>

namespace roomkeeper::testing {
namespace {

std::map<std::string, std::string> texts(const YAML::Node& node) {
  std::map<std::string, std::string> all;
  for (const auto& entry : node)
    all[entry.first.as<std::string>()] = entry.second.as<std::string>();
  return all;
}

std::vector<Rule> rules_of(const char* file, const char* kind) {
  std::vector<Rule> all;
  const YAML::Node document = YAML::LoadFile((rules_directory() / file).string());
  for (const YAML::Node& group : document["groups"]) {
    for (const YAML::Node& rule : group["rules"]) {
      all.push_back({rule[kind].as<std::string>(), rule["expr"].as<std::string>(),
                     rule["for"] ? rule["for"].as<std::string>() : "", texts(rule["labels"]),
                     texts(rule["annotations"])});
    }
  }
  return all;
}

}  // namespace

std::filesystem::path rules_directory() {
  return ROOMKEEPER_SOURCE_DIR "/helm/roomkeeper/rules";
}
std::vector<Rule> alerts() {
  return rules_of("alerts.yaml", "alert");
}
std::vector<Rule> recording_rules() {
  return rules_of("recording.yaml", "record");
}

std::vector<std::filesystem::path> rule_case_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(ROOMKEEPER_SOURCE_DIR "/tests/watching/rules")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<RuleCase> rule_cases() {
  std::vector<RuleCase> all;
  for (const auto& file : rule_case_files()) {
    const YAML::Node document = YAML::LoadFile(file.string());
    for (const YAML::Node& one : document["tests"]) {
      for (const YAML::Node& look : one["promql_expr_test"]) {
        all.push_back({one["name"].as<std::string>(), look["expr"].as<std::string>(),
                       look["exp_samples"].size() > 0});
      }
    }
  }
  return all;
}

}  // namespace roomkeeper::testing
