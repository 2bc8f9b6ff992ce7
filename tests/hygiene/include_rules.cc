#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "tests/hygiene/rules.h"

namespace roomkeeper::testing {
namespace {

struct Include {
  int line = 0;
  bool ours = false;  ///< in quotes
  std::string name;
};

std::vector<Include> includes_of(const std::string& code) {
  static const std::regex pattern(R"re((^|\n)[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"])re");
  std::vector<Include> includes;
  for (auto it = std::sregex_iterator(code.begin(), code.end(), pattern);
       it != std::sregex_iterator(); ++it) {
    const auto& match = *it;
    includes.push_back(
        {line_at(code, static_cast<std::size_t>(match.position(2))), match[2] == "\"", match[3]});
  }
  return includes;
}

/// Which folders a folder may include, itself left out.
const std::map<std::string, std::set<std::string>>& allowed_folders() {
  static const std::map<std::string, std::set<std::string>> allowed = {
      {"policies", {}},
      {"config", {"policies"}},
      {"api", {"policies"}},
      {"metrics", {"policies"}},
      {"sidecar", {"sidecar/nats", "config", "api", "metrics", "policies"}},
      {"sidecar/nats", {"sidecar", "config", "api", "metrics", "policies"}},
      {"cli", {"config", "api", "sidecar/nats", "policies"}},
  };
  return allowed;
}

/// The ports of the sidecar that roomctl runs its own loop on.
bool is_port(const std::string& name) {
  static const std::set<std::string> ports = {"sidecar/clock.h", "sidecar/event_loop.h",
                                              "sidecar/thread_loop.h", "sidecar/message_bus.h"};
  return ports.contains(name);
}

bool is_nats(const std::string& name) {
  return name == "nats.h" || name.starts_with("nats/");
}

/// Libraries that would cost every file that includes our header.
bool is_heavy(const std::string& name) {
  return is_nats(name) || name == "nlohmann/json.hpp" || name.starts_with("spdlog/") ||
         name.starts_with("yaml-cpp/") || name.starts_with("boost/");
}

bool is_pure(const std::string& name) {
  static const std::regex standard("[a-z_0-9]+");
  return std::regex_match(name, standard) || name == "tl/expected.hpp" || name.starts_with("date/");
}

std::optional<std::string> objection(const SourceFile& file, const Include& include) {
  const std::string from = folder_of(file.path);
  if (include.ours) {
    if (include.name.find('/') == std::string::npos) return "name it from the repository root";
    const std::string to = folder_of(include.name);
    if (to == from || allowed_folders().at(from).contains(to)) return std::nullopt;
    if (from == "cli" && is_port(include.name)) return std::nullopt;
    return from + " may not include " + to;
  }
  if (is_nats(include.name) && from != "sidecar/nats") return "nats.h belongs to sidecar/nats";
  if (is_heavy(include.name) && file.path.ends_with(".h")) return "not in a header";
  if (from == "policies" && !is_pure(include.name))
    return "policies include the standard library, tl::expected and date only";
  return std::nullopt;
}

}  // namespace

Findings forbidden_includes(const SourceFiles& files) {
  Findings findings;
  for (const auto& file : files) {
    if (!is_cpp(file.path) || !is_product(file.path)) continue;
    for (const auto& include : includes_of(code_of(file.text))) {
      if (const auto text = objection(file, include))
        findings.push_back({file.path, include.line, include.name + ": " + *text});
    }
  }
  return findings;
}

}  // namespace roomkeeper::testing
