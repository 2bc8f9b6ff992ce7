#include "sidecar/nats/publish_ack.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar::nats {

policies::Result<std::uint64_t> parse_publish_ack(const Message& message) {
  auto reply = parse_reply(message.data);
  if (!reply) return policies::pass(std::move(reply).error());
  const auto seq = read_uint(*reply, "seq");
  if (!seq || *seq == 0) {
    return policies::fail(policies::ErrorCode::internal, "an acknowledgement without sequence");
  }
  return *seq;
}

}  // namespace roomkeeper::sidecar::nats
