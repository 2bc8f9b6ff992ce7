// What is used of each limit while a plan is gone through: the arithmetic of capacity.h. Pure.
//
// A book starts with what is there; book() adds a wish when it fits every limit. Ownership: copies
// what it needs. Thread: one.
#ifndef ROOMKEEPER_POLICIES_CAPACITY_BOOK_H_
#define ROOMKEEPER_POLICIES_CAPACITY_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/capacity.h"

namespace roomkeeper::policies {

/// What a stream needs.
struct StreamNeed {
  Storage storage = Storage::file;
  std::uint64_t replicas = 1;
  std::uint64_t bytes = 0;  ///< reserved; 0: none
  std::string cluster{};    ///< of its placement; empty: any
};
StreamNeed need_of(const StreamConfig& config);

struct StreamWish {
  StreamNeed need;
  std::optional<StreamNeed> before{};  ///< of the stream that is there; none: it is to be made
};

class CapacityBook {
 public:
  /// Levels by index, as bits.
  using Levels = std::uint64_t;

  CapacityBook(const CapacityLimits& limits, const ObservedStreams& observed);

  /// The levels that it would exceed; 0: it fits, and is booked.
  Levels book(const StreamWish& wish);
  /// What each level has used at first, what was wished for since, and what was missing.
  std::vector<CapacityLevel> levels() const;

 private:
  struct Bytes {
    std::uint64_t once = 0;    ///< each stream's max_bytes
    std::uint64_t copies = 0;  ///< each stream's max_bytes times its replicas
  };
  struct Tier {
    TierLimits limits;
    bool flat = false;    ///< the account has no tiers
    bool absent = false;  ///< the account has tiers, and none for these replicas
    std::uint64_t streams = 0;
    Bytes storage;
    Bytes memory;
    std::size_t level = 0;  ///< of its streams; storage and memory follow
  };
  struct Server {
    std::string cluster;
    std::optional<std::uint64_t> storage_left;  ///< none: not known
    std::optional<std::uint64_t> memory_left;
    std::optional<std::uint64_t> ha_left;  ///< none: unlimited
    std::uint64_t ha_assets = 0;
  };
  struct Handles {
    std::uint64_t copies = 0;    ///< of file streams, on all servers, with what was booked
    std::uint64_t at_first = 0;  ///< the same without it
    std::uint64_t wanted = 0;    ///< more of them, whether they fit or not
    std::uint64_t servers = 1;   ///< that share them
    std::uint64_t each(std::uint64_t count) const;
  };

  std::size_t tier_of(std::uint64_t replicas);
  void add_levels(const Tier& tier);
  void add_server_levels(const std::vector<ServerCapacity>& servers);
  void add_handles(const CapacityLimits& limits, const ObservedStreams& observed);
  void count(Tier& tier, const StreamNeed& need, bool is_new);
  void uncount(Tier& tier, const StreamNeed& need);
  Levels check_account(std::size_t tier, const StreamWish& wish);
  Levels check_servers(const StreamWish& wish, std::vector<std::size_t>& chosen);
  Levels check_handles(const StreamWish& wish);
  void take(const std::vector<std::size_t>& chosen, const StreamWish& wish);
  void note_wish(std::size_t tier, const StreamWish& wish);
  void place_unseen(const StreamNeed& need);
  Levels exceeded(std::size_t level, std::uint64_t shortfall);

  bool counts_new_replicas_;
  bool account_known_;
  std::vector<Tier> tiers_;
  std::vector<Server> servers_;
  Handles handles_;
  std::vector<CapacityLevel> levels_;
  std::size_t server_storage_ = 0;  ///< index of a level, where servers are known; memory follows
  std::size_t ha_ = 0;
  std::size_t handles_level_ = 0;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_CAPACITY_BOOK_H_
