#include "config/nearest.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace roomkeeper::config {
namespace {

constexpr std::size_t longest = 64;
using Row = std::array<int, longest + 1>;

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool same(char a, char b) {
  return folded(a) == folded(b);
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b, int most) {
  if (a.size() > longest || b.size() > longest) return most + 1;
  const auto difference = static_cast<int>(a.size()) - static_cast<int>(b.size());
  if (std::abs(difference) > most) return most + 1;
  Row before{};  // two rows up, for swaps
  Row above{};
  Row current{};
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = above[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      current[j] = std::min({above[j] + 1, current[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before = above;
    above = current;
  }
  return std::min(above[b.size()], most + 1);
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
  int best = word.size() <= 3 ? 2 : 3;  // one more than what is still near
  std::string_view found;
  for (const std::string_view candidate : known) {
    const int distance = edit_distance(word, candidate, best - 1);
    // A word of two letters is one letter away from almost anything.
    if (distance >= best || distance >= static_cast<int>(std::max(word.size(), candidate.size())))
      continue;
    best = distance;
    found = candidate;
  }
  return std::string(found);
}

}  // namespace roomkeeper::config
