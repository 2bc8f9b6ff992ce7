// Collects what is wrong with the input, bounded and in the order a person reads it.
#ifndef ROOMKEEPER_CONFIG_PROBLEMS_H_
#define ROOMKEEPER_CONFIG_PROBLEMS_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "config/config.h"

namespace roomkeeper::config {

/// Thread: one. Owns its problems.
class Problems {
 public:
  /// What is reported; one more line says how many were left out.
  static constexpr std::size_t reported = 200;

  /// Files are reported in the order in which they were named here, flags and environment before
  /// them.
  void note_file(const std::string& name);
  void add(Problem problem);
  bool empty() const { return kept_.empty(); }
  /// Sorted by file, line and column; at most `reported` and the line that says how many more.
  std::vector<Problem> take();

 private:
  int rank(const Problem& problem) const;

  std::vector<Problem> kept_;
  std::size_t dropped_ = 0;
  std::map<std::string, int> ranks_;
};

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_PROBLEMS_H_
