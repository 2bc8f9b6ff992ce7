// NKeys and JWTs made at test time, as `nk` and `nsc` make them: a server in operator mode with one
// account, users' creds files, and plain nkey users. Thread: any.
#ifndef ROOMKEEPER_TESTS_SUPPORT_NKEY_KEYS_H_
#define ROOMKEEPER_TESTS_SUPPORT_NKEY_KEYS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace roomkeeper::testing {

enum class NkeyKind : std::uint8_t { operator_key = 14, account = 0, user = 20 };

/// A random key pair; each one is another.
class NkeyPair {
 public:
  explicit NkeyPair(NkeyKind kind);
  std::string public_key() const;  ///< `O...`, `A...`, `U...`
  std::string seed() const;        ///< `SO...`, `SA...`, `SU...`
  const std::array<std::uint8_t, 32>& public_bytes() const { return public_; }
  /// Ed25519 over the bytes, in base64url without padding.
  std::string sign(std::string_view bytes) const;

 private:
  NkeyKind kind_;
  std::array<std::uint8_t, 32> private_{};
  std::array<std::uint8_t, 32> public_{};
};

/// What the operator says of the account, in its JWT.
struct JwtAccountState {
  std::int64_t expires = 0;    ///< Unix seconds; 0: never
  bool users_revoked = false;  ///< all that there are
};

/// An operator and its account with JetStream without limits.
class JwtOperator {
 public:
  /// nats-server configuration: operator, memory resolver, the account preloaded.
  std::string server_config(const JwtAccountState& state = {}) const;
  /// A creds file of a new user; `expires` in Unix seconds, 0: never.
  std::string creds(std::int64_t expires = 0) const;

 private:
  NkeyPair operator_{NkeyKind::operator_key};
  NkeyPair account_{NkeyKind::account};
  NkeyPair system_{NkeyKind::account};
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_NKEY_KEYS_H_
