// What a client is told on `rooms.<user>.notice` before Roomkeeper ends one of its connections.
#ifndef ROOMKEEPER_SIDECAR_NOTICE_H_
#define ROOMKEEPER_SIDECAR_NOTICE_H_

#include <string>

#include "policies/kick_plan.h"

namespace roomkeeper::sidecar {

/// {"code":"connection_limit","limit":"room_connections","of":"general","max":3,"used":4,
/// "reason":"reject_new","server_id":..,"cid":..,"retry_after":2}; retry_after in seconds. Code
/// "banned" and code "kicked" (by an administrator) name no limit. `note` becomes "text"; empty:
/// there is none. A client finds itself by server_id and cid (INFO's server_id and client_id).
std::string encode_notice(const policies::Kick& kick, const std::string& note = {});

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_NOTICE_H_
