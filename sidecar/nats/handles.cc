#include "sidecar/nats/handles.h"

#include <nats/nats.h>

namespace roomkeeper::sidecar::nats {

void HandleDeleter::operator()(__natsConnection* connection) const noexcept {
  natsConnection_Destroy(connection);
}
void HandleDeleter::operator()(__natsMsg* message) const noexcept {
  natsMsg_Destroy(message);
}
void HandleDeleter::operator()(__natsOptions* options) const noexcept {
  natsOptions_Destroy(options);
}
void HandleDeleter::operator()(__natsSubscription* subscription) const noexcept {
  natsSubscription_Destroy(subscription);
}

}  // namespace roomkeeper::sidecar::nats
