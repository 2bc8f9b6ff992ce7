// What crosses between nats.c's threads, the link's own and the loop. No nats.h here. Thread:
// values, any.
#ifndef ROOMKEEPER_SIDECAR_NATS_WIRE_H_
#define ROOMKEEPER_SIDECAR_NATS_WIRE_H_

#include <cstdint>
#include <string>
#include <variant>

#include "sidecar/message_bus.h"
#include "sidecar/nats/connection.h"

namespace roomkeeper::sidecar::nats {

/// The loop's orders to the link.
struct PublishOrder {
  std::uint64_t session =
      0;  ///< of the connection that the loop saw: what is meant for a lost one is not sent
  std::string subject;
  std::string reply;
  std::string data;
  Headers headers;
};
struct SubscribeOrder {
  SubscriptionId id = 0;
  std::string subject;
  std::string queue;
};
struct UnsubscribeOrder {
  SubscriptionId id = 0;
};
using Order = std::variant<PublishOrder, SubscribeOrder, UnsubscribeOrder>;

/// The link's reports to the loop.
struct Delivery {
  SubscriptionId id = 0;
  Message message;
};
struct LinkUp {
  std::uint64_t session = 0;
  ServerInfo server;
};
struct LinkDown {
  std::string error;
  bool refused = false;  ///< it ended in an authentication error
};
struct LinkClosed {};
using Report = std::variant<Delivery, LinkUp, LinkDown, LinkClosed, Trouble>;

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_WIRE_H_
