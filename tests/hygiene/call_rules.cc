#include <algorithm>
#include <regex>
#include <set>

#include "tests/hygiene/rules.h"

namespace roomkeeper::testing {
namespace {

using FileSet = std::set<std::string>;

/// Where the machine's clocks are read and where a thread may wait.
const FileSet& clock_files() {
  static const FileSet files = {"sidecar/system_clock.cc", "sidecar/thread_loop.cc"};
  return files;
}

/// The one range-checked reader of numbers.
const FileSet& json_accessor_files() {
  static const FileSet files = {"api/json_fields.cc", "sidecar/nats/json_fields.cc"};
  return files;
}

/// sidecar/nats (the library's threads), the HTTP endpoint.
bool may_make_threads(const std::string& path) {
  return path.starts_with("sidecar/nats/") || path.starts_with("metrics/http_");
}

void find_all(const SourceFile& file, const std::string& text, const std::regex& pattern,
              Findings& findings) {
  for (auto it = std::sregex_iterator(text.begin(), text.end(), pattern);
       it != std::sregex_iterator(); ++it) {
    findings.push_back(
        {file.path, line_at(text, static_cast<std::size_t>(it->position(0))), it->str(0)});
  }
}

Findings find_in_product(const SourceFiles& files, const std::regex& pattern,
                         bool (*allowed)(const std::string&)) {
  Findings findings;
  for (const auto& file : files) {
    if (is_cpp(file.path) && is_product(file.path) && !allowed(file.path)) {
      find_all(file, code_of(file.text), pattern, findings);
    }
  }
  return findings;
}

/// `dump(` whose statement does not say what to do with bytes that are no UTF-8.
void find_bare_dumps(const SourceFile& file, const std::string& code, Findings& findings) {
  static const std::regex dump(R"((\.|->)\s*dump\s*\()");
  for (auto it = std::sregex_iterator(code.begin(), code.end(), dump); it != std::sregex_iterator();
       ++it) {
    const auto start = static_cast<std::size_t>(it->position(0));
    const auto statement = code.substr(start, code.find(';', start) - start);
    if (statement.find("error_handler_t::replace") == std::string::npos) {
      findings.push_back(
          {file.path, line_at(code, start), "dump without error_handler_t::replace"});
    }
  }
}

/// A word that must not stand in this file itself, put together from two halves.
std::string joined(std::string_view left, std::string_view right) {
  return std::string(left) + std::string(right);
}

std::string loose_end_pattern() {
  return R"(\b()" + joined("TO", "DO") + "|" + joined("FIX", "ME") + "|" + joined("NO", "LINT") +
         R"(\w*|)" + joined("GTEST_", "SKIP") + "|" + joined("DIS", "ABLED_") + R"()\w*)";
}

std::string machine_pattern() {
  std::string hosts;
  for (const auto& host :
       {joined("proxy.golang", ".org"), joined("sum.golang", ".org"), joined("deb.debian", ".org"),
        joined("security.debian", ".org"), joined("pypi", ".org"),
        joined("files.pythonhosted", ".org"), joined("registry.npmjs", ".org"),
        joined("static.crates", ".io"), joined("repo.maven.apache", ".org")}) {
    hosts += "|" + std::regex_replace(host, std::regex(R"(\.)"), R"(\.)");
  }
  // A path of a home or a work folder, at a place where a path can begin.
  return R"((^|[^A-Za-z0-9_.\-}])/()" + joined("ro", "ot") + "|" + joined("ho", "me") + "|" +
         joined("wo", "rk") + R"()/)" + hosts;
}

Findings find_in_all(const SourceFiles& files, const std::regex& pattern) {
  Findings findings;
  for (const auto& file : files) find_all(file, file.text, pattern, findings);
  return findings;
}

}  // namespace

Findings clock_calls(const SourceFiles& files) {
  static const std::regex pattern(
      R"(::\s*now\s*\(|\b(sleep_for|sleep_until|usleep|nanosleep|nats_Sleep|nats_Now\w*|gettimeofday|clock_gettime)\s*\()"
      R"(|\bsleep\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\))");
  return find_in_product(files, pattern,
                         [](const std::string& path) { return clock_files().contains(path); });
}

Findings thread_calls(const SourceFiles& files) {
  static const std::regex pattern(
      R"(\bstd::j?thread\b(?!\s*::)|\bstd::async\b|\bpthread_create\b|\bfork\s*\()");
  return find_in_product(files, pattern, may_make_threads);
}

Findings bare_json_calls(const SourceFiles& files) {
  static const std::regex number(
      R"((\.|->)\s*(template\s+)?get\s*<\s*(std::)?(u?int\w*|long|unsigned|short|size_t|double|float)\b[^>]*>\s*\()");
  Findings findings;
  for (const auto& file : files) {
    if (!is_cpp(file.path) || !is_product(file.path)) continue;
    const auto code = code_of(file.text);
    find_bare_dumps(file, code, findings);
    if (!json_accessor_files().contains(file.path)) find_all(file, code, number, findings);
  }
  return findings;
}

Findings loose_ends(const SourceFiles& files) {
  static const std::regex pattern(loose_end_pattern());
  return find_in_all(files, pattern);
}

Findings machine_details(const SourceFiles& files) {
  static const std::regex pattern(machine_pattern());
  return find_in_all(files, pattern);
}

}  // namespace roomkeeper::testing
