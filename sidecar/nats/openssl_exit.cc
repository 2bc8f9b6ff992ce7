#include "sidecar/nats/openssl_exit.h"

#include <openssl/crypto.h>

namespace roomkeeper::sidecar::nats {

void keep_openssl_at_exit() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
}

}  // namespace roomkeeper::sidecar::nats
