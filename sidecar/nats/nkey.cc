#include "sidecar/nats/nkey.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <openssl/evp.h>

namespace roomkeeper::sidecar::nats {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view base32_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::uint8_t prefix_seed = 18U << 3U;
constexpr std::uint8_t prefix_user = 20U << 3U;
constexpr std::size_t key_size = 32;
constexpr std::size_t seed_size = 2 + key_size + 2;           ///< two prefixes, key, checksum
constexpr std::size_t seed_length = (seed_size * 8 + 4) / 5;  ///< in base32

std::optional<Bytes> decode_base32(std::string_view text) {
  Bytes bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = base32_digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 5U) | static_cast<std::uint32_t>(digit);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>((bits >> count) & 0xFFU));
  }
  return bytes;
}

std::string encode_base32(const Bytes& bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8U) | byte;
    for (count += 8; count >= 5;) {
      count -= 5;
      text.push_back(base32_digits[(bits >> count) & 0x1FU]);
    }
  }
  if (count > 0) text.push_back(base32_digits[(bits << (5 - count)) & 0x1FU]);
  return text;
}

/// CRC-16/XMODEM, as nkeys end in.
std::uint16_t checksum(const std::uint8_t* data, std::size_t size) {
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < size; ++i) {
    crc ^= static_cast<std::uint32_t>(data[i]) << 8U;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
  }
  return static_cast<std::uint16_t>(crc & 0xFFFFU);
}

std::optional<std::array<std::uint8_t, key_size>> public_half(const std::uint8_t* private_half) {
  struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  };
  const std::unique_ptr<EVP_PKEY, Free> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, private_half, key_size));
  std::array<std::uint8_t, key_size> result{};
  std::size_t size = result.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), result.data(), &size) != 1 ||
      size != key_size) {
    return std::nullopt;
  }
  return result;
}

}  // namespace

policies::Result<std::string> public_key_of_seed(std::string_view seed) {
  const auto no_seed = [] {
    return policies::fail(policies::ErrorCode::invalid, "no seed of a user nkey");
  };
  const auto bytes = decode_base32(seed);
  if (!bytes || seed.size() != seed_length || bytes->size() != seed_size) return no_seed();
  // The kind of key stands across two bytes: five bits "seed", then eight bits "user".
  const auto kind =
      static_cast<std::uint8_t>((((*bytes)[0] & 0x07U) << 5U) | (((*bytes)[1] & 0xF8U) >> 3U));
  const auto stored =
      static_cast<std::uint16_t>((*bytes)[seed_size - 2] | ((*bytes)[seed_size - 1] << 8U));
  if (((*bytes)[0] & 0xF8U) != prefix_seed || kind != prefix_user ||
      stored != checksum(bytes->data(), seed_size - 2)) {
    return no_seed();
  }
  const auto key = public_half(bytes->data() + 2);
  if (!key) return no_seed();
  Bytes encoded{prefix_user};
  encoded.insert(encoded.end(), key->begin(), key->end());
  const std::uint16_t crc = checksum(encoded.data(), encoded.size());
  encoded.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
  encoded.push_back(static_cast<std::uint8_t>(crc >> 8U));
  return encode_base32(encoded);
}

}  // namespace roomkeeper::sidecar::nats
