// Words into lines of a terminal's width. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_WRAP_H_
#define ROOMKEEPER_CLI_WRAP_H_

#include <string>
#include <string_view>

namespace roomkeeper::cli {

/// `text`, broken between words so that no line is wider than `width` columns (a longer word stands
/// alone); every line but the first begins with `indent` spaces, and `first` columns of the first
/// one are taken already. `text` has to be safe. No newline at the end.
std::string wrap(std::string_view text, int width, int indent, int first);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_WRAP_H_
