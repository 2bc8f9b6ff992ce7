// The NATS micro protocol (ADR-32) as text: what `nats micro ls|info|stats` asks for. nats.c has it
// only from 3.7. Pure.
#ifndef ROOMKEEPER_SIDECAR_MICRO_PROTOCOL_H_
#define ROOMKEEPER_SIDECAR_MICRO_PROTOCOL_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/verbs.h"
#include "policies/time.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::sidecar::micro {

inline constexpr std::string_view service_name = "roomkeeper";

/// One endpoint's numbers.
struct EndpointStats {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::string last_error;
  policies::Nanoseconds processing{};
};
using Stats = std::array<EndpointStats, api::verb_count>;

struct Service {
  std::string id;
  std::string instance;
  std::string admin_prefix;
  policies::WallTime started{};
};

/// Letters and digits, different for every start of every instance.
std::string make_id(std::string_view instance, policies::WallTime started);
/// `$SRV.PING`, `$SRV.PING.roomkeeper`, `$SRV.PING.roomkeeper.<id>`, and the same for INFO and
/// STATS.
std::vector<std::string> discovery_subjects(std::string_view id);
/// JSON for a request on one of them.
std::string discovery_reply(std::string_view subject, const Service& service, const Stats& stats);
/// `Nats-Service-Error-Code`, `Nats-Service-Error`.
Headers error_headers(int code, std::string_view text);

}  // namespace roomkeeper::sidecar::micro

#endif  // ROOMKEEPER_SIDECAR_MICRO_PROTOCOL_H_
