#include "policies/base32.h"

#include <cstdint>

namespace roomkeeper::policies {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr unsigned bits_per_digit = 5;
constexpr unsigned bits_per_byte = 8;

}  // namespace

std::string encode_base32(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * bits_per_byte + bits_per_digit - 1) / bits_per_digit);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const char c : bytes) {
    pending = (pending << bits_per_byte) | static_cast<unsigned char>(c);
    pending_bits += bits_per_byte;
    while (pending_bits >= bits_per_digit) {
      pending_bits -= bits_per_digit;
      text += alphabet[(pending >> pending_bits) & 0x1fU];
    }
    pending &= (1U << pending_bits) - 1;
  }
  if (pending_bits > 0) text += alphabet[(pending << (bits_per_digit - pending_bits)) & 0x1fU];
  return text;
}

Result<std::string> decode_base32(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * bits_per_digit / bits_per_byte);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return fail(ErrorCode::invalid, "not base32");
    pending = (pending << bits_per_digit) | static_cast<std::uint32_t>(digit);
    pending_bits += bits_per_digit;
    if (pending_bits < bits_per_byte) continue;
    pending_bits -= bits_per_byte;
    bytes += static_cast<char>(static_cast<unsigned char>(pending >> pending_bits));
    pending &= (1U << pending_bits) - 1;
  }
  // One text for one value: two keys for one user would be two bans.
  if (pending != 0 || pending_bits >= bits_per_digit)
    return fail(ErrorCode::invalid, "base32 with bits left over");
  return bytes;
}

}  // namespace roomkeeper::policies
