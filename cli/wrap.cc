#include "cli/wrap.h"

#include "cli/display_width.h"

namespace roomkeeper::cli {

std::string wrap(std::string_view text, int width, int indent, int first) {
  std::string out;
  int column = first;
  bool line_is_empty = true;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (word.empty()) continue;
    const int columns = display_width(word);
    if (!line_is_empty && column + 1 + columns > width) {
      out += "\n" + std::string(static_cast<std::size_t>(indent), ' ');
      column = indent;
      line_is_empty = true;
    }
    if (!line_is_empty) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns;
    line_is_empty = false;
  }
  return out;
}

}  // namespace roomkeeper::cli
