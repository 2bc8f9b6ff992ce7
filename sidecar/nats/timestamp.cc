#include "sidecar/nats/timestamp.h"

#include "policies/rfc3339.h"

namespace roomkeeper::sidecar::nats {

std::optional<policies::WallTime> parse_timestamp(std::string_view text) {
  constexpr std::string_view go_zero_time = "0001-01-01T00:00:00Z";
  if (text == go_zero_time) return policies::WallTime{};
  const auto time = policies::parse_rfc3339(text);
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace roomkeeper::sidecar::nats
