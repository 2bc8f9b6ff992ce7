#include "cli/safe_text.h"

#include <array>
#include <cstdio>

#include "cli/display_width.h"

namespace roomkeeper::cli {
namespace {

bool reorders_or_breaks(char32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x200E || code == 0x200F || code == 0x061C || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF || (code >= 0xE0000 && code <= 0xE007F) ||
         (code >= 0xFFF9 && code <= 0xFFFB);
}

std::string escaped(const char* pattern, unsigned value) {
  std::array<char, 16> text{};
  const int length = std::snprintf(text.data(), text.size(), pattern, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

void append_control(std::string& out, char32_t code) {
  switch (code) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += escaped("\\x%02x", static_cast<unsigned>(code));
  }
}

}  // namespace

std::string safe_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode_utf8(text);
    if (!next.valid) {
      out += escaped("\\x%02x", static_cast<unsigned>(next.code));
    } else if (next.code < 0x20 || (next.code >= 0x7F && next.code < 0xA0)) {
      append_control(out, next.code);
    } else if (reorders_or_breaks(next.code)) {
      out += escaped("\\u{%x}", static_cast<unsigned>(next.code));
    } else {
      out += text.substr(0, next.size);
    }
    text.remove_prefix(next.size);
  }
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Decoded next = decode_utf8(text);
    if (!next.valid) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

}  // namespace roomkeeper::cli
