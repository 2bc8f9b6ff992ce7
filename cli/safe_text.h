// Texts of strangers on a terminal: nothing in them may move the cursor, change colours or reorder
// a line.
#ifndef ROOMKEEPER_CLI_SAFE_TEXT_H_
#define ROOMKEEPER_CLI_SAFE_TEXT_H_

#include <string>
#include <string_view>

namespace roomkeeper::cli {

/// `text` on one line: control characters as `\n`, `\t`, `\x1b`, invalid UTF-8 as `\xff`,
/// characters that reorder or break lines as `\u{202e}`. Everything else as it is. Pure; thread:
/// any.
std::string safe_text(std::string_view text);

/// True when every byte belongs to valid UTF-8.
bool is_utf8(std::string_view text);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_SAFE_TEXT_H_
