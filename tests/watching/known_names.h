// Whether the metrics and labels of a PromQL expression exist in the catalogue. Thread: any.
#ifndef ROOMKEEPER_TESTS_WATCHING_KNOWN_NAMES_H_
#define ROOMKEEPER_TESTS_WATCHING_KNOWN_NAMES_H_

#include <set>
#include <string>
#include <vector>

namespace roomkeeper::testing {

/// What is wrong with it, in words; empty: nothing. `recorded`: names of recording rules.
std::vector<std::string> unknown_names(const std::string& query,
                                       const std::set<std::string>& recorded);
/// Labels that its result may have.
std::set<std::string> labels_of(const std::string& query);
/// Names of metrics in a text that do not exist.
std::vector<std::string> unknown_metrics(const std::string& text);
/// Counters that are not directly inside rate(), increase() or irate().
std::vector<std::string> bare_counters(const std::string& query);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_WATCHING_KNOWN_NAMES_H_
