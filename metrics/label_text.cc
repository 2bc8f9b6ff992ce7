#include "metrics/label_text.h"

#include <algorithm>
#include <cstdint>

namespace roomkeeper::metrics {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

bool is_plain(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return (byte >= 0x20 && byte < 0x7F) || c == '\n' || c == '\t';
}

/// Length of the valid multi-byte sequence at `at`, 0 if there is none. Overlong forms, surrogates
/// and what lies above U+10FFFF are not valid, nor are the C1 controls kept.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const std::uint8_t lead = byte_at(text, at);
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
    if (lead == 0xC2) low = 0xA0;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || at + length > text.size()) return 0;
  if (byte_at(text, at + 1) < low || byte_at(text, at + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

bool is_clean_label(std::string_view value) {
  return value.size() <= label_bytes_max && std::all_of(value.begin(), value.end(), is_plain);
}

std::string clean_label(std::string_view value) {
  std::string clean;
  clean.reserve(std::min(value.size(), label_bytes_max));
  for (std::size_t at = 0; at < value.size();) {
    std::string_view next = value.substr(at, 1);
    if (!is_plain(next.front())) {
      const std::size_t length = sequence_length(value, at);
      next = length == 0 ? replacement : value.substr(at, length);
      at += length == 0 ? 1 : length;
    } else {
      ++at;
    }
    if (clean.size() + next.size() > label_bytes_max) break;
    clean += next;
  }
  return clean;
}

}  // namespace roomkeeper::metrics
