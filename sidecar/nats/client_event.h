// `$SYS.ACCOUNT.<account>.CONNECT` and `.DISCONNECT`: a client came or went (types
// io.nats.server.advisory.v1.client_connect and .client_disconnect). Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_CLIENT_EVENT_H_
#define ROOMKEEPER_SIDECAR_NATS_CLIENT_EVENT_H_

#include <string_view>

#include "policies/result.h"
#include "sidecar/connection_events.h"

namespace roomkeeper::sidecar::nats {

/// Errors: internal, when it is no such event, or names no connection. Longer texts than are of
/// any use are cut.
policies::Result<ClientEvent> parse_client_event(std::string_view json);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_CLIENT_EVENT_H_
