#include "sidecar/nats/signer.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include <nats/nats.h>
#include <openssl/crypto.h>

namespace roomkeeper::sidecar::nats {
namespace {

struct Free {
  void operator()(unsigned char* bytes) const noexcept { std::free(bytes); }
};

Signer& signer_of(void* closure) {
  return *static_cast<Signer*>(closure);
}

/// nats.c frees what it is given.
extern "C" natsStatus on_jwt(char** jwt, char**, void* closure) {
  *jwt = ::strdup(signer_of(closure).jwt().c_str());
  return *jwt != nullptr ? NATS_OK : NATS_NO_MEMORY;
}

extern "C" natsStatus on_nonce(char**, unsigned char** signature, int* length, const char* nonce,
                               void* closure) {
  *signature = nullptr;
  *length = 0;
  // A server that asks for no login sends none, and wants no signature.
  if (nonce == nullptr || *nonce == '\0') return NATS_OK;
  const auto signed_nonce = signer_of(closure).sign(nonce);
  if (!signed_nonce) return NATS_ERR;
  *signature = static_cast<unsigned char*>(std::malloc(signed_nonce->size()));
  if (*signature == nullptr) return NATS_NO_MEMORY;
  std::memcpy(*signature, signed_nonce->data(), signed_nonce->size());
  *length = static_cast<int>(signed_nonce->size());
  return NATS_OK;
}

}  // namespace

Signer::Signer(std::string jwt, std::string seed) : jwt_(std::move(jwt)), seed_(std::move(seed)) {}

Signer::~Signer() {
  OPENSSL_cleanse(seed_.data(), seed_.size());
}

int Signer::set_on(natsOptions* target, const std::string& public_key) {
  return jwt_.empty()
             ? natsOptions_SetNKey(target, public_key.c_str(), on_nonce, this)
             : natsOptions_SetUserCredentialsCallbacks(target, on_jwt, this, on_nonce, this);
}

std::optional<std::array<std::uint8_t, Signer::signature_size>> Signer::sign(
    const std::string& nonce) {
  unsigned char* raw = nullptr;
  int length = 0;
  const natsStatus status = nats_Sign(seed_.c_str(), nonce.c_str(), &raw, &length);
  const std::unique_ptr<unsigned char, Free> bytes(raw);
  unusable_ = false;
  if (status != NATS_OK || length != static_cast<int>(signature_size)) return std::nullopt;
  // Mended in nats.c 3.8 (its #705).
  unusable_ = *raw == 0;
  if (unusable_) return std::nullopt;
  std::array<std::uint8_t, signature_size> signature{};
  std::memcpy(signature.data(), raw, signature.size());
  return signature;
}

}  // namespace roomkeeper::sidecar::nats
