#include "cli/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "cli/display_width.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr int gap = 2;
constexpr int narrowest = 6;  // a column that gives way still shows something

void append_cell(std::string& line, const std::string& cell, int width, Align align) {
  const std::string text = cut_to_width(cell, width);
  const int missing = std::max(0, width - display_width(text));
  const std::string padding(static_cast<std::size_t>(missing), ' ');
  line += align == Align::right ? padding + text : text + padding;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = safe_text(cell);
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::widths(int limit) const {
  std::vector<int> result;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int widest = display_width(columns_[i].header);
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[i]));
    result.push_back(widest);
  }
  if (limit <= 0) return result;
  const int gaps = gap * (static_cast<int>(columns_.size()) - 1);
  int surplus = std::accumulate(result.begin(), result.end(), gaps) - limit;
  while (surplus > 0) {
    // The widest column that may shrink gives one; ties go to the first.
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].shrinks || result[i] <= narrowest) continue;
      if (widest == columns_.size() || result[i] > result[widest]) widest = i;
    }
    if (widest == columns_.size()) break;
    --result[widest];
    --surplus;
  }
  return result;
}

std::string Table::render(int width) const {
  const std::vector<int> sizes = widths(width);
  std::string out;
  const auto append_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line.append(gap, ' ');
      append_cell(line, cell_of(i), sizes[i], columns_[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  append_line([&](std::size_t i) { return columns_[i].header; });
  for (const auto& row : rows_) append_line([&](std::size_t i) { return row[i]; });
  return out;
}

}  // namespace roomkeeper::cli
