#include "config/text_quoting.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "config/utf8.h"

namespace roomkeeper::config {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// What YAML 1.1 readers take for a truth value or for nothing.
bool is_special_word(std::string_view text) {
  constexpr std::array<std::string_view, 9> words = {"null", "true", "false", "yes", "no",
                                                     "on",   "off",  "y",     "n"};
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(words.begin(), words.end(), folded) != words.end();
}

bool is_plain(std::string_view text) {
  constexpr std::string_view others = "0123456789_-./ ";
  return !text.empty() && is_letter(text.front()) && text.back() != ' ' && !is_special_word(text) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_letter(c) || others.find(c) != std::string_view::npos;
         });
}

std::uint32_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0);
  const std::uint32_t lead_mask = 0x7FU >> sequence.size();
  std::uint32_t code = byte(0) & lead_mask;
  for (std::size_t i = 1; i < sequence.size(); ++i) code = (code << 6U) | (byte(i) & 0x3FU);
  return code;
}

/// Control characters, line and paragraph separators, and the byte order mark.
bool is_escaped(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF;
}

}  // namespace

std::string quoted_json(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text.substr(at, 4));
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    const std::string_view sequence = text.substr(at, length);
    const std::uint32_t code = code_point(sequence);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += sequence;
    } else if (is_escaped(code)) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04X", static_cast<unsigned>(code));
      out += escape.data();
    } else {
      out += sequence;
    }
    at += length;
  }
  return out + '"';
}

std::string yaml_text(std::string_view text) {
  return is_plain(text) ? std::string(text) : quoted_json(text);
}

}  // namespace roomkeeper::config
