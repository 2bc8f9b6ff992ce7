// Capacity: what `plan` says of the limits of the account and of the servers (docs/operations.md,
// "Capacity").
//
// Plain values; texts may hold bytes of strangers. Sizes are bytes. Thread: any.
#ifndef ROOMKEEPER_API_CAPACITY_H_
#define ROOMKEEPER_API_CAPACITY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace roomkeeper::api {

/// One limit, or one resource without a limit.
struct CapacityLine {
  std::string resource;  ///< streams, storage, memory, ha_assets, file_handles
  std::string owner;     ///< account, tier, server, servers, configuration, recommendation
  std::string whose;     ///< the tier's or the servers' names
  std::optional<std::uint64_t> limit;  ///< none: unlimited, or not known
  std::uint64_t used = 0;
  std::uint64_t wanted = 0;   ///< what the plan would add
  std::uint64_t missing = 0;  ///< > 0: not all of it fits
  bool binding = true;        ///< false: exceeding it is not refused
  std::string text;           ///< the same as a sentence
};

struct CapacityView {
  bool checked = false;  ///< `capacity.check`, and there was a plan to check
  bool account_known = false;
  bool servers_known = false;
  std::vector<std::string> doubts;  ///< what is not known, and why
  std::uint64_t creates = 0;        ///< streams to be made
  std::uint64_t fitting = 0;        ///< of these
  std::uint64_t held = 0;           ///< held back, because they do not fit
  std::vector<CapacityLine> levels;
  std::vector<std::string> advice;  ///< what does not fit, by how much, and what would
};

std::string encode(const CapacityView& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_CAPACITY_H_
