#include "policies/capacity_book.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace roomkeeper::policies {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  return a > most - b ? most : a + b;
}
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return a != 0 && b > most / a ? most : a * b;
}
std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

std::string tier_name(std::uint64_t replicas) {
  return "R" + std::to_string(replicas);
}

/// As nats-server reads a byte limit: 0 allows nothing.
std::optional<std::uint64_t> byte_limit(std::int64_t limit) {
  return limit < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(limit));
}
/// As nats-server reads a count: 0 is no limit.
std::optional<std::uint64_t> count_limit(std::int64_t limit) {
  return limit <= 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(limit));
}

/// What `after` reserves more than `before`, once.
std::uint64_t grown_bytes(const StreamWish& wish) {
  return wish.before ? minus(wish.need.bytes, wish.before->bytes) : wish.need.bytes;
}

/// Servers that get one more replicated stream.
std::uint64_t grown_assets(const StreamWish& wish) {
  const std::uint64_t now = wish.need.replicas > 1 ? wish.need.replicas : 0;
  const std::uint64_t before = wish.before && wish.before->replicas > 1 ? wish.before->replicas : 0;
  return minus(now, before);
}

/// Servers that have to find the bytes.
std::uint64_t copies_of(const StreamWish& wish) {
  if (!wish.before || wish.need.bytes > wish.before->bytes) return wish.need.replicas;
  return minus(wish.need.replicas, wish.before->replicas);
}

}  // namespace

StreamNeed need_of(const StreamConfig& config) {
  const StreamSettings& settings = config.settings;
  return {.storage = settings.storage,
          .replicas = static_cast<std::uint64_t>(std::max(1, settings.replicas)),
          .bytes = settings.max_bytes > 0 ? static_cast<std::uint64_t>(settings.max_bytes) : 0,
          .cluster = settings.placement.cluster};
}

CapacityBook::CapacityBook(const CapacityLimits& limits, const ObservedStreams& observed)
    : counts_new_replicas_(limits.counts_new_replicas), account_known_(!limits.tiers.empty()) {
  for (const TierLimits& tier : limits.tiers) tiers_.emplace_back().limits = tier;
  if (!account_known_) tiers_.emplace_back();
  const bool flat = tiers_.size() == 1 && tiers_.front().limits.tier.empty();
  for (Tier& tier : tiers_) tier.flat = flat;
  for (const ObservedStream& stream : observed.streams) {
    const StreamNeed need = need_of(stream.config);
    count(tiers_[tier_of(need.replicas)], need, true);
  }
  for (Tier& tier : tiers_) {
    tier.level = levels_.size();
    add_levels(tier);
  }
  add_server_levels(limits.servers);
  add_handles(limits, observed);
  for (const ObservedStream& stream : observed.streams) {
    if (stream.stored.created > limits.looked) place_unseen(need_of(stream.config));
  }
}

std::size_t CapacityBook::tier_of(std::uint64_t replicas) {
  if (tiers_.size() == 1 && tiers_.front().limits.tier.empty()) return 0;
  const std::string name = tier_name(replicas);
  const auto at = std::find_if(tiers_.begin(), tiers_.end(),
                               [&](const Tier& tier) { return tier.limits.tier == name; });
  if (at != tiers_.end()) return static_cast<std::size_t>(at - tiers_.begin());
  // nats-server refuses it: 10120, no applicable tiered limit.
  Tier absent;
  absent.limits.tier = name;
  absent.absent = true;
  absent.level = levels_.size();
  tiers_.push_back(std::move(absent));
  if (!levels_.empty()) add_levels(tiers_.back());
  return tiers_.size() - 1;
}

void CapacityBook::add_levels(const Tier& tier) {
  const LimitOwner owner = tier.limits.tier.empty() ? LimitOwner::account : LimitOwner::tier;
  CapacityLevel level{.owner = owner, .whose = tier.limits.tier};
  level.resource = CapacityResource::streams;
  level.limit =
      tier.absent ? std::optional<std::uint64_t>(0) : count_limit(tier.limits.max_streams);
  level.used = tier.streams;
  levels_.push_back(level);
  level.resource = CapacityResource::storage;
  level.limit = byte_limit(tier.limits.max_storage);
  level.used = tier.flat ? tier.storage.copies : tier.storage.once;
  levels_.push_back(level);
  level.resource = CapacityResource::memory;
  level.limit = byte_limit(tier.limits.max_memory);
  level.used = tier.flat ? tier.memory.copies : tier.memory.once;
  levels_.push_back(level);
}

void CapacityBook::add_server_levels(const std::vector<ServerCapacity>& servers) {
  if (servers.empty()) return;
  const bool one = servers.size() == 1;
  CapacityLevel storage{.resource = CapacityResource::storage,
                        .owner = one ? LimitOwner::server : LimitOwner::servers,
                        .limit = 0};
  CapacityLevel memory = storage;
  memory.resource = CapacityResource::memory;
  CapacityLevel assets = storage;
  assets.resource = CapacityResource::ha_assets;
  const auto sum = [](CapacityLevel& level, std::optional<std::uint64_t> limit,
                      std::uint64_t used) {
    if (!limit) level.limit.reset();
    if (level.limit) level.limit = add(*level.limit, *limit);
    level.used = add(level.used, used);
  };
  for (const ServerCapacity& server : servers) {
    const auto storage_limit = byte_limit(server.max_storage);
    const auto memory_limit = byte_limit(server.max_memory);
    const auto ha_limit = count_limit(server.max_ha_assets);
    Server own;
    own.cluster = server.cluster;
    own.ha_assets = server.ha_assets;
    if (storage_limit) own.storage_left = minus(*storage_limit, server.storage);
    if (memory_limit) own.memory_left = minus(*memory_limit, server.memory);
    if (ha_limit) own.ha_left = minus(*ha_limit, server.ha_assets);
    servers_.push_back(std::move(own));
    sum(storage, storage_limit, server.storage);
    sum(memory, memory_limit, server.memory);
    sum(assets, ha_limit, server.ha_assets);
    for (CapacityLevel* level : {&storage, &memory, &assets}) {
      level->whose += (level->whose.empty() ? "" : ", ") + server.name;
    }
  }
  if (!assets.limit) {
    assets.owner = LimitOwner::recommendation;
    assets.limit = times(ha_assets_recommended, servers.size());
  }
  server_storage_ = levels_.size();
  levels_.push_back(std::move(storage));
  levels_.push_back(std::move(memory));
  ha_ = levels_.size();
  levels_.push_back(std::move(assets));
}

std::uint64_t CapacityBook::Handles::each(std::uint64_t count) const {
  return count / servers + (count % servers == 0 ? 0 : 1);
}

/// An estimate: a file stream has about one open file on each server that has a copy of it.
void CapacityBook::add_handles(const CapacityLimits& limits, const ObservedStreams& observed) {
  handles_.servers = std::max<std::uint64_t>(1, limits.servers.size());
  for (const ObservedStream& stream : observed.streams) {
    const StreamNeed need = need_of(stream.config);
    if (need.storage != Storage::file) continue;
    handles_.copies = add(handles_.copies, servers_.empty() ? 1 : need.replicas);
  }
  handles_.at_first = handles_.copies;
  handles_level_ = levels_.size();
  levels_.push_back({.resource = CapacityResource::file_handles,
                     .owner = LimitOwner::configuration,
                     .limit = limits.file_handles,
                     .used = handles_.each(handles_.copies)});
}

void CapacityBook::count(Tier& tier, const StreamNeed& need, bool is_new) {
  if (is_new) tier.streams = add(tier.streams, 1);
  Bytes& bytes = need.storage == Storage::file ? tier.storage : tier.memory;
  bytes.once = add(bytes.once, need.bytes);
  bytes.copies = add(bytes.copies, times(need.bytes, need.replicas));
}

void CapacityBook::uncount(Tier& tier, const StreamNeed& need) {
  Bytes& bytes = need.storage == Storage::file ? tier.storage : tier.memory;
  bytes.once = minus(bytes.once, need.bytes);
  bytes.copies = minus(bytes.copies, times(need.bytes, need.replicas));
}

CapacityBook::Levels CapacityBook::exceeded(std::size_t level, std::uint64_t shortfall) {
  levels_[level].missing = std::max({levels_[level].missing, shortfall, std::uint64_t{1}});
  return Levels{1} << std::min<std::size_t>(level, 63);
}

CapacityBook::Levels CapacityBook::check_account(std::size_t index, const StreamWish& wish) {
  const Tier& tier = tiers_[index];
  Levels failed = 0;
  const CapacityLevel& streams = levels_[tier.level];
  if (!wish.before && streams.limit && tier.streams >= *streams.limit) {
    failed |= exceeded(tier.level, add(tier.streams, 1) - *streams.limit);
  }
  if (wish.before && grown_bytes(wish) == 0 && wish.need.replicas <= wish.before->replicas)
    return failed;
  const bool file = wish.need.storage == Storage::file;
  const std::size_t level = tier.level + (file ? 1 : 2);
  if (!levels_[level].limit) return failed;
  const Bytes& bytes = file ? tier.storage : tier.memory;
  // Without max_bytes nothing is reserved, but one byte has to be free.
  const std::uint64_t once =
      wish.before ? wish.need.bytes : std::max<std::uint64_t>(1, wish.need.bytes);
  const std::uint64_t copies = tier.flat ? wish.need.replicas : 1;
  const std::uint64_t used = !tier.flat             ? bytes.once
                             : counts_new_replicas_ ? bytes.copies
                                                    : times(bytes.once, copies);
  const std::uint64_t more = counts_new_replicas_ ? times(once, copies) : once;
  const std::uint64_t needed = add(used, more);
  if (needed > *levels_[level].limit) {
    failed |= exceeded(level, needed - *levels_[level].limit);
  }
  return failed;
}

/// As nats-server places it: a replicated stream where the fewest are, else where the most is left.
/// Not judged where too few servers could have it at all: that is no matter of capacity.
CapacityBook::Levels CapacityBook::check_servers(const StreamWish& wish,
                                                 std::vector<std::size_t>& chosen) {
  const std::uint64_t copies = copies_of(wish);
  const std::uint64_t assets = grown_assets(wish);
  if (servers_.empty() || (copies == 0 && assets == 0)) return 0;
  const std::uint64_t wanted = std::max(copies, assets);
  const bool file = wish.need.storage == Storage::file;
  const std::uint64_t bytes =
      wish.before ? grown_bytes(wish) : std::max<std::uint64_t>(1, wish.need.bytes);
  const auto left = [&](const Server& server) {
    return (file ? server.storage_left : server.memory_left).value_or(most);
  };
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (wish.need.cluster.empty() || servers_[i].cluster == wish.need.cluster)
      candidates.push_back(i);
  }
  if (candidates.size() < wanted) return 0;
  std::uint64_t with_bytes = 0;
  std::uint64_t with_assets = 0;
  std::uint64_t largest = 0;
  for (const std::size_t i : candidates) {
    const bool has_bytes = left(servers_[i]) >= bytes;
    const bool has_assets = assets == 0 || !servers_[i].ha_left || *servers_[i].ha_left > 0;
    with_bytes += has_bytes ? 1U : 0U;
    with_assets += has_assets ? 1U : 0U;
    if (!has_bytes) largest = std::max(largest, left(servers_[i]));
    if (has_bytes && has_assets) chosen.push_back(i);
  }
  const std::size_t level = server_storage_ + (file ? 0 : 1);
  Levels failed = 0;
  if (with_bytes < wanted) failed |= exceeded(level, minus(bytes, largest));
  if (with_assets < wanted) failed |= exceeded(ha_, wanted - with_assets);
  if (failed == 0 && chosen.size() < wanted) failed = exceeded(level, 1) | exceeded(ha_, 1);
  std::stable_sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
    if (assets > 0 && servers_[a].ha_assets != servers_[b].ha_assets)
      return servers_[a].ha_assets < servers_[b].ha_assets;
    return left(servers_[a]) > left(servers_[b]);
  });
  chosen.resize(std::min<std::size_t>(chosen.size(), wanted));
  return failed;
}

CapacityBook::Levels CapacityBook::check_handles(const StreamWish& wish) {
  const auto& limit = levels_[handles_level_].limit;
  if (!limit || wish.before || wish.need.storage != Storage::file) return 0;
  const std::uint64_t copies = servers_.empty() ? 1 : wish.need.replicas;
  const std::uint64_t each = handles_.each(add(handles_.copies, copies));
  return each > *limit ? exceeded(handles_level_, each - *limit) : 0;
}

void CapacityBook::take(const std::vector<std::size_t>& chosen, const StreamWish& wish) {
  const std::uint64_t bytes = grown_bytes(wish);
  for (const std::size_t i : chosen) {
    Server& server = servers_[i];
    auto& left = wish.need.storage == Storage::file ? server.storage_left : server.memory_left;
    if (left) left = minus(*left, bytes);
    if (grown_assets(wish) == 0) continue;
    server.ha_assets = add(server.ha_assets, 1);
    if (server.ha_left) server.ha_left = minus(*server.ha_left, 1);
  }
}

/// A stream that is there, and was made after the servers were looked at.
void CapacityBook::place_unseen(const StreamNeed& need) {
  if (servers_.empty()) return;
  const StreamWish wish{.need = need};
  std::vector<std::size_t> chosen;
  check_servers(wish, chosen);
  take(chosen, wish);
  const std::size_t level = server_storage_ + (need.storage == Storage::file ? 0 : 1);
  levels_[level].used = add(levels_[level].used, times(need.bytes, need.replicas));
  levels_[level].missing = 0;
  levels_[ha_].used = add(levels_[ha_].used, need.replicas > 1 ? need.replicas : 0);
  levels_[ha_].missing = 0;
}

/// What the wish adds to each level, whether it fits or not.
void CapacityBook::note_wish(std::size_t index, const StreamWish& wish) {
  const auto want = [this](std::size_t level, std::uint64_t amount) {
    levels_[level].wanted = add(levels_[level].wanted, amount);
  };
  const Tier& tier = tiers_[index];
  const bool file = wish.need.storage == Storage::file;
  const std::uint64_t after = times(wish.need.bytes, tier.flat ? wish.need.replicas : 1);
  const std::uint64_t before =
      wish.before ? times(wish.before->bytes, tier.flat ? wish.before->replicas : 1) : 0;
  if (!wish.before) want(tier.level, 1);
  want(tier.level + (file ? 1 : 2), minus(after, before));
  if (!servers_.empty()) {
    want(server_storage_ + (file ? 0 : 1), times(grown_bytes(wish), copies_of(wish)));
    want(ha_, grown_assets(wish));
  }
  if (file && !wish.before)
    handles_.wanted = add(handles_.wanted, servers_.empty() ? 1 : wish.need.replicas);
}

CapacityBook::Levels CapacityBook::book(const StreamWish& wish) {
  const std::size_t index = tier_of(wish.need.replicas);
  note_wish(index, wish);
  // An update is judged beside the other streams, as the server does.
  const std::size_t old_index = wish.before ? tier_of(wish.before->replicas) : index;
  if (wish.before) uncount(tiers_[old_index], *wish.before);
  std::vector<std::size_t> chosen;
  const Levels failed =
      check_account(index, wish) | check_servers(wish, chosen) | check_handles(wish);
  if (failed != 0) {
    if (wish.before) count(tiers_[old_index], *wish.before, false);
    return failed;
  }
  count(tiers_[index], wish.need, !wish.before);
  take(chosen, wish);
  if (!wish.before && wish.need.storage == Storage::file)
    handles_.copies = add(handles_.copies, servers_.empty() ? 1 : wish.need.replicas);
  return 0;
}

std::vector<CapacityLevel> CapacityBook::levels() const {
  std::vector<CapacityLevel> result = levels_;
  CapacityLevel& handles = result[handles_level_];
  handles.wanted = minus(handles_.each(add(handles_.at_first, handles_.wanted)), handles.used);
  for (CapacityLevel& level : result) {
    // Where nothing more is wanted, nothing is missing, even if others use more than the limit.
    if (level.limit && level.wanted > 0)
      level.missing = std::max(level.missing, minus(add(level.used, level.wanted), *level.limit));
  }
  return result;
}

}  // namespace roomkeeper::policies
