// For random accounts, servers and plans: what is said to fit does fit on a model server that knows
// nothing but nats-server's own checks, and what is held back does not.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/capacity_world.h"

namespace roomkeeper::testing {
namespace {

using policies::CapacityReport;
using policies::Change;
using policies::Storage;

struct Stored {
  Storage storage;
  std::int64_t max_bytes;
  int replicas;
};

/// A lone server with one account, as nats-server 2.15 checks: jsNonClusteredStreamLimitsCheck.
class ModelServer {
 public:
  explicit ModelServer(const CapacityWorld& world)
      : account_(world.limits.tiers.front()), server_(world.limits.servers.front()) {
    for (const auto& stream : world.observed.streams) streams_.push_back(of(stream.config));
  }

  bool create(const Change& change) {
    const Stored wanted = of(*change.wanted);
    if (account_.max_streams > 0 &&
        streams_.size() >= static_cast<std::size_t>(account_.max_streams))
      return false;
    const bool file = wanted.storage == Storage::file;
    const std::int64_t bytes = std::max<std::int64_t>(1, wanted.max_bytes);
    const std::int64_t limit = file ? account_.max_storage : account_.max_memory;
    if (limit >= 0 && reserved(wanted.storage) + bytes > limit) return false;
    const std::int64_t store = file ? server_.max_storage : server_.max_memory;
    const auto others = static_cast<std::int64_t>(file ? server_.storage : server_.memory);
    if (store >= 0 && others + made(wanted.storage) + bytes > store) return false;
    made_.push_back(wanted);
    streams_.push_back(wanted);
    return true;
  }

 private:
  static Stored of(const policies::StreamConfig& config) {
    return {config.settings.storage, config.settings.max_bytes, config.settings.replicas};
  }
  static std::int64_t sum(const std::vector<Stored>& streams, Storage storage) {
    std::int64_t total = 0;
    for (const Stored& stream : streams) {
      if (stream.storage == storage) total += std::max<std::int64_t>(0, stream.max_bytes);
    }
    return total;
  }
  std::int64_t reserved(Storage storage) const { return sum(streams_, storage); }
  /// Since the server was looked at.
  std::int64_t made(Storage storage) const { return sum(made_, storage); }

  policies::TierLimits account_;
  policies::ServerCapacity server_;
  std::vector<Stored> streams_;
  std::vector<Stored> made_;
};

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}
  std::int64_t roll(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  /// -1 in one of four throws.
  std::int64_t or_none(std::int64_t low, std::int64_t high) {
    return roll(0, 3) == 0 ? -1 : roll(low, high);
  }
  CapacityStream stream() {
    CapacityStream stream;
    stream.storage = roll(0, 2) == 0 ? Storage::memory : Storage::file;
    stream.max_bytes = or_none(1, 400);
    stream.template_name = "t" + std::to_string(roll(0, 2));
    return stream;
  }

 private:
  std::mt19937 random_;
};

CapacityWorld random_world(Dice& dice) {
  CapacityWorld world;
  world.account({.max_streams = dice.or_none(0, 20),
                 .max_storage = dice.or_none(0, 3000),
                 .max_memory = dice.or_none(0, 2000)});
  world.server({.name = "n1",
                .max_storage = dice.or_none(0, 3000),
                .max_memory = dice.or_none(0, 2000),
                .storage = static_cast<std::uint64_t>(dice.roll(0, 500)),
                .memory = static_cast<std::uint64_t>(dice.roll(0, 500))});
  for (std::int64_t i = dice.roll(0, 8); i > 0; --i) world.there(dice.stream());
  for (std::int64_t i = dice.roll(0, 25); i > 0; --i) world.create(1, dice.stream());
  return world;
}

TEST(CapacityProperty, WhatFitsFitsAndWhatIsHeldDoesNot) {
  for (std::uint32_t seed = 1; seed <= 5000; ++seed) {
    Dice dice(seed);
    const CapacityWorld world = random_world(dice);
    const CapacityReport report = world.check();
    const std::vector<std::size_t> gone = held(report);
    ModelServer server(world);
    for (std::size_t i = 0; i < world.plan.changes.size(); ++i) {
      const bool is_held = std::find(gone.begin(), gone.end(), i) != gone.end();
      ASSERT_EQ(server.create(world.plan.changes[i]), !is_held) << "seed " << seed << " at " << i;
    }
    ASSERT_EQ(report.fitting + report.held.size(), report.creates);
    ASSERT_EQ(report.held.empty(), report.advice.empty()) << "seed " << seed;
    for (const policies::HeldCreate& create : report.held)
      ASSERT_FALSE(report.reasons.at(create.reason).empty()) << "seed " << seed;
  }
}

/// The number behind `max_bytes of at most `; -1: the advice names none.
std::int64_t advised_bytes(const CapacityReport& report) {
  const std::string before = "max_bytes of at most ";
  for (const std::string& advice : report.advice) {
    const std::size_t at = advice.find(before);
    if (at != std::string::npos) return std::stoll(advice.substr(at + before.size()));
  }
  return -1;
}

TEST(CapacityProperty, WhatIsAdvisedFits) {
  int advised = 0;
  int pooled = 0;
  for (std::uint32_t seed = 1; seed <= 5000; ++seed) {
    Dice dice(seed);
    CapacityWorld world = random_world(dice);
    const CapacityReport report = world.check();
    if (const std::int64_t bytes = advised_bytes(report); bytes >= 0) {
      CapacityWorld smaller = world;
      for (Change& change : smaller.plan.changes) {
        auto& settings = change.wanted->settings;
        if (settings.max_bytes > 0) settings.max_bytes = std::min(settings.max_bytes, bytes);
      }
      ASSERT_TRUE(held(smaller.check()).empty()) << "seed " << seed;
      ++advised;
    }
    for (const std::string& advice : report.advice)
      pooled += advice.find("layout: pooled") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(advised, 100);
  EXPECT_GT(pooled, 100);
}

}  // namespace
}  // namespace roomkeeper::testing
