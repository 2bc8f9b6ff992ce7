#include "policies/backoff.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <set>

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::backoff;
using policies::BackoffLimits;
using policies::jittered;
using policies::Nanoseconds;

TEST(Backoff, DoublesUpToTheCeilingLessAQuarterAtMost) {
  const BackoffLimits limits{250ms, 30s};
  Nanoseconds full = 250ms;
  for (std::uint32_t failures = 1; failures <= 20; ++failures) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const Nanoseconds wait = backoff(limits, failures, seed);
      EXPECT_LE(wait, full) << failures << " " << seed;
      EXPECT_GE(wait, full - full / 4) << failures << " " << seed;
    }
    full = std::min<Nanoseconds>(full * 2, 30s);
  }
}

TEST(Backoff, IsTheSameForTheSameSeedAndSpreadForOthers) {
  const BackoffLimits limits;
  std::set<Nanoseconds> seen;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    EXPECT_EQ(backoff(limits, 3, seed), backoff(limits, 3, seed));
    seen.insert(backoff(limits, 3, seed));
  }
  EXPECT_GT(seen.size(), 990U);
  EXPECT_LT(*seen.begin(), 1s * 0.76);
  EXPECT_GT(*seen.rbegin(), 1s * 0.99);
}

// Two that failed together once do not stay in step: each attempt has its own jitter.
TEST(Backoff, IsSpreadOverTheAttemptsToo) {
  std::set<Nanoseconds> seen;
  for (std::uint32_t failures = 20; failures < 120; ++failures)
    seen.insert(backoff({}, failures, 9));
  EXPECT_GT(seen.size(), 95U);
}

TEST(Backoff, SurvivesAnyNumbers) {
  const auto most = std::numeric_limits<std::uint32_t>::max();
  const auto ceiling = Nanoseconds::max();
  EXPECT_GE(backoff({1ns, ceiling}, most, 5), ceiling - ceiling / 4);
  EXPECT_GE(backoff({ceiling, ceiling}, most, 5), ceiling - ceiling / 4);
  EXPECT_EQ(backoff({0ns, 30s}, most, 5), 0ns);
  EXPECT_EQ(backoff({1s, 0ns}, 3, 5), 0ns);
  EXPECT_LE(backoff({10s, 1s}, 1, 5), 1s);
  EXPECT_EQ(backoff({-1s, 30s}, 3, 5), 0ns);
  EXPECT_GE(backoff({}, 0, 5), 187ms);
}

TEST(Jittered, StaysWithinItsPercentAndReachesBothEnds) {
  Nanoseconds lowest = Nanoseconds::max();
  Nanoseconds highest{};
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    const Nanoseconds wait = jittered(60s, 10, seed);
    EXPECT_EQ(wait, jittered(60s, 10, seed));
    lowest = std::min(lowest, wait);
    highest = std::max(highest, wait);
  }
  EXPECT_GE(lowest, 54s);
  EXPECT_LE(lowest, 54s + 100ms);
  EXPECT_LE(highest, 66s);
  EXPECT_GE(highest, 66s - 100ms);
}

TEST(Jittered, SurvivesAnyNumbers) {
  EXPECT_EQ(jittered(60s, 0, 3), 60s);
  EXPECT_EQ(jittered(60s, -5, 3), 60s);
  EXPECT_EQ(jittered(0s, 10, 3), 0s);
  EXPECT_EQ(jittered(-1s, 10, 3), -1s);
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    EXPECT_GE(jittered(60s, 500, seed), 0s);
    EXPECT_LE(jittered(60s, 500, seed), 120s);
    EXPECT_GE(jittered(Nanoseconds::max(), 100, seed), 0ns);
    EXPECT_GE(jittered(1ns, 100, seed), 0ns);
    EXPECT_LE(jittered(1ns, 100, seed), 2ns);
  }
}

}  // namespace
}  // namespace roomkeeper::testing
