#include "tests/support/nkey_keys.h"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "sidecar/nats/openssl_exit.h"

namespace roomkeeper::testing {
namespace {

constexpr std::string_view nkey_base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view jwt_base64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Long before any test and in no clock's future.
constexpr std::int64_t jwt_issued_at = 1'700'000'000;

struct FreeNkey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

/// Digits of `width` bits each, the last one filled with zeros.
std::string nkey_encode(std::string_view bytes, std::string_view digits, unsigned width) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  const std::uint32_t mask = (1U << width) - 1U;
  for (const char c : bytes) {
    bits = ((bits << 8U) | static_cast<std::uint8_t>(c)) & 0xFFFFU;
    for (count += 8; count >= width;) {
      count -= width;
      text.push_back(digits[(bits >> count) & mask]);
    }
  }
  if (count > 0) text.push_back(digits[(bits << (width - count)) & mask]);
  return text;
}

std::string jwt_part(std::string_view bytes) {
  return nkey_encode(bytes, jwt_base64, 6);
}

/// base32 of the bytes and their CRC-16/XMODEM.
std::string nkey_text(std::string bytes) {
  std::uint32_t crc = 0;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<std::uint8_t>(c)) << 8U;
    for (int bit = 0; bit < 8; ++bit)
      crc = ((crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U) & 0xFFFFU;
  }
  bytes.push_back(static_cast<char>(crc & 0xFFU));
  bytes.push_back(static_cast<char>(crc >> 8U));
  return nkey_encode(bytes, nkey_base32, 5);
}

std::string nkey_bytes(const std::array<std::uint8_t, 32>& bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string signed_jwt(const NkeyPair& issuer, const std::string& subject, const std::string& nats,
                       std::int64_t expires) {
  std::string claims = R"({"jti":")" + subject + R"(","iat":)" + std::to_string(jwt_issued_at) +
                       R"(,"iss":")" + issuer.public_key() + R"(","sub":")" + subject +
                       R"(","name":"test")";
  if (expires != 0) claims += R"(,"exp":)" + std::to_string(expires);
  claims += R"(,"nats":)" + nats + "}";
  const std::string text =
      jwt_part(R"({"typ":"JWT","alg":"ed25519-nkey"})") + "." + jwt_part(claims);
  return text + "." + issuer.sign(text);
}

constexpr const char* plain_limits =
    R"("subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1)";

std::string account_claims(const std::string& jetstream, const std::string& more = {}) {
  return std::string(R"({"limits":{)") + plain_limits + jetstream + "}" + more +
         R"(,"type":"account","version":2})";
}

/// Of every user whose JWT is not newer than those that are made here.
std::string all_revoked() {
  return R"(,"revocations":{"*":)" + std::to_string(jwt_issued_at) + "}";
}

}  // namespace

NkeyPair::NkeyPair(NkeyKind kind) : kind_(kind) {
  sidecar::nats::keep_openssl_at_exit();
  std::size_t size = public_.size();
  if (RAND_bytes(private_.data(), static_cast<int>(private_.size())) != 1)
    throw std::runtime_error("no random bytes");
  const std::unique_ptr<EVP_PKEY, FreeNkey> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, private_.data(), private_.size()));
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), public_.data(), &size) != 1)
    throw std::runtime_error("no ed25519 key");
}

std::string NkeyPair::public_key() const {
  const auto prefix = static_cast<char>(static_cast<unsigned>(kind_) << 3U);
  return nkey_text(prefix + nkey_bytes(public_));
}

std::string NkeyPair::seed() const {
  // Five bits "seed", then eight bits of the kind.
  const unsigned kind = static_cast<unsigned>(kind_) << 3U;
  std::string bytes;
  bytes.push_back(static_cast<char>((18U << 3U) | (kind >> 5U)));
  bytes.push_back(static_cast<char>((kind & 31U) << 3U));
  return nkey_text(bytes + nkey_bytes(private_));
}

std::string NkeyPair::sign(std::string_view bytes) const {
  const std::unique_ptr<EVP_PKEY, FreeNkey> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, private_.data(), private_.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeNkey> context(EVP_MD_CTX_new());
  const std::basic_string<unsigned char> message(bytes.begin(), bytes.end());
  std::array<std::uint8_t, 64> signature{};
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    throw std::runtime_error("no signature");
  }
  return jwt_part(std::string(signature.begin(), signature.end()));
}

std::string JwtOperator::server_config(const JwtAccountState& state) const {
  const std::string app = account_.public_key();
  const std::string sys = system_.public_key();
  const std::string operator_claims = R"({"type":"operator","version":2})";
  return "operator: " + signed_jwt(operator_, operator_.public_key(), operator_claims, 0) +
         "\nsystem_account: " + sys + "\nresolver: MEMORY\nresolver_preload: {\n  " + app + ": " +
         signed_jwt(operator_, app,
                    account_claims(R"(,"mem_storage":-1,"disk_storage":-1,)"
                                   R"("streams":-1,"consumer":-1)",
                                   state.users_revoked ? all_revoked() : ""),
                    state.expires) +
         "\n  " + sys + ": " + signed_jwt(operator_, sys, account_claims(""), 0) + "\n}\n";
}

std::string JwtOperator::creds(std::int64_t expires) const {
  const NkeyPair user(NkeyKind::user);
  const std::string claims =
      R"({"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"type":"user","version":2})";
  return "-----BEGIN NATS USER JWT-----\n" +
         signed_jwt(account_, user.public_key(), claims, expires) +
         "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" + user.seed() +
         "\n------END USER NKEY SEED------\n";
}

}  // namespace roomkeeper::testing
