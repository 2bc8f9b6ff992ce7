#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/kick_plan.h"
#include "tests/policies/instants.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::Connection;
using policies::ConnectionLimits;
using policies::Exemption;
using policies::exemption;
using policies::KickBounds;
using policies::KickHistory;
using policies::KickPlan;
using policies::MonoTime;
using policies::Nanoseconds;
using policies::OnLimit;
using policies::plan_kicks;
using policies::Reason;

const policies::WallTime noon = utc("2026-08-01T12:00:00Z");

MonoTime at(Nanoseconds since) {
  return MonoTime{since};
}

// Connection `cid` of APP/`user`, the `cid`th second after noon.
Connection connection(std::uint64_t cid, const std::string& user) {
  Connection made;
  made.key = {"NSERVER", cid};
  made.identity = {"APP", user};
  made.start = noon + std::chrono::seconds(cid);
  return made;
}

std::vector<Connection> connections(const std::string& user, std::uint64_t first,
                                    std::uint64_t count) {
  std::vector<Connection> made;
  for (std::uint64_t cid = first; cid < first + count; ++cid) made.push_back(connection(cid, user));
  return made;
}

ConnectionLimits at_most(int max, OnLimit on_limit = OnLimit::evict_oldest) {
  ConnectionLimits limits;
  limits.per_user = {.max = max, .on_limit = on_limit};
  return limits;
}

std::vector<std::uint64_t> kicked(const KickPlan& plan) {
  std::vector<std::uint64_t> cids;
  for (const auto& kick : plan.kicks) cids.push_back(kick.key.cid);
  return cids;
}

using Cids = std::vector<std::uint64_t>;

const policies::LimitFigures& per_user(const KickPlan& plan) {
  return plan.of(policies::LimitKind::connections_per_user);
}

TEST(Exemption, SaysWhyAConnectionDoesNotCount) {
  ConnectionLimits limits = at_most(1);
  limits.exempt = {{"APP", "roomkeeper"}};
  limits.shared_users = {{"APP", "kiosk"}};
  EXPECT_EQ(exemption(connection(1, "bob"), limits), Exemption::none);
  EXPECT_EQ(exemption(connection(1, "roomkeeper"), limits), Exemption::exempt_user);
  EXPECT_EQ(exemption(connection(1, "kiosk"), limits), Exemption::shared_user);
  EXPECT_EQ(exemption(connection(1, ""), limits), Exemption::no_identity);
  EXPECT_EQ(exemption(connection(1, "[REDACTED]"), limits), Exemption::no_identity);
  Connection ours = connection(1, "bob");
  ours.own = true;
  EXPECT_EQ(exemption(ours, limits), Exemption::own);
  Connection elsewhere = connection(1, "roomkeeper");
  elsewhere.identity.account = "OTHER";
  EXPECT_EQ(exemption(elsewhere, limits), Exemption::none);
}

TEST(PlanKicks, WithinTheLimitNobodyGoes) {
  KickHistory history;
  const KickPlan plan = plan_kicks(connections("bob", 1, 3), at_most(3), {}, at(0s), history);
  EXPECT_TRUE(plan.kicks.empty());
  EXPECT_EQ(per_user(plan).groups, 1);
  EXPECT_EQ(per_user(plan).over, 0);
  EXPECT_EQ(per_user(plan).most_used, 3);
  EXPECT_EQ(plan.delayed, 0);
  EXPECT_EQ(plan.look_again_after, std::nullopt);
  EXPECT_TRUE(history.offenders.empty());
}

TEST(PlanKicks, EvictOldestTakesTheOldestFirst) {
  KickHistory history;
  const KickPlan plan = plan_kicks(connections("bob", 1, 5), at_most(3), {}, at(0s), history);
  EXPECT_EQ(kicked(plan), (Cids{1, 2}));
  EXPECT_EQ(per_user(plan).over, 1);
  EXPECT_EQ(plan.kicks[0].reason, Reason::evict_oldest);
  EXPECT_EQ(plan.kicks[0].used, 5);
  EXPECT_EQ(plan.kicks[0].max, 3);
  EXPECT_EQ(plan.kicks[0].identity.user, "bob");
  EXPECT_EQ(plan.kicks[0].retry_after, 1s);
}

TEST(PlanKicks, RejectNewTakesTheNewestFirst) {
  KickHistory history;
  const KickPlan plan =
      plan_kicks(connections("bob", 1, 5), at_most(3, OnLimit::reject_new), {}, at(0s), history);
  EXPECT_EQ(kicked(plan), (Cids{5, 4}));
  EXPECT_EQ(plan.kicks[0].reason, Reason::reject_new);
}

TEST(PlanKicks, TiesOfTimeGoByKey) {
  std::vector<Connection> same = connections("bob", 1, 3);
  for (Connection& one : same) one.start = noon;
  same[0].key.server_id = "NZ";  // the last server of all, whatever the cid
  KickHistory history;
  EXPECT_EQ(kicked(plan_kicks(same, at_most(2), {}, at(0s), history)), (Cids{2}));
  history = {};
  EXPECT_EQ(kicked(plan_kicks(same, at_most(2, OnLimit::reject_new), {}, at(0s), history)),
            (Cids{1}));
}

TEST(PlanKicks, TheSameUserOfAnotherAccountIsSomebodyElse) {
  std::vector<Connection> all = connections("bob", 1, 2);
  for (Connection other : connections("bob", 3, 2)) {
    other.identity.account = "OTHER";
    all.push_back(other);
  }
  KickHistory history;
  const KickPlan plan = plan_kicks(all, at_most(2), {}, at(0s), history);
  EXPECT_TRUE(plan.kicks.empty());
  EXPECT_EQ(per_user(plan).groups, 2);
}

TEST(PlanKicks, NobodyIsLimitedWithoutALimit) {
  for (const std::optional<int> max : {std::optional<int>{}, std::optional<int>{-1}}) {
    ConnectionLimits limits;
    limits.per_user.max = max;
    KickHistory history;
    const KickPlan plan = plan_kicks(connections("bob", 1, 500), limits, {}, at(0s), history);
    EXPECT_TRUE(plan.kicks.empty());
    EXPECT_EQ(per_user(plan).over, 0);
    EXPECT_EQ(per_user(plan).most_used, 500);
    EXPECT_EQ(plan.look_again_after, std::nullopt);
  }
}

TEST(PlanKicks, AMaximumOfZeroBlocksEverybody) {
  KickHistory history;
  const KickPlan plan = plan_kicks(connections("bob", 1, 2), at_most(0), {}, at(0s), history);
  EXPECT_EQ(kicked(plan), (Cids{1, 2}));
}

TEST(PlanKicks, ExemptConnectionsNeitherCountNorGo) {
  ConnectionLimits limits = at_most(1);
  limits.exempt = {{"APP", "admin"}};
  limits.shared_users = {{"APP", "kiosk"}};
  std::vector<Connection> all = connections("bob", 1, 2);
  all[0].own = true;
  for (const char* user : {"admin", "kiosk", ""}) {
    for (const Connection& one : connections(user, all.size() + 1, 5)) all.push_back(one);
  }
  KickHistory history;
  const KickPlan plan = plan_kicks(all, limits, {}, at(0s), history);
  EXPECT_TRUE(plan.kicks.empty());
  EXPECT_EQ(per_user(plan).groups, 1);
  EXPECT_EQ(per_user(plan).most_used, 1);
}

TEST(PlanKicks, AConnectionThatTwoPagesNameCountsOnce) {
  std::vector<Connection> all = connections("bob", 1, 3);
  all.push_back(all[0]);
  all.push_back(all[2]);
  KickHistory history;
  EXPECT_TRUE(plan_kicks(all, at_most(3), {}, at(0s), history).kicks.empty());
  EXPECT_EQ(kicked(plan_kicks(all, at_most(2), {}, at(0s), history)), (Cids{1}));
}

TEST(PlanKicks, OfTwoRecordsOfAConnectionTheExemptOneCounts) {
  std::vector<Connection> all = connections("bob", 1, 2);
  all.push_back(all[0]);
  all.back().own = true;
  for (int turn = 0; turn < 2; ++turn) {
    KickHistory history;
    EXPECT_TRUE(plan_kicks(all, at_most(1), {}, at(0s), history).kicks.empty());
    std::reverse(all.begin(), all.end());
  }
}

// One identity that comes back over the limit right after every kick.
TEST(PlanKicks, ARepeatOffenderIsKickedAtGrowingIntervals) {
  KickHistory history;
  const auto bobs = connections("bob", 1, 4);
  std::vector<Nanoseconds> kicks_at;
  std::vector<Nanoseconds> told;
  Nanoseconds now = 0s;
  while (kicks_at.size() < 9) {
    const KickPlan plan = plan_kicks(bobs, at_most(3), {}, at(now), history);
    if (!plan.kicks.empty()) {
      kicks_at.push_back(now);
      told.push_back(plan.kicks[0].retry_after);
      now += 1ms;
    } else {
      EXPECT_EQ(plan.delayed, 1);
      ASSERT_TRUE(plan.look_again_after.has_value());
      ASSERT_GT(*plan.look_again_after, 0s);
      now += *plan.look_again_after;
    }
  }
  const std::vector<Nanoseconds> waits = {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s};
  EXPECT_EQ(told, waits);
  for (std::size_t i = 1; i < kicks_at.size(); ++i) {
    EXPECT_EQ(kicks_at[i] - kicks_at[i - 1], waits[i - 1]) << i;
  }
}

TEST(PlanKicks, AnOffenderIsForgottenAfterBehaving) {
  KickHistory history;
  const auto bobs = connections("bob", 1, 4);
  const auto few = connections("bob", 1, 3);
  EXPECT_EQ(plan_kicks(bobs, at_most(3), {}, at(0s), history).kicks.size(), 1U);
  EXPECT_EQ(plan_kicks(bobs, at_most(3), {}, at(1s), history).kicks.size(), 1U);
  EXPECT_TRUE(plan_kicks(few, at_most(3), {}, at(200s), history).kicks.empty());
  EXPECT_EQ(history.offenders.size(), 1U);
  EXPECT_TRUE(plan_kicks(few, at_most(3), {}, at(301s), history).kicks.empty());
  EXPECT_TRUE(history.offenders.empty());
  const KickPlan again = plan_kicks(bobs, at_most(3), {}, at(301s), history);
  ASSERT_EQ(again.kicks.size(), 1U);
  EXPECT_EQ(again.kicks[0].retry_after, 1s);
}

TEST(PlanKicks, AnOffenderThatWasNeverWithinItsLimitIsRemembered) {
  KickHistory history;
  const auto bobs = connections("bob", 1, 4);
  Nanoseconds longest{};
  for (Nanoseconds now = 0s; now < 1200s; now += 1s) {
    const KickPlan plan = plan_kicks(bobs, at_most(3), {}, at(now), history);
    if (!plan.kicks.empty()) longest = plan.kicks[0].retry_after;
  }
  EXPECT_EQ(longest, 60s);
}

// An interval longer than forget_after does not make a new customer of somebody who never behaved.
TEST(PlanKicks, AnOffenderThatWaitsLongerThanTheMemoryIsRemembered) {
  KickHistory history;
  KickBounds bounds;
  bounds.first_interval = 10min;
  bounds.longest_interval = 20min;
  const auto bobs = connections("bob", 1, 4);
  std::vector<Nanoseconds> kicks_at;
  for (Nanoseconds now = 0s; now < 60min; now += 1min) {
    const KickPlan plan = plan_kicks(bobs, at_most(3), bounds, at(now), history);
    if (!plan.kicks.empty()) kicks_at.push_back(now);
  }
  EXPECT_EQ(kicks_at, (std::vector<Nanoseconds>{0min, 10min, 30min, 50min}));
}

// What a round still owes when its identity falls within the limit, or goes away, is not held
// against it.
TEST(PlanKicks, ARoundEndsWithTheSurplus) {
  for (const std::uint64_t left : {0U, 1U}) {
    KickHistory history;
    KickBounds bounds;
    bounds.per_second = 2;
    EXPECT_EQ(
        plan_kicks(connections("bob", 1, 6), at_most(1), bounds, at(0s), history).kicks.size(), 2U);
    EXPECT_TRUE(plan_kicks(connections("bob", 6, left), at_most(1), bounds, at(100ms), history)
                    .kicks.empty());
    bounds.per_second = 20;
    const KickPlan back =
        plan_kicks(connections("bob", 6, 2), at_most(1), bounds, at(200ms), history);
    EXPECT_TRUE(back.kicks.empty()) << left;
    EXPECT_EQ(back.look_again_after, 800ms) << left;
  }
}

TEST(PlanKicks, ARoundThatOwesMoreThanTheSurplusStillLeavesTheLimit) {
  KickHistory history;
  KickBounds bounds;
  bounds.per_second = 10;
  EXPECT_EQ(plan_kicks(connections("bob", 1, 31), at_most(1), bounds, at(0s), history).kicks.size(),
            10U);
  EXPECT_EQ(kicked(plan_kicks(connections("bob", 28, 4), at_most(1), bounds, at(1s), history)),
            (Cids{28, 29, 30}));
}

// 20 to go and 8 a second: 8, 8, 4, as one round.
TEST(PlanKicks, TheRateSpreadsASurplusOverSeconds) {
  KickHistory history;
  KickBounds bounds;
  bounds.per_second = 8;
  std::vector<Connection> bobs = connections("bob", 1, 23);
  const std::vector<std::size_t> expected = {8, 8, 4, 0};
  Nanoseconds now = 0s;
  for (const std::size_t count : expected) {
    const KickPlan plan = plan_kicks(bobs, at_most(3), bounds, at(now), history);
    ASSERT_EQ(plan.kicks.size(), count);
    EXPECT_EQ(plan.delayed, std::max(0, static_cast<int>(bobs.size() - count) - 3));
    for (const auto& kick : plan.kicks) {
      EXPECT_EQ(kick.retry_after, 1s);
      std::erase_if(bobs, [&](const Connection& one) { return one.key == kick.key; });
    }
    EXPECT_EQ(plan.look_again_after.has_value(), plan.delayed > 0);
    now += plan.look_again_after.value_or(1s);
  }
  EXPECT_EQ(now, 4s);  // three full seconds of kicking, none of it waited for longer
  EXPECT_EQ(bobs.size(), 3U);
  EXPECT_EQ(bobs.front().key.cid, 21U);
}

TEST(PlanKicks, TheRateHoldsAcrossPassesOfOneSecond) {
  KickHistory history;
  KickBounds bounds;
  bounds.per_second = 10;
  EXPECT_EQ(plan_kicks(connections("ann", 1, 6), at_most(0), bounds, at(0ms), history).kicks.size(),
            6U);
  const KickPlan second =
      plan_kicks(connections("bob", 11, 6), at_most(0), bounds, at(700ms), history);
  EXPECT_EQ(second.kicks.size(), 4U);
  EXPECT_EQ(second.look_again_after, 300ms);
  // At 1.2 s the first six have left the running second, the four of 0.7 s have not.
  EXPECT_EQ(
      plan_kicks(connections("cat", 21, 9), at_most(0), bounds, at(1200ms), history).kicks.size(),
      6U);
}

// Kicks take their time; what counts for the rate is when the clients feel them.
TEST(PlanKicks, TheRateCountsKicksWhenTheyEnd) {
  KickHistory history;
  KickBounds bounds;
  bounds.per_second = 10;
  const KickPlan plan = plan_kicks(connections("ann", 1, 10), at_most(0), bounds, at(0s), history);
  ASSERT_EQ(plan.kicks.size(), 10U);
  for (int i = 0; i < 10; ++i)
    policies::note_ended(history, plan.kicks[static_cast<std::size_t>(i)].decided,
                         at(i < 6 ? 100ms : 400ms));
  const auto bobs = connections("bob", 11, 20);
  EXPECT_EQ(plan_kicks(bobs, at_most(0), bounds, at(1s), history).kicks.size(), 0U);
  EXPECT_EQ(plan_kicks(bobs, at_most(0), bounds, at(1100ms), history).kicks.size(), 6U);
  EXPECT_EQ(plan_kicks(bobs, at_most(0), bounds, at(1400ms), history).kicks.size(), 4U);
}

TEST(PlanKicks, TheRateServesThoseKickedLeastFirst) {
  KickHistory history;
  KickBounds bounds;
  bounds.per_second = 1;
  EXPECT_EQ(kicked(plan_kicks(connections("ann", 1, 1), at_most(0), bounds, at(0s), history)),
            (Cids{1}));
  std::vector<Connection> both = connections("ann", 2, 1);
  both.push_back(connection(3, "zoe"));
  EXPECT_EQ(kicked(plan_kicks(both, at_most(0), bounds, at(10s), history)), (Cids{3}));
}

TEST(PlanKicks, ARateOfZeroKicksNobody) {
  KickHistory history;
  KickBounds bounds;
  bounds.per_second = 0;
  const KickPlan plan = plan_kicks(connections("bob", 1, 4), at_most(3), bounds, at(0s), history);
  EXPECT_TRUE(plan.kicks.empty());
  EXPECT_EQ(plan.delayed, 1);
  EXPECT_EQ(plan.look_again_after, std::nullopt);
}

// A round that the rate has stretched ends with the surplus it began with, however many come back
// meanwhile.
TEST(PlanKicks, AStormCannotKeepARoundOpen) {
  KickHistory history;
  KickBounds bounds;
  bounds.per_second = 10;
  std::size_t total = 0;
  for (Nanoseconds now = 0s; now < 5s; now += 1s) {
    const KickPlan plan =
        plan_kicks(connections("bob", 1, 25), at_most(0), bounds, at(now), history);
    total += plan.kicks.size();
    EXPECT_EQ(plan.look_again_after, 1s) << now / 1s;
  }
  // Round 1 takes 25 in seconds 0, 1, 2; its last kick is at 2 s; round 2 begins at 3 s.
  EXPECT_EQ(total, 25U + 20U);
  EXPECT_EQ(history.offenders.begin()->second.rounds, 2);
}

TEST(Limits, NamesAreStable) {
  EXPECT_EQ(to_string(OnLimit::reject_new), "reject_new");
  EXPECT_EQ(to_string(OnLimit::evict_oldest), "evict_oldest");
  EXPECT_EQ(to_string(policies::Identity{"APP", "bob"}), "APP/bob");
  EXPECT_EQ(to_string(Exemption::none), "none");
  EXPECT_EQ(to_string(Exemption::own), "own");
  EXPECT_EQ(to_string(Exemption::exempt_user), "exempt_user");
  EXPECT_EQ(to_string(Exemption::no_identity), "no_identity");
  EXPECT_EQ(to_string(Exemption::shared_user), "shared_user");
}

}  // namespace
}  // namespace roomkeeper::testing
