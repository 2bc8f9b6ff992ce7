// The rules of the house (CONTRIBUTING.md, "What a test holds"), each a pure function over files.
//
// A rule sees all files at once and returns what breaks it; empty is good. Thread: any.
#ifndef ROOMKEEPER_TESTS_HYGIENE_RULES_H_
#define ROOMKEEPER_TESTS_HYGIENE_RULES_H_

#include <string>
#include <vector>

#include "tests/hygiene/source_text.h"

namespace roomkeeper::testing {

/// One finding, as `path:line: text` (line 0: the file as a whole).
struct Finding {
  std::string path;
  int line = 0;
  std::string text;
  bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;
using SourceFiles = std::vector<SourceFile>;

std::string to_string(const Findings& findings);

inline constexpr int file_lines_max = 500;
inline constexpr int function_lines_max = 70;

// size_rules.cc
Findings long_files(const SourceFiles& files);
Findings long_functions(const SourceFiles& files);
/// Folders and files whose name says nothing about what is in them.
Findings vague_names(const SourceFiles& files);
/// .cc files that no CMakeLists.txt on their path names: they would rot unbuilt.
Findings unbuilt_sources(const SourceFiles& files);

// include_rules.cc
/// Which folder may include which, and which libraries stay out of headers and policies.
Findings forbidden_includes(const SourceFiles& files);

// call_rules.cc
/// Reading the time or sleeping in the product, outside the clock and the loop.
Findings clock_calls(const SourceFiles& files);
/// Making a thread in the product, outside sidecar/nats, the loop and the HTTP endpoint.
Findings thread_calls(const SourceFiles& files);
/// `dump()` that throws on bytes which are no UTF-8, and numbers read from JSON without a range
/// check.
Findings bare_json_calls(const SourceFiles& files);
/// Work left undone, findings silenced, tests switched off.
Findings loose_ends(const SourceFiles& files);
/// Paths of one machine and hosts of package registries.
Findings machine_details(const SourceFiles& files);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_HYGIENE_RULES_H_
