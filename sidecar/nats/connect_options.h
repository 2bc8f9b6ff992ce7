// ConnectionOptions as nats.c's, with the secrets read now. Thread: any (it reads files; not for
// the loop's).
#ifndef ROOMKEEPER_SIDECAR_NATS_CONNECT_OPTIONS_H_
#define ROOMKEEPER_SIDECAR_NATS_CONNECT_OPTIONS_H_

#include <memory>
#include <string>

#include "policies/result.h"
#include "sidecar/nats/connection.h"
#include "sidecar/nats/handles.h"
#include "sidecar/nats/signer.h"

namespace roomkeeper::sidecar::nats {

/// nats.c's options, and what they point at: it must outlive the try.
struct ConnectWith {
  OptionsHandle options;
  std::unique_ptr<Signer> signer;  ///< null: no login by signature
};

/// For one try at one server. Errors: invalid (a file cannot be read, is empty or wrong); no secret
/// stands in them.
policies::Result<ConnectWith> make_connect_options(const ConnectionOptions& options,
                                                   const std::string& url);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_CONNECT_OPTIONS_H_
