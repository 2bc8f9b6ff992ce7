#include "tests/support/subject_pattern.h"

#include <algorithm>
#include <cstddef>

namespace roomkeeper::testing {

std::vector<std::string_view> subject_tokens(std::string_view subject) {
  std::vector<std::string_view> tokens;
  std::size_t begin = 0;
  while (true) {
    const std::size_t dot = subject.find('.', begin);
    if (dot == std::string_view::npos) break;
    tokens.push_back(subject.substr(begin, dot - begin));
    begin = dot + 1;
  }
  tokens.push_back(subject.substr(begin));
  return tokens;
}

bool is_subject_pattern(std::string_view subject) {
  const auto bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (subject.empty() || std::any_of(subject.begin(), subject.end(), bad)) return false;
  const auto tokens = subject_tokens(subject);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].empty()) return false;
    if (tokens[i] == ">" && i + 1 != tokens.size()) return false;
  }
  return true;
}

bool is_literal_subject(std::string_view subject) {
  if (!is_subject_pattern(subject)) return false;
  const auto tokens = subject_tokens(subject);
  return std::none_of(tokens.begin(), tokens.end(),
                      [](std::string_view token) { return token == "*" || token == ">"; });
}

bool pattern_matches(std::string_view pattern, std::string_view literal) {
  const auto wanted = subject_tokens(pattern);
  const auto given = subject_tokens(literal);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == ">") return i < given.size();
    if (i >= given.size()) return false;
    if (wanted[i] != "*" && wanted[i] != given[i]) return false;
  }
  return wanted.size() == given.size();
}

bool patterns_overlap(std::string_view a, std::string_view b) {
  const auto left = subject_tokens(a);
  const auto right = subject_tokens(b);
  const std::size_t common = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (left[i] == ">" || right[i] == ">") return true;
    if (left[i] != "*" && right[i] != "*" && left[i] != right[i]) return false;
  }
  return left.size() == right.size();
}

}  // namespace roomkeeper::testing
