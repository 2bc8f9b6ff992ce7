#include "bench/figure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace roomkeeper::bench {
namespace {

constexpr std::size_t columns = 6;
using Row = std::array<std::string, columns>;

std::string ratio_text(const std::optional<double>& ratio) {
  if (!ratio) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", *ratio);
  return text.data();
}

Row row_of(const Figure& figure) {
  const std::string verdict = !figure.met ? "" : *figure.met ? "met" : "MISSED";
  return {figure.name,   figure.measured, figure.raw, ratio_text(figure.ratio),
          figure.target, verdict};
}

}  // namespace

std::string time_text(double seconds) {
  std::array<char, 32> text{};
  if (seconds >= 1) {
    std::snprintf(text.data(), text.size(), "%.2f s", seconds);
  } else if (seconds >= 1e-3) {
    std::snprintf(text.data(), text.size(), "%.1f ms", seconds * 1e3);
  } else {
    std::snprintf(text.data(), text.size(), "%.0f us", seconds * 1e6);
  }
  return text.data();
}

std::string rate_text(double count, double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.0f/s", seconds > 0 ? count / seconds : 0);
  return text.data();
}

double median(std::vector<double> values) {
  if (values.empty()) throw std::invalid_argument("a median of nothing");
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) throw std::invalid_argument("a percentile of nothing");
  std::sort(values.begin(), values.end());
  const double last = static_cast<double>(values.size() - 1);
  const auto at = static_cast<std::size_t>(std::ceil(share * last));
  return values[std::min(at, values.size() - 1)];
}

void print_table(const Figures& figures) {
  std::vector<Row> rows{{"figure", "measured", "raw", "ratio", "target", ""}};
  for (const Figure& figure : figures) rows.push_back(row_of(figure));
  std::array<std::size_t, columns> width{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < columns; ++i) width[i] = std::max(width[i], row[i].size());
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < columns; ++i)
      line += row[i] + std::string(width[i] - row[i].size() + 2, ' ');
    std::printf("%s\n", line.c_str());
  }
}

}  // namespace roomkeeper::bench
