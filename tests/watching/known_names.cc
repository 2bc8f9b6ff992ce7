#include "tests/watching/known_names.h"

#include <map>
#include <regex>
#include <sstream>

#include "metrics/names.h"

namespace roomkeeper::testing {
namespace {

using Labels = std::set<std::string>;

/// Labels that Prometheus itself gives, and those that the operator gives to targets.
const Labels given{"job", "instance", "namespace", "alertname", "severity"};

const std::map<std::string, Labels>& families() {
  static const auto all = [] {
    std::map<std::string, Labels> made{{"up", {}}};
    const auto add = [&](const auto& one) {
      const Labels labels(one.labels.begin(), one.labels.end());
      const std::string name(one.name);
      if (one.kind != metrics::Kind::histogram) {
        made[name] = labels;
        return;
      }
      made[name + "_sum"] = made[name + "_count"] = made[name + "_bucket"] = labels;
      made[name + "_bucket"].insert("le");
    };
    for (const auto& one : metrics::catalogue()) add(one);
    for (const auto& one : metrics::computed_catalogue()) add(one);
    return made;
  }();
  return all;
}

std::vector<std::smatch> matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()};
}

const std::regex& name_pattern() {
  static const std::regex pattern(
      R"re((job:)?\b(roomkeeper_[a-z0-9_:]+|process_[a-z_]+|up)\b(\{[^}]*\})?)re");
  return pattern;
}

Labels label_list(const std::string& text) {
  Labels labels;
  std::istringstream in(std::regex_replace(text, std::regex("[^A-Za-z0-9_]+"), " "));
  for (std::string word; in >> word;) labels.insert(word);
  return labels;
}

Labels labels_of_metrics(const std::string& query) {
  Labels labels = given;
  for (const auto& match : matches(query, name_pattern())) {
    const auto family = families().find(match.str(2));
    if (family != families().end()) labels.insert(family->second.begin(), family->second.end());
  }
  return labels;
}

}  // namespace

std::vector<std::string> unknown_names(const std::string& query,
                                       const std::set<std::string>& recorded) {
  static const std::regex matcher(R"re(([a-z_]+)\s*(=~|!~|!=|=)\s*")re");
  static const std::regex grouping(R"re(\b(by|on|without|ignoring|group_left)\s*\(([^)]*)\))re");
  std::vector<std::string> wrong;
  for (const auto& match : matches(query, name_pattern())) {
    if (recorded.contains(match.str(1) + match.str(2))) continue;
    const auto family = families().find(match.str(2));
    if (match.str(1) != "" || family == families().end()) {
      wrong.push_back("no metric " + match.str(1) + match.str(2));
      continue;
    }
    const std::string selector = match.str(3);
    for (const auto& label : matches(selector, matcher)) {
      if (!given.contains(label.str(1)) && !family->second.contains(label.str(1)))
        wrong.push_back(match.str(2) + " has no label " + label.str(1));
    }
  }
  const Labels known = labels_of_metrics(query);
  for (const auto& match : matches(query, grouping)) {
    for (const std::string& label : label_list(match.str(2))) {
      if (!known.contains(label)) wrong.push_back("nothing there has the label " + label);
    }
  }
  return wrong;
}

std::set<std::string> labels_of(const std::string& query) {
  static const std::regex by(R"re(\bby\s*\(([^)]*)\))re");
  Labels labels;
  const auto groupings = matches(query, by);
  if (groupings.empty()) return labels_of_metrics(query);
  for (const auto& match : groupings) labels.merge(label_list(match.str(1)));
  return labels;
}

std::vector<std::string> unknown_metrics(const std::string& text) {
  static const std::regex name(R"re(\broomkeeper_[a-z_]+)re");
  std::vector<std::string> wrong;
  for (const auto& match : matches(text, name)) {
    if (!families().contains(match.str())) wrong.push_back(match.str());
  }
  return wrong;
}

std::vector<std::string> bare_counters(const std::string& query) {
  static const std::regex counter(R"re((\b[a-z_]+\()?([a-z_]+_total)\b)re");
  std::vector<std::string> wrong;
  for (const auto& match : matches(query, counter)) {
    const std::string function = match.str(1);
    if (function != "rate(" && function != "increase(" && function != "irate(")
      wrong.push_back(match.str(2));
  }
  return wrong;
}

}  // namespace roomkeeper::testing
