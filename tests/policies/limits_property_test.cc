// What plan_kicks must hold to whatever it is shown, and a storm of clients that reconnect by
// themselves.
#include <algorithm>
#include <chrono>
#include <deque>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/kick_plan.h"
#include "tests/policies/instants.h"
#include "tests/policies/limit_world.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::Connection;
using policies::ConnectionKey;
using policies::ConnectionLimits;
using policies::Exemption;
using policies::Identity;
using policies::KickBounds;
using policies::KickHistory;
using policies::KickPlan;
using policies::LimitKind;
using policies::MonoTime;
using policies::Nanoseconds;
using policies::OnLimit;
using policies::plan_kicks;

constexpr int user_cases = 20'000;
const policies::WallTime first_start = utc("2026-08-01T12:00:00Z");

// A small world: few users, servers and seconds, so that ties, duplicates and surpluses are
// frequent.
struct UserWorld {
  std::vector<Connection> connections;
  ConnectionLimits limits;
};

UserWorld random_user_world(std::mt19937_64& random) {
  const auto pick = [&](std::size_t choices) {
    return static_cast<std::size_t>(random() % choices);
  };
  static const std::vector<std::string> users = {"ann",   "bob", "cat",       "kiosk",
                                                 "admin", "",    "[REDACTED]"};
  UserWorld world;
  world.limits.per_user.max = static_cast<int>(pick(4));
  world.limits.per_user.on_limit = pick(2) == 0 ? OnLimit::evict_oldest : OnLimit::reject_new;
  world.limits.exempt = {{"APP", "admin"}};
  world.limits.shared_users = {{"APP", "kiosk"}};
  std::set<ConnectionKey> keys;
  const std::size_t count = pick(15);
  for (std::size_t i = 0; i < count; ++i) {
    Connection one;
    one.key = {pick(2) == 0 ? "NA" : "NB", pick(1000)};
    if (!keys.insert(one.key).second) continue;
    one.identity = {pick(8) == 0 ? "OTHER" : "APP", users[pick(users.size())]};
    one.start = first_start + std::chrono::seconds(static_cast<int>(pick(6)));
    one.own = pick(10) == 0;
    world.connections.push_back(one);
    if (pick(6) == 0) world.connections.push_back(one);  // the next page of CONNZ says it again
  }
  std::shuffle(world.connections.begin(), world.connections.end(), random);
  return world;
}

// The connections that count, by identity, each once, oldest first.
using Counted = std::map<Identity, std::vector<Connection>>;

Counted counted(const UserWorld& world) {
  std::map<ConnectionKey, Connection> distinct;
  for (const Connection& one : world.connections) distinct.emplace(one.key, one);
  Counted by_identity;
  for (const auto& [key, one] : distinct) {
    if (exemption(one, world.limits) == Exemption::none) by_identity[one.identity].push_back(one);
  }
  for (auto& [identity, list] : by_identity) {
    std::stable_sort(list.begin(), list.end(),
                     [](const Connection& a, const Connection& b) { return a.start < b.start; });
  }
  return by_identity;
}

std::set<ConnectionKey> keys_of(const KickPlan& plan) {
  std::set<ConnectionKey> keys;
  for (const auto& kick : plan.kicks) keys.insert(kick.key);
  return keys;
}

// What must be gone so that exactly the limit is left.
std::set<ConnectionKey> expected_keys(const UserWorld& world) {
  std::set<ConnectionKey> keys;
  const auto max = static_cast<std::size_t>(*world.limits.per_user.max);
  for (const auto& [identity, list] : counted(world)) {
    if (list.size() <= max) continue;
    const bool oldest = world.limits.per_user.on_limit == OnLimit::evict_oldest;
    const std::size_t surplus = list.size() - max;
    const std::size_t from = oldest ? 0 : max;
    for (std::size_t i = from; i < from + surplus; ++i) keys.insert(list[i].key);
  }
  return keys;
}

TEST(KickProperties, WithNoHistoryAndNoRateExactlyTheSurplusGoes) {
  std::mt19937_64 random(1);
  for (int round = 0; round < user_cases; ++round) {
    const UserWorld world = random_user_world(random);
    KickHistory history;
    const KickPlan plan =
        plan_kicks(world.connections, world.limits, unbounded(), MonoTime{}, history);
    EXPECT_EQ(keys_of(plan), expected_keys(world)) << round;
    EXPECT_EQ(plan.kicks.size(), keys_of(plan).size()) << "kicked twice, " << round;
    EXPECT_EQ(plan.delayed, 0) << round;
    EXPECT_EQ(plan.of(LimitKind::connections_per_user).groups,
              static_cast<int>(counted(world).size()))
        << round;
  }
}

TEST(KickProperties, TheOrderOfTheInputDoesNotMatter) {
  std::mt19937_64 random(2);
  for (int round = 0; round < user_cases; ++round) {
    UserWorld world = random_user_world(random);
    KickBounds bounds;
    bounds.per_second = 5;
    KickHistory one;
    KickHistory two;
    const KickPlan first = plan_kicks(world.connections, world.limits, bounds, MonoTime{}, one);
    std::shuffle(world.connections.begin(), world.connections.end(), random);
    const KickPlan second = plan_kicks(world.connections, world.limits, bounds, MonoTime{}, two);
    ASSERT_EQ(first.kicks.size(), second.kicks.size()) << round;
    for (std::size_t i = 0; i < first.kicks.size(); ++i) {
      EXPECT_EQ(first.kicks[i].key, second.kicks[i].key) << round;
    }
    EXPECT_EQ(first.delayed, second.delayed) << round;
    EXPECT_EQ(first.look_again_after, second.look_again_after) << round;
  }
}

// Any history, any rate: only the counted connections of identities over their limit go, in the
// right order, never more than the surplus, and what is left is counted as delayed.
TEST(KickProperties, NoHistoryAndNoRateMakesItKickTooMuch) {
  std::mt19937_64 random(3);
  KickHistory history;
  MonoTime now{};
  std::deque<MonoTime> recent;
  KickBounds bounds;
  bounds.per_second = 7;
  bounds.longest_interval = 2s;  // short, so that rounds of every kind follow each other
  std::size_t total = 0;
  for (int round = 0; round < user_cases; ++round) {
    const UserWorld world = random_user_world(random);
    history.arrivals = {};  // a world of its own: nobody was seen before
    now += std::chrono::milliseconds(250 + static_cast<int>(random() % 400));
    const KickPlan plan = plan_kicks(world.connections, world.limits, bounds, now, history);
    const std::set<ConnectionKey> allowed = expected_keys(world);
    EXPECT_EQ(plan.of(LimitKind::connections_per_user).over > 0, !allowed.empty()) << round;
    for (const ConnectionKey& key : keys_of(plan)) EXPECT_TRUE(allowed.contains(key)) << round;
    EXPECT_EQ(plan.kicks.size(), keys_of(plan).size()) << round;
    EXPECT_EQ(plan.delayed, static_cast<int>(allowed.size() - plan.kicks.size())) << round;
    EXPECT_EQ(plan.look_again_after.has_value(), plan.delayed > 0) << round;
    if (plan.look_again_after) {
      EXPECT_GT(*plan.look_again_after, 0s) << round;
    }
    for (std::size_t i = 0; i < plan.kicks.size(); ++i) recent.push_back(now);
    while (!recent.empty() && now - recent.front() >= 1s) recent.pop_front();
    EXPECT_LE(recent.size(), 7U) << round;
    EXPECT_LE(history.offenders.size(), 8U) << round;
    total += plan.kicks.size();
  }
  EXPECT_GT(total, 5'000U);
}

TEST(KickProperties, AConnectionThatGoesEarlierIsFirstInLine) {
  std::mt19937_64 random(4);
  for (int round = 0; round < user_cases; ++round) {
    const UserWorld world = random_user_world(random);
    KickBounds bounds;
    bounds.per_second = 1 + static_cast<int>(random() % 4);
    KickHistory history;
    const KickPlan plan = plan_kicks(world.connections, world.limits, bounds, MonoTime{}, history);
    const std::set<ConnectionKey> gone = keys_of(plan);
    for (auto& [identity, list] : counted(world)) {
      const bool oldest = world.limits.per_user.on_limit == OnLimit::evict_oldest;
      std::vector<Connection> line = list;
      if (!oldest) std::reverse(line.begin(), line.end());
      const auto stays = std::find_if(
          line.begin(), line.end(), [&](const Connection& one) { return !gone.contains(one.key); });
      EXPECT_TRUE(std::none_of(stays, line.end(), [&](const Connection& one) {
        return gone.contains(one.key);
      })) << round;
    }
  }
}

// Clients that reconnect 2 s after each kick, for ten minutes, and a keeper that looks when a
// client connects (after 250 ms) or when the last plan says so.
class Storm {
 public:
  Storm(int users, int clients_of_each, int max) {
    limits_.per_user = {.max = max, .on_limit = OnLimit::evict_oldest};
    bounds_.per_second = 50;
    for (int user = 0; user < users; ++user) {
      for (int i = 0; i < clients_of_each; ++i)
        arrivals_.emplace(Nanoseconds(1s) * user / 100, user);
    }
  }

  void run(Nanoseconds until) {
    std::optional<Nanoseconds> look_at;
    while (true) {
      const Nanoseconds next = arrivals_.empty() ? until : arrivals_.begin()->first;
      now_ = std::min(next, look_at.value_or(until));
      if (now_ >= until) return;
      if (admit()) look_at = std::min(look_at.value_or(now_ + 250ms), now_ + 250ms);
      if (look_at && *look_at <= now_) look_at = look();
    }
  }

  const std::map<int, std::vector<Nanoseconds>>& kicks() const { return kicks_; }
  std::size_t most_in_a_second() const { return most_in_a_second_; }
  std::size_t passes() const { return passes_; }
  const KickHistory& history() const { return history_; }
  const std::map<std::uint64_t, int>& connected() const { return connected_; }

 private:
  bool admit() {
    bool any = false;
    while (!arrivals_.empty() && arrivals_.begin()->first <= now_) {
      connected_.emplace(next_cid_++, arrivals_.begin()->second);
      arrivals_.erase(arrivals_.begin());
      any = true;
    }
    return any;
  }

  std::optional<Nanoseconds> look() {
    ++passes_;
    std::vector<Connection> seen;
    for (const auto& [cid, user] : connected_) {
      Connection one;
      one.key = {"NA", cid};
      one.identity = {"APP", "user" + std::to_string(user)};
      one.start = first_start + std::chrono::milliseconds(cid);
      seen.push_back(one);
    }
    const KickPlan plan = plan_kicks(seen, limits_, bounds_, MonoTime{now_}, history_);
    for (const auto& kick : plan.kicks) {
      const auto gone = connected_.find(kick.key.cid);
      kicks_[gone->second].push_back(now_);
      recent_.push_back(now_);
      arrivals_.emplace(now_ + 2s, gone->second);
      connected_.erase(gone);
    }
    while (!recent_.empty() && now_ - recent_.front() >= 1s) recent_.pop_front();
    most_in_a_second_ = std::max(most_in_a_second_, recent_.size());
    if (!plan.look_again_after) return std::nullopt;
    return now_ + std::max<Nanoseconds>(*plan.look_again_after, 250ms);
  }

  ConnectionLimits limits_;
  KickBounds bounds_;
  KickHistory history_;
  std::multimap<Nanoseconds, int> arrivals_;
  std::map<std::uint64_t, int> connected_;
  std::map<int, std::vector<Nanoseconds>> kicks_;
  std::deque<Nanoseconds> recent_;
  std::size_t most_in_a_second_ = 0;
  std::size_t passes_ = 0;
  std::uint64_t next_cid_ = 1;
  Nanoseconds now_{};
};

TEST(KickStorm, OneUserWithOneTooManyIsKickedEverMoreRarely) {
  Storm storm(1, 4, 3);
  storm.run(600s);
  // At once, then after intervals that double from 1 s to 60 s: 0, 2, 4, 8, 16, 32, 64, then one a
  // minute.
  const std::vector<Nanoseconds>& kicks = storm.kicks().at(0);
  EXPECT_GE(kicks.size(), 12U);
  EXPECT_LE(kicks.size(), 17U);
  for (std::size_t i = 8; i < kicks.size(); ++i) EXPECT_GE(kicks[i] - kicks[i - 1], 60s) << i;
  EXPECT_LE(storm.passes(), 2 * kicks.size() + 2);
}

TEST(KickStorm, ManyUsersStayUnderEveryBound) {
  constexpr int users = 150;
  Storm storm(users, 6, 3);
  storm.run(600s);
  EXPECT_LE(storm.most_in_a_second(), 50U);
  EXPECT_GE(storm.most_in_a_second(), 40U);
  EXPECT_EQ(storm.kicks().size(), static_cast<std::size_t>(users));
  std::size_t total = 0;
  for (const auto& [user, kicks] : storm.kicks()) {
    total += kicks.size();
    // 17 rounds of 3 at most, and nobody is spared.
    EXPECT_LE(kicks.size(), 17U * 3U) << user;
    EXPECT_GE(kicks.size(), 8U * 3U) << user;
  }
  EXPECT_LE(total, 150U * 51U);
  EXPECT_LE(storm.history().offenders.size(), static_cast<std::size_t>(users));
  EXPECT_LE(storm.history().recent.size(), 5U);
}

// Who behaves between storms keeps three connections through all of it.
TEST(KickStorm, AUserWithinTheLimitIsNeverKicked) {
  Storm storm(50, 3, 3);
  storm.run(600s);
  EXPECT_TRUE(storm.kicks().empty());
  EXPECT_EQ(storm.connected().size(), 150U);
  EXPECT_TRUE(storm.history().offenders.empty());
}

}  // namespace
}  // namespace roomkeeper::testing
