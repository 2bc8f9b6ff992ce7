#include "policies/capacity_advice.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "policies/capacity_size.h"

namespace roomkeeper::policies {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = kib * 1024;
/// A size that was found by division is tried so often, a sixteenth smaller each time: servers that
/// are full to different degrees leave gaps.
constexpr int tries_max = 8;

bool concerns(const PlannedWish& planned, const CapacityLevel& level) {
  if (level.owner == LimitOwner::tier &&
      level.whose != "R" + std::to_string(planned.wish.need.replicas))
    return false;
  const bool file = planned.wish.need.storage == Storage::file;
  switch (level.resource) {
    case CapacityResource::streams:
      return true;
    case CapacityResource::storage:
      return file && planned.wish.need.bytes > 0;
    case CapacityResource::memory:
      return !file && planned.wish.need.bytes > 0;
    case CapacityResource::ha_assets:
      return planned.wish.need.replicas > 1;
    case CapacityResource::file_handles:
      return file;
  }
  return false;
}

bool all_fit(const std::vector<PlannedWish>& wishes, const CapacityLimits& limits,
             const ObservedStreams& observed) {
  CapacityBook book(limits, observed);
  for (const PlannedWish& planned : wishes) {
    if (book.book(planned.wish) != 0 && !planned.wish.before) return false;
  }
  return true;
}

/// A round number that is not more.
std::uint64_t rounded(std::uint64_t bytes) {
  if (bytes >= mib) return bytes / mib * mib;
  return bytes >= kib ? bytes / kib * kib : bytes;
}

std::string round_size(std::uint64_t bytes) {
  if (bytes >= mib) return std::to_string(bytes / mib) + " MiB";
  return bytes >= kib ? std::to_string(bytes / kib) + " KiB" : std::to_string(bytes) + " B";
}

std::string streams_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " stream" : " streams");
}

class Advisor {
 public:
  Advisor(const CapacityReport& report, const std::vector<PlannedWish>& wishes,
          const CapacityLimits& limits, const ObservedStreams& observed)
      : report_(report), wishes_(wishes), limits_(limits), observed_(observed) {
    for (const PlannedWish& planned : wishes) {
      if (!planned.wish.before) creates_.push_back(&planned);
    }
  }

  std::vector<std::string> sentences() {
    std::vector<std::string> result;
    const std::string remedy = what_would();
    for (const CapacityLevel& level : report_.levels) {
      if (level.missing == 0) continue;
      result.push_back(level_text(level) + how_many(level) + (level.binding() ? remedy : ""));
    }
    return result;
  }

 private:
  /// `; 298 of 500 new streams of 64.0 MiB fit`
  std::string how_many(const CapacityLevel& level) const {
    std::uint64_t count = 0;
    std::uint64_t size = 0;
    bool same = true;
    for (const PlannedWish* planned : creates_) {
      if (!concerns(*planned, level)) continue;
      same = same && (count == 0 || planned->wish.need.bytes == size);
      size = planned->wish.need.bytes;
      ++count;
    }
    if (count == 0) return {};
    const bool sized = of_bytes(level.resource) && same;
    const std::string kind = std::string(count == 1 ? "new stream" : "new streams") +
                             (sized ? " of " + size_text(size) : std::string());
    if (!level.binding()) return "; " + std::to_string(count) + " " + kind;
    // How many of these fit is known only where all are of them.
    if (count == report_.creates)
      return "; " + std::to_string(report_.fitting) + " of " + std::to_string(count) + " " + kind +
             " fit";
    return "; " + std::to_string(count) + " " + kind + ", " + std::to_string(report_.fitting) +
           " of all " + std::to_string(report_.creates) + " fit";
  }

  /// `; max_bytes of at most 38 MiB would fit all, or layout: pooled, which needs 1 stream`
  std::string what_would() const {
    if (report_.held.empty()) return {};
    std::string smaller = smaller_rooms();
    const std::string pools = pooled();
    if (smaller.empty() && pools.empty()) return {};
    if (smaller.empty()) return "; " + pools + " would fit";
    return "; " + smaller + " would fit all" + (pools.empty() ? "" : ", or " + pools);
  }

  std::string smaller_rooms() const {
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    for (const CapacityLevel& level : report_.levels) {
      if (level.missing == 0 || !level.binding()) continue;
      if (!of_bytes(level.resource)) return {};  // size is not what is missing
      std::uint64_t copies = 0;
      for (const PlannedWish* planned : creates_) {
        const bool each = level.owner != LimitOwner::tier;
        if (concerns(*planned, level)) copies += each ? planned->wish.need.replicas : 1;
      }
      if (copies > 0) most = std::min(most, level.left() / copies);
    }
    if (most == std::numeric_limits<std::uint64_t>::max()) return {};
    most = rounded(most);
    for (int i = 0; i < tries_max && most > 0; ++i, most = rounded(most - most / 16)) {
      std::vector<PlannedWish> capped = wishes_;
      for (PlannedWish& planned : capped) {
        if (!planned.wish.before) planned.wish.need.bytes = std::min(planned.wish.need.bytes, most);
      }
      if (all_fit(capped, limits_, observed_)) return "max_bytes of at most " + round_size(most);
    }
    return {};
  }

  /// The rooms of a template in one stream, as large as the largest of them.
  std::string pooled() const {
    std::map<std::string, PlannedWish> pools;
    std::vector<PlannedWish> wanted;
    std::size_t rooms = 0;
    for (const PlannedWish& planned : wishes_) {
      if (planned.wish.before || planned.is_pool) {
        wanted.push_back(planned);
        continue;
      }
      ++rooms;
      const auto [at, fresh] = pools.emplace(planned.template_name, planned);
      StreamNeed& need = at->second.wish.need;
      if (fresh) continue;
      // Unlimited is the largest.
      const bool unlimited = need.bytes == 0 || planned.wish.need.bytes == 0;
      need.bytes = unlimited ? 0 : std::max(need.bytes, planned.wish.need.bytes);
      need.replicas = std::max(need.replicas, planned.wish.need.replicas);
    }
    if (pools.size() >= rooms) return {};
    for (const auto& [name, pool] : pools) wanted.push_back(pool);
    if (!all_fit(wanted, limits_, observed_)) return {};
    return "layout: pooled, which needs " + streams_text(pools.size()) + " for these " +
           std::to_string(rooms) + " rooms";
  }

  const CapacityReport& report_;
  const std::vector<PlannedWish>& wishes_;
  const CapacityLimits& limits_;
  const ObservedStreams& observed_;
  std::vector<const PlannedWish*> creates_;
};

}  // namespace

std::vector<std::string> advise(const CapacityReport& report,
                                const std::vector<PlannedWish>& wishes,
                                const CapacityLimits& limits, const ObservedStreams& observed) {
  return Advisor(report, wishes, limits, observed).sentences();
}

}  // namespace roomkeeper::policies
