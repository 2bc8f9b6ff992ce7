// UTF-8: where it breaks, and what a person should not have to see. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_UTF8_H_
#define ROOMKEEPER_CONFIG_UTF8_H_

#include <cstddef>
#include <string_view>

namespace roomkeeper::config {

/// Length in bytes (1..4) of the valid UTF-8 sequence at the start of `text`; 0 where it is broken:
/// overlong, surrogate, above U+10FFFF, cut short, or empty.
std::size_t utf8_length(std::string_view text);
/// Offset of the first broken sequence; npos when all is well.
std::size_t find_broken_utf8(std::string_view text);
/// Offset of the first control character (C0, DEL, C1); `allow_layout` lets tab, line feed and
/// carriage return by. REQUIRES: valid UTF-8.
std::size_t find_control(std::string_view text, bool allow_layout);
/// Characters (code points) in `text`. REQUIRES: valid UTF-8.
std::size_t count_characters(std::string_view text);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_UTF8_H_
