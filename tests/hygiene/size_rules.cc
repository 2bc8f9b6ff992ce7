#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "tests/hygiene/rules.h"

namespace roomkeeper::testing {
namespace {

bool is_vague(std::string_view word) {
  static constexpr std::array words = {"util",    "utils",    "utility", "utilities",
                                       "common",  "commons",  "helper",  "helpers",
                                       "manager", "managers", "misc",    "stuff"};
  return std::ranges::find(words, word) != words.end();
}

/// The words of a path: "sidecar/room_manager.cc" -> sidecar room manager cc.
std::vector<std::string> words_of(std::string_view path) {
  std::vector<std::string> words(1);
  for (const char c : path) {
    if (c == '/' || c == '_' || c == '-' || c == '.') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

/// CMake text as words, without comments and parentheses.
std::vector<std::string> cmake_words(const std::string& text) {
  std::string plain;
  bool comment = false;
  for (const char c : text) {
    if (c == '#') comment = true;
    if (c == '\n') comment = false;
    plain += comment || c == '(' || c == ')' || c == '"' ? ' ' : c;
  }
  std::istringstream in(plain);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

using CMakeWords = std::map<std::string, std::vector<std::string>>;  // by folder, "" is the root

bool is_built(const std::string& path, const CMakeWords& lists) {
  for (auto slash = path.rfind('/'); slash != std::string::npos;
       slash = slash == 0 ? slash : path.rfind('/', slash - 1)) {
    const auto list = lists.find(path.substr(0, slash));
    if (list != lists.end() &&
        std::ranges::find(list->second, path.substr(slash + 1)) != list->second.end())
      return true;
    if (slash == 0) break;
  }
  const auto root = lists.find("");
  return root != lists.end() && std::ranges::find(root->second, path) != root->second.end();
}

}  // namespace

std::string to_string(const Findings& findings) {
  std::string text;
  for (const auto& finding : findings) {
    text += finding.path + ":" + std::to_string(finding.line) + ": " + finding.text + "\n";
  }
  return text;
}

Findings long_files(const SourceFiles& files) {
  Findings findings;
  for (const auto& file : files) {
    const int lines = line_count(file.text);
    if (is_cpp(file.path) && lines > file_lines_max)
      findings.push_back({file.path, 0, std::to_string(lines) + " lines"});
  }
  return findings;
}

Findings long_functions(const SourceFiles& files) {
  Findings findings;
  for (const auto& file : files) {
    if (!is_cpp(file.path)) continue;
    for (const auto& function : functions_of(code_of(file.text))) {
      if (function.lines <= function_lines_max) continue;
      findings.push_back({file.path, function.first_line,
                          function.name + " has " + std::to_string(function.lines) + " lines"});
    }
  }
  return findings;
}

Findings vague_names(const SourceFiles& files) {
  Findings findings;
  for (const auto& file : files) {
    for (const auto& word : words_of(file.path)) {
      if (is_vague(word))
        findings.push_back({file.path, 0, "the name '" + word + "' says nothing"});
    }
  }
  return findings;
}

Findings unbuilt_sources(const SourceFiles& files) {
  static constexpr std::string_view list_name = "CMakeLists.txt";
  CMakeWords lists;
  for (const auto& file : files) {
    if (file.path == list_name) {
      lists[""] = cmake_words(file.text);
    } else if (file.path.ends_with("/" + std::string(list_name))) {
      lists[file.path.substr(0, file.path.size() - list_name.size() - 1)] = cmake_words(file.text);
    }
  }
  Findings findings;
  for (const auto& file : files) {
    if (file.path.ends_with(".cc") && !is_built(file.path, lists)) {
      findings.push_back({file.path, 0, "no CMakeLists.txt names it"});
    }
  }
  return findings;
}

}  // namespace roomkeeper::testing
