// What only a cluster does: replicas, and streams whose leader is still being elected.
#include <array>
#include <string>

#include "tests/support/fake_jetstream.h"
#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

ApiResult<> FakeJetStream::check_replicas(const FakeStreamConfig& config) const {
  if (config.replicas <= 1) return {};
  if (servers_ == 1) {
    return api_fail(500, 10074, "replicas > 1 not supported in non-clustered mode");
  }
  if (static_cast<std::size_t>(config.replicas) <= servers_) return {};
  return tl::unexpected(api_error::no_suitable_peers());
}

/// Only the leader of a stream answers for it.
bool FakeJetStream::stays_silent(std::string_view operation) {
  static constexpr std::array<std::string_view, 4> of_the_leader{"STREAM.INFO.", "STREAM.UPDATE.",
                                                                 "STREAM.PURGE.", "STREAM.MSG."};
  for (const std::string_view asked : of_the_leader) {
    if (operation.substr(0, asked.size()) != asked) continue;
    const Entry* found = entry(subject_tokens(operation).back());
    return found != nullptr && !has_leader(*found);
  }
  return false;
}

/// The creation of a stream is acknowledged by its first leader.
policies::Nanoseconds FakeJetStream::reply_delay(std::string_view operation) {
  constexpr std::string_view creation = "STREAM.CREATE.";
  if (operation.substr(0, creation.size()) != creation) return {};
  const Entry* found = entry(operation.substr(creation.size()));
  return found == nullptr ? policies::Nanoseconds{} : found->leader_at - ports_.now();
}

}  // namespace roomkeeper::testing
