#include "config/utf8.h"

#include <cstdint>

namespace roomkeeper::config {
namespace {

std::uint32_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (byte_at(text, at) & 0xC0U) == 0x80U;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const std::uint32_t first = byte_at(text, 0);
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U || !is_continuation(text, 1)) return 0;
  if (first < 0xE0U) return 2;
  const std::uint32_t second = byte_at(text, 1);
  if (!is_continuation(text, 2)) return 0;
  if (first < 0xF0U) {
    const bool overlong = first == 0xE0U && second < 0xA0U;
    const bool surrogate = first == 0xEDU && second > 0x9FU;
    return overlong || surrogate ? 0 : 3;
  }
  if (!is_continuation(text, 3)) return 0;
  const bool overlong = first == 0xF0U && second < 0x90U;
  const bool too_high = first == 0xF4U && second > 0x8FU;
  return overlong || too_high ? 0 : 4;
}

std::size_t find_broken_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_length(text.substr(at, 4));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::size_t find_control(std::string_view text, bool allow_layout) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::uint32_t byte = byte_at(text, at);
    if (byte >= 0x20U && byte < 0x7FU) continue;
    if (byte < 0x20U) {
      const bool layout = byte == '\t' || byte == '\n' || byte == '\r';
      if (!(layout && allow_layout)) return at;
    } else if (byte == 0x7FU) {
      return at;
    } else if (byte == 0xC2U && at + 1 < text.size() && byte_at(text, at + 1) < 0xA0U) {
      return at;  // U+0080..U+009F
    }
  }
  return std::string_view::npos;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((byte_at(text, at) & 0xC0U) != 0x80U) ++count;
  }
  return count;
}

}  // namespace roomkeeper::config
