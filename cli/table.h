// Aligned columns for people. Cells are made safe for terminals here; widths are those of the
// terminal.
#ifndef ROOMKEEPER_CLI_TABLE_H_
#define ROOMKEEPER_CLI_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace roomkeeper::cli {

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string header;
  Align align = Align::left;
  bool shrinks = false;  ///< gives way when the terminal is too narrow
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);
  /// Missing cells are empty, surplus ones are dropped.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// Lines with a newline each, without trailing spaces. `width`: of the terminal; 0: nothing is
  /// cut.
  std::string render(int width) const;

 private:
  std::vector<int> widths(int limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_TABLE_H_
