// Who we are to the server: `$SYS.REQ.USER.INFO` (nats-server >= 2.10, any user).
#ifndef ROOMKEEPER_SIDECAR_NATS_USER_INFO_H_
#define ROOMKEEPER_SIDECAR_NATS_USER_INFO_H_

#include <functional>
#include <string>

#include "policies/result.h"
#include "policies/time.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::sidecar::nats {

struct UserInfo {
  std::string user;
  std::string account;
};

/// Errors: unavailable, timeout, internal (a reply that is none). Thread: the loop's.
void ask_user_info(MessageBus& bus, policies::Nanoseconds timeout,
                   std::function<void(policies::Result<UserInfo>)> done);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_USER_INFO_H_
