// nats.c's objects, owned. nats.h stays in the .cc files; its struct names are all that is needed
// here.
#ifndef ROOMKEEPER_SIDECAR_NATS_HANDLES_H_
#define ROOMKEEPER_SIDECAR_NATS_HANDLES_H_

#include <memory>

struct __natsConnection;
struct __natsMsg;
struct __natsOptions;
struct __natsSubscription;

namespace roomkeeper::sidecar::nats {

struct HandleDeleter {
  void operator()(__natsConnection* connection) const noexcept;
  void operator()(__natsMsg* message) const noexcept;
  void operator()(__natsOptions* options) const noexcept;
  void operator()(__natsSubscription* subscription) const noexcept;
};

using ConnectionHandle = std::unique_ptr<__natsConnection, HandleDeleter>;
using MessageHandle = std::unique_ptr<__natsMsg, HandleDeleter>;
using OptionsHandle = std::unique_ptr<__natsOptions, HandleDeleter>;
using SubscriptionHandle = std::unique_ptr<__natsSubscription, HandleDeleter>;

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_HANDLES_H_
