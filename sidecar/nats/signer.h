// The login by signature (nkey, creds): what the server sends is signed with the user's seed, for
// one try to connect. Thread: one at a time; nats.c calls it on the thread that connects.
#ifndef ROOMKEEPER_SIDECAR_NATS_SIGNER_H_
#define ROOMKEEPER_SIDECAR_NATS_SIGNER_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

typedef struct __natsOptions natsOptions;

namespace roomkeeper::sidecar::nats {

class Signer {
 public:
  /// `jwt` empty: the server knows the user by the nkey alone.
  Signer(std::string jwt, std::string seed);
  ~Signer();  ///< leaves no seed behind
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  /// This must outlive whatever connects with `target`. A natsStatus.
  int set_on(natsOptions* target, const std::string& public_key);

  /// True: the last try ended before the login because nats.c before 3.8 would have left its
  /// signature out: it takes one that begins with a zero byte, as one of 256 does, for none.
  /// Another try gets another nonce.
  bool wants_another_try() const { return unusable_; }

  static constexpr std::size_t signature_size = 64;
  /// Nullopt: no signature that nats.c sends.
  std::optional<std::array<std::uint8_t, signature_size>> sign(const std::string& nonce);
  const std::string& jwt() const { return jwt_; }

 private:
  const std::string jwt_;
  std::string seed_;
  bool unusable_ = false;
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SIGNER_H_
