// A measured figure and the table that `make bench` ends with.
#ifndef ROOMKEEPER_BENCH_FIGURE_H_
#define ROOMKEEPER_BENCH_FIGURE_H_

#include <optional>
#include <string>
#include <vector>

namespace roomkeeper::bench {

struct Figure {
  std::string name;
  std::string measured;
  std::string raw = "-";          ///< the bare server in the same run
  std::optional<double> ratio{};  ///< raw / measured: 1 is as fast as the bare server
  std::string target = "-";
  std::optional<bool> met{};  ///< empty: no target, told for information
};
using Figures = std::vector<Figure>;

/// "1.234 s", "12.3 ms": whichever reads well. `seconds` >= 0.
std::string time_text(double seconds);
/// "612/s".
std::string rate_text(double count, double seconds);
/// The middle one, or the mean of the two in the middle. REQUIRES: not empty.
double median(std::vector<double> values);
/// The value that `share` (0..1) of all do not exceed. REQUIRES: not empty.
double percentile(std::vector<double> values, double share);

/// On standard output.
void print_table(const Figures& figures);

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_FIGURE_H_
