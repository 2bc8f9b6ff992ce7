#include "config/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace roomkeeper::config {
namespace {

/// Enough that the first ones by place are among them, however they were found.
constexpr std::size_t kept_at_most = 20'000;

}  // namespace

std::string to_string(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line > 0) {
    out += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
  }
  if (!out.empty()) out += ": ";
  if (!problem.key.empty()) out += problem.key + ": ";
  out += problem.text;
  if (!problem.did_you_mean.empty()) out += " (did you mean \"" + problem.did_you_mean + "\"?)";
  return out;
}

void Problems::note_file(const std::string& name) {
  ranks_.emplace(name, static_cast<int>(ranks_.size()));
}

void Problems::add(Problem problem) {
  if (kept_.size() >= kept_at_most) {
    ++dropped_;
    return;
  }
  kept_.push_back(std::move(problem));
}

int Problems::rank(const Problem& problem) const {
  const auto found = ranks_.find(problem.file);
  return found == ranks_.end() ? -1 : found->second;
}

std::vector<Problem> Problems::take() {
  std::stable_sort(kept_.begin(), kept_.end(), [this](const Problem& a, const Problem& b) {
    return std::tuple(rank(a), a.line, a.column) < std::tuple(rank(b), b.line, b.column);
  });
  if (kept_.size() > reported) {
    dropped_ += kept_.size() - reported;
    kept_.resize(reported);
  }
  if (dropped_ > 0) {
    Problem more;
    more.file = kept_.back().file;
    more.line = kept_.back().line;
    more.column = kept_.back().column;
    more.text = "and " + std::to_string(dropped_) + " more problems";
    kept_.push_back(std::move(more));
    dropped_ = 0;
  }
  return std::exchange(kept_, {});
}

}  // namespace roomkeeper::config
