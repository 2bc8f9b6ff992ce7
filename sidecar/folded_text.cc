#include "sidecar/folded_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace roomkeeper::sidecar {
namespace {

constexpr char lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Letters of Hangul that join to syllables (Unicode, 3.12): every one of them begins with this
/// byte.
constexpr char letter_byte = '\xE1';
constexpr std::uint32_t first_lead = 0x1100, first_vowel = 0x1161, first_tail = 0x11A7;
constexpr std::uint32_t leads = 19, vowels = 21, tails = 28;
constexpr std::uint32_t first_syllable = 0xAC00;
constexpr std::size_t letter_bytes = 3;

/// Number of the letter at `at` among `count` from `first`; nullopt: it is none of them.
std::optional<std::uint32_t> letter(std::string_view text, std::size_t at, std::uint32_t first,
                                    std::uint32_t count) {
  if (at + letter_bytes > text.size() || text[at] != letter_byte) return std::nullopt;
  const auto low = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]) & 0x3FU; };
  const std::uint32_t character = 0x1000U | (low(1) << 6U) | low(2);
  if (character < first || character >= first + count) return std::nullopt;
  return character - first;
}

void append_syllable(std::string& out, std::uint32_t character) {
  out += static_cast<char>(0xE0U | (character >> 12U));
  out += static_cast<char>(0x80U | ((character >> 6U) & 0x3FU));
  out += static_cast<char>(0x80U | (character & 0x3FU));
}

/// Joins a lead, a vowel and perhaps a tail that stand one after the other.
std::string with_syllables(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = letter(text, at, first_lead, leads);
    const auto vowel = lead ? letter(text, at + letter_bytes, first_vowel, vowels) : std::nullopt;
    if (!vowel) {
      out += text[at++];
      continue;
    }
    at += 2 * letter_bytes;
    const std::uint32_t tail = letter(text, at, first_tail, tails).value_or(0);
    if (tail > 0) at += letter_bytes;
    append_syllable(out, first_syllable + (*lead * vowels + *vowel) * tails + tail);
  }
  return out;
}

}  // namespace

std::string fold(std::string_view text) {
  std::string folded =
      text.find(letter_byte) == std::string_view::npos ? std::string(text) : with_syllables(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), lower_ascii);
  return folded;
}

FoldedPattern::FoldedPattern(std::string_view text)
    : text_(fold(text)),
      has_letters_(
          std::any_of(text_.begin(), text_.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {}

bool FoldedPattern::is_in(std::string_view text) const {
  if (text.find(letter_byte) != std::string_view::npos)
    return fold(text).find(text_) != std::string::npos;
  if (!has_letters_) return text.find(text_) != std::string_view::npos;
  if (text.size() < text_.size()) return false;
  const char first = text_.front();
  const std::size_t last = text.size() - text_.size();
  for (std::size_t at = 0; at <= last; ++at) {
    if (lower_ascii(text[at]) != first) continue;
    std::size_t same = 1;
    while (same < text_.size() && lower_ascii(text[at + same]) == text_[same]) ++same;
    if (same == text_.size()) return true;
  }
  return false;
}

int compare_folded(std::string_view a, std::string_view b) {
  const std::size_t shared = std::min(a.size(), b.size());
  // Titles of a kind begin alike: eight bytes at a time.
  constexpr std::size_t step = 8;
  std::size_t i = 0;
  while (i + step <= shared && std::memcmp(a.data() + i, b.data() + i, step) == 0) i += step;
  for (; i < shared; ++i) {
    const auto one = static_cast<std::uint8_t>(lower_ascii(a[i]));
    const auto other = static_cast<std::uint8_t>(lower_ascii(b[i]));
    if (one != other) return one < other ? -1 : 1;
  }
  if (a.size() == b.size()) return 0;
  return a.size() < b.size() ? -1 : 1;
}

}  // namespace roomkeeper::sidecar
