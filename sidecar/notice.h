// What a client is told on `rooms.<user>.notice` before Roomkeeper ends one of its connections.
#ifndef ROOMKEEPER_SIDECAR_NOTICE_H_
#define ROOMKEEPER_SIDECAR_NOTICE_H_

#include <string>

#include "policies/limits.h"

namespace roomkeeper::sidecar {

/// {"code":"connection_limit","limit":"connections_per_user","max":3,"used":4,"reason":"evict_oldest","server_id":..,"cid":..,
/// "retry_after":2}; retry_after in seconds. A client finds itself by server_id and cid (INFO's
/// server_id and client_id).
std::string encode_notice(const policies::Kick& kick);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_NOTICE_H_
