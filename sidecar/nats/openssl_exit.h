// OpenSSL at the end of the process. Thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_OPENSSL_EXIT_H_
#define ROOMKEEPER_SIDECAR_NATS_OPENSSL_EXIT_H_

namespace roomkeeper::sidecar::nats {

/// OpenSSL takes itself down while the process exits. nats.c's threads end on their own time and
/// free what belongs to TLS then, which crashed one exit in a hundred. After this OpenSSL stays as
/// it is. To be called before anything else of OpenSSL; again is free.
void keep_openssl_at_exit();

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_OPENSSL_EXIT_H_
