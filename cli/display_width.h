// How many columns a text takes on a terminal: Korean and emoji two, combining marks none. Pure;
// thread: any.
//
// Not wcwidth(): it depends on the locale of the machine, and says -1 for what it does not know.
#ifndef ROOMKEEPER_CLI_DISPLAY_WIDTH_H_
#define ROOMKEEPER_CLI_DISPLAY_WIDTH_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace roomkeeper::cli {

struct Decoded {
  char32_t code = 0;     ///< the byte itself when it is not valid
  std::size_t size = 0;  ///< bytes taken; 0 only for an empty text
  bool valid = false;
};
/// The first code point of `text`. Overlong forms, surrogates and stray bytes are invalid, one byte
/// each.
Decoded decode_utf8(std::string_view text);

/// 0, 1 or 2. Control characters take 0: escape them first (safe_text.h).
int code_point_width(char32_t code);

/// Columns of a text; what a zero width joiner glues to an emoji takes none, an invalid byte takes
/// one.
int display_width(std::string_view text);

/// `text`, cut to at most `width` columns, with an ellipsis as its last column where something was
/// cut.
std::string cut_to_width(std::string_view text, int width);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_DISPLAY_WIDTH_H_
