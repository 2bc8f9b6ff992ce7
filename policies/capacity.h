// Capacity: whether what a plan would make fits the limits of the account and of the servers. Pure.
//
// The rules are nats-server's: `max_bytes` is reserved in full when a stream is made, in an account
// without tiers once for each replica; `max_streams` of 0 or below is no limit, while a byte limit
// of 0 allows nothing; a stream without `max_bytes` reserves nothing but needs one free byte. A
// change is judged in the order of the plan, after what was booked before it. Sums end at the
// range's edge. Thread: any.
#ifndef ROOMKEEPER_POLICIES_CAPACITY_H_
#define ROOMKEEPER_POLICIES_CAPACITY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/observed.h"
#include "policies/plan.h"
#include "policies/time.h"

namespace roomkeeper::policies {

enum class CapacityResource : std::uint8_t { streams, storage, memory, ha_assets, file_handles };
inline constexpr std::size_t capacity_resource_count =
    static_cast<std::size_t>(CapacityResource::file_handles) + 1;
std::string_view to_string(CapacityResource resource);

enum class LimitOwner : std::uint8_t {
  account,         ///< all streams of the account together
  tier,            ///< the account's streams of one number of replicas; `whose`: "R3"
  server,          ///< one server; `whose`: its name
  servers,         ///< several servers together; `whose`: their names
  configuration,   ///< `capacity.file_handles`
  recommendation,  ///< no server refuses more; it gets slow and takes long to recover
};
inline constexpr std::size_t limit_owner_count =
    static_cast<std::size_t>(LimitOwner::recommendation) + 1;
std::string_view to_string(LimitOwner owner);

/// So many replicated streams and consumers a server are told to work well.
inline constexpr std::uint64_t ha_assets_recommended = 2000;
/// What a stream takes of a server's memory, whatever it stores.
inline constexpr std::uint64_t stream_memory_bytes = 50 * 1024;

/// Limits of an account, or of one of its tiers. As in $JS.API.INFO.
struct TierLimits {
  std::string tier{};             ///< "R1", "R3"; empty: all streams, whatever their replicas
  std::int64_t max_streams = -1;  ///< <= 0: unlimited
  std::int64_t max_storage = -1;  ///< bytes; < 0: unlimited
  std::int64_t max_memory = -1;   ///< bytes; < 0: unlimited
};

/// One server with JetStream, when it was looked at.
struct ServerCapacity {
  std::string name{};
  std::string cluster{};           ///< empty: not in a cluster
  std::int64_t max_storage = -1;   ///< bytes; < 0: not known
  std::int64_t max_memory = -1;    ///< bytes; < 0: not known
  std::uint64_t storage = 0;       ///< bytes that are taken: reserved, in a cluster also stored
  std::uint64_t memory = 0;        ///< bytes that are taken
  std::uint64_t ha_assets = 0;     ///< replicated streams and consumers
  std::int64_t max_ha_assets = 0;  ///< <= 0: unlimited
};

struct CapacityLimits {
  std::vector<TierLimits> tiers;        ///< empty: not known; one without a name: no tiers
  std::vector<ServerCapacity> servers;  ///< empty: not known
  /// Server time of the look at `servers`; streams made later are added to what was seen.
  WallTime looked{};
  std::optional<std::uint64_t> file_handles;  ///< a server's; none: not known
  /// Since 2.15 a new stream counts once for each replica in an account without tiers; before, a
  /// new one counted once, and those that were there as often as the new one has replicas.
  bool counts_new_replicas = true;
};

/// One limit, or one resource that has none.
struct CapacityLevel {
  CapacityResource resource{};
  LimitOwner owner{};
  std::string whose{};
  std::optional<std::uint64_t> limit{};  ///< none: unlimited, or not known
  std::uint64_t used = 0;
  std::uint64_t wanted = 0;   ///< what the plan would add to `used`
  std::uint64_t missing = 0;  ///< > 0: not all of it fits
  /// False: nothing is refused when it is exceeded.
  bool binding() const { return owner != LimitOwner::recommendation; }
  std::uint64_t left() const { return limit && *limit > used ? *limit - used : 0; }
};

/// One creation that does not fit.
struct HeldCreate {
  std::size_t change = 0;  ///< index in the plan's changes
  std::size_t reason = 0;  ///< index in CapacityReport::reasons
};

struct CapacityReport {
  bool account_known = false;
  bool servers_known = false;
  std::vector<CapacityLevel> levels;
  std::uint64_t creates = 0;     ///< streams to be made
  std::uint64_t fitting = 0;     ///< of these
  std::vector<HeldCreate> held;  ///< the others, in the order of the plan
  std::vector<std::string> reasons;
  /// What does not fit, by how much, and what would: a sentence a limit. Empty when all fits.
  std::vector<std::string> advice;
};

/// Whether the streams of `plan` fit beside those of `observed`. Pooled rooms cost nothing; a pool
/// is one stream.
CapacityReport check_capacity(const Plan& plan, const ObservedStreams& observed,
                              const CapacityLimits& limits);

/// Takes the creations that `report`, made of this very plan, holds back out of it: their verdicts,
/// and those of the rooms that would live in a pool that is held back, say why.
void hold_back(Plan& plan, const CapacityReport& report);

/// `18.6 GiB`, `512 B`; exact below 1 KiB, else cut to a tenth.
std::string size_text(std::uint64_t bytes);
/// `18.6 GiB` for storage and memory, else `500`.
std::string amount_text(CapacityResource resource, std::uint64_t amount);
/// `storage of the account`, `streams of the account's tier R3`, `memory of server n1`.
std::string limit_name(const CapacityLevel& level);
/// `storage of the account: 31.2 GiB more are wanted, 18.6 GiB of 20.0 GiB are left, 12.6 GiB are
/// missing`.
std::string level_text(const CapacityLevel& level);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_CAPACITY_H_
