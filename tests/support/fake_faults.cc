#include "tests/support/fake_faults.h"

#include <algorithm>

#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

FakeVerdict FakeFaults::judge(std::string_view subject) {
  const auto counted = counts_.find(subject);
  if (counted == counts_.end()) {
    counts_.emplace(subject, 1);
  } else {
    ++counted->second;
  }
  FakeVerdict verdict;
  verdict.ignore = std::any_of(silent_.begin(), silent_.end(), [&](const std::string& pattern) {
    return pattern_matches(pattern, subject);
  });
  if (verdict.ignore) return verdict;
  for (auto it = once_.begin(); it != once_.end(); ++it) {
    if (!pattern_matches(it->pattern, subject)) continue;
    if (it->kind == Kind::ignore) verdict.ignore = true;
    if (it->kind == Kind::lose) verdict.lose_reply = true;
    if (it->kind == Kind::fail) verdict.fail = it->error;
    if (--it->left == 0) once_.erase(it);
    return verdict;
  }
  for (const auto& [pattern, error] : failing_) {
    if (pattern_matches(pattern, subject)) verdict.fail = error;
  }
  return verdict;
}

std::uint64_t FakeFaults::count(std::string_view pattern) const {
  std::uint64_t total = 0;
  for (const auto& [subject, times] : counts_) {
    if (pattern_matches(pattern, subject)) total += times;
  }
  return total;
}

}  // namespace roomkeeper::testing
