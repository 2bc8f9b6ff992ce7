// What plan_kicks must hold to with all limits together, whatever it is shown.
#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/limit_world.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::Connection;
using policies::ConnectionGroup;
using policies::ConnectionKey;
using policies::ConnectionLimit;
using policies::ConnectionLimits;
using policies::Kick;
using policies::KickBounds;
using policies::KickHistory;
using policies::KickPlan;
using policies::LimitKind;
using policies::OnLimit;
using policies::plan_kicks;

constexpr int cases = 20'000;

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t choices) { return static_cast<std::size_t>(engine_() % choices); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

const std::vector<std::string> users = {"ann", "bob", "cat", "kiosk", "admin", "root", ""};
const std::vector<std::string> room_ids = {"a", "b", "c"};
const std::vector<std::string> servers = {"NA", "NB"};

ConnectionLimit random_limit(Random& random) {
  ConnectionLimit limit;
  if (!random.one_in(3)) limit.max = static_cast<int>(random.below(6));
  limit.on_limit = random.one_in(2) ? OnLimit::evict_oldest : OnLimit::reject_new;
  limit.reserved_for_admins = static_cast<int>(random.below(3));
  return limit;
}

struct World {
  std::vector<Connection> connections;
  ConnectionLimits limits;
  Sources sources;
};

Connection random_connection(Random& random, std::uint64_t cid) {
  Connection one = client(random.below(8), users[random.below(users.size())],
                          servers[random.below(servers.size())]);
  one.key.cid = cid;
  for (const std::string& id : room_ids) {
    if (random.one_in(3)) one.rooms.push_back(room(id));
  }
  return one;
}

World random_world(Random& random) {
  World world;
  world.limits.per_user = random_limit(random);
  world.limits.account = random_limit(random);
  world.limits.server = random_limit(random);
  world.limits.exempt = {{"APP", "admin"}};
  world.limits.shared_users = {{"APP", "kiosk"}};
  world.limits.admins = {{"APP", "root"}, {"APP", "ann"}};
  if (random.one_in(3)) {
    world.limits.users = {
        {.pattern = "?a*", .max = static_cast<int>(random.below(4)), .on_limit = {}, .origin = {}}};
  }
  for (const std::string& id : room_ids) {
    if (random.one_in(2)) world.sources.rooms[id] = random_limit(random);
  }
  if (random.one_in(5)) world.sources.banned = {"cat"};
  const std::size_t count = random.below(18);
  for (std::size_t i = 0; i < count; ++i)
    world.connections.push_back(random_connection(random, i + 1));
  std::shuffle(world.connections.begin(), world.connections.end(), random.engine());
  return world;
}

std::vector<ConnectionGroup> groups_of(const std::vector<Connection>& connections,
                                       const World& world) {
  return group_connections(distinct_connections(connections, world.limits), world.limits,
                           world.sources.get());
}

std::vector<Connection> without(std::vector<Connection> all, const KickPlan& plan) {
  std::set<ConnectionKey> gone;
  for (const Kick& kick : plan.kicks) gone.insert(kick.key);
  std::erase_if(all, [&](const Connection& one) { return gone.contains(one.key); });
  return all;
}

TEST(AllLimits, NothingIsOverAnyLimitAfterwardsAndNothingGoesThatWasOverNone) {
  Random random(1);
  std::size_t kicks = 0;
  for (int round = 0; round < cases; ++round) {
    const World world = random_world(random);
    KickHistory history;
    const KickPlan plan = plan_kicks(world.connections, world.limits, unbounded(), at(0s), history,
                                     world.sources.get());
    const std::vector<Connection> rest = without(world.connections, plan);
    ASSERT_EQ(rest.size() + plan.kicks.size(), world.connections.size()) << "one twice, " << round;
    for (const ConnectionGroup& group : groups_of(rest, world)) {
      const auto headroom = use_of(group, world.limits).headroom();
      EXPECT_TRUE(!headroom || *headroom >= 0)
          << to_string(group.name.kind) << " " << group.name.of << ", " << round;
    }
    std::map<policies::GroupName, int> headroom_before;
    for (const ConnectionGroup& group : groups_of(world.connections, world)) {
      const auto use = use_of(group, world.limits);
      if (use.headroom()) headroom_before[group.name] = *use.headroom();
    }
    for (const Kick& kick : plan.kicks) {
      const auto before = headroom_before.find({kick.limit, kick.of});
      ASSERT_NE(before, headroom_before.end()) << round;
      EXPECT_LT(before->second, 0) << to_string(kick.limit) << " " << kick.of << ", " << round;
      EXPECT_NE(kick.identity.user, "admin") << round;
    }
    EXPECT_EQ(plan.delayed, 0) << round;
    kicks += plan.kicks.size();
  }
  EXPECT_GT(kicks, 20'000U);
}

// Nobody goes for a limit while enough others, who did not go for an earlier one, stand behind
// them in the line.
TEST(AllLimits, WhoGoesIsNeverAmongThoseWhomTheLimitLetsIn) {
  Random random(2);
  for (int round = 0; round < cases; ++round) {
    const World world = random_world(random);
    KickHistory history;
    const KickPlan plan = plan_kicks(world.connections, world.limits, unbounded(), at(0s), history,
                                     world.sources.get());
    std::map<ConnectionKey, const Kick*> kicked;
    for (const Kick& kick : plan.kicks) kicked[kick.key] = &kick;
    for (const ConnectionGroup& group : groups_of(world.connections, world)) {
      const bool oldest_goes = group.limit.limit.on_limit == OnLimit::evict_oldest;
      const auto before = [&](const Connection& a, const Connection& b) {
        const bool older = std::tie(a.start, a.key) < std::tie(b.start, b.key);
        return a.key != b.key && older != oldest_goes;
      };
      for (const Connection* one : group.members) {
        const auto found = kicked.find(one->key);
        if (found == kicked.end() || found->second->limit != group.name.kind ||
            found->second->of != group.name.of) {
          continue;
        }
        const auto ahead =
            std::count_if(group.members.begin(), group.members.end(), [&](const Connection* other) {
              const auto its = kicked.find(other->key);
              const bool gone_before =
                  its != kicked.end() && its->second->limit < found->second->limit;
              return !gone_before && before(*other, *one);
            });
        EXPECT_GE(ahead, *group.limit.limit.max)
            << to_string(group.name.kind) << " " << group.name.of << ", " << round;
      }
    }
  }
}

TEST(AllLimits, TheOrderOfTheInputDoesNotMatter) {
  Random random(3);
  for (int round = 0; round < cases / 4; ++round) {
    World world = random_world(random);
    KickBounds bounds;
    bounds.per_second = 4;
    KickHistory one;
    KickHistory two;
    const KickPlan first =
        plan_kicks(world.connections, world.limits, bounds, at(0s), one, world.sources.get());
    std::shuffle(world.connections.begin(), world.connections.end(), random.engine());
    const KickPlan second =
        plan_kicks(world.connections, world.limits, bounds, at(0s), two, world.sources.get());
    ASSERT_EQ(first.kicks.size(), second.kicks.size()) << round;
    for (std::size_t i = 0; i < first.kicks.size(); ++i)
      EXPECT_EQ(first.kicks[i].key, second.kicks[i].key) << round;
    EXPECT_EQ(first.delayed, second.delayed) << round;
    EXPECT_EQ(first.look_again_after, second.look_again_after) << round;
  }
}

// A cluster with wrong clocks, whose pages lose a connection now and then, over many looks: who was
// let stay once by limits that refuse newcomers stays for ever.
TEST(AllLimits, WhoWasWithinTheLimitsOnceIsNeverKicked) {
  Random random(4);
  std::size_t kicks = 0;
  std::size_t survivors = 0;
  for (int world_number = 0; world_number < 300; ++world_number) {
    World world = random_world(random);
    for (ConnectionLimit* limit :
         {&world.limits.per_user, &world.limits.account, &world.limits.server})
      limit->on_limit = OnLimit::reject_new;
    for (auto& [id, limit] : world.sources.rooms) limit.on_limit = OnLimit::reject_new;
    world.sources.banned.clear();
    // A reserve makes places that only some may take: who sits there changes with who comes.
    world.limits.admins.clear();
    KickHistory history;
    std::set<ConnectionKey> settled;
    std::uint64_t next_cid = 100;
    for (int look = 0; look < 60; ++look) {
      const auto missed = random.below(world.connections.size() + 1);
      std::vector<Connection> seen = world.connections;
      const bool complete = !random.one_in(3) || missed >= seen.size();
      if (!complete) seen.erase(seen.begin() + static_cast<std::ptrdiff_t>(missed));
      const KickPlan plan =
          plan_kicks(seen, world.limits, unbounded(), at(look * 1s), history, world.sources.get());
      for (const Kick& kick : plan.kicks) {
        EXPECT_FALSE(settled.contains(kick.key)) << world_number << " look " << look;
      }
      kicks += plan.kicks.size();
      world.connections = without(world.connections, plan);
      // Who came in while the look missed one, or while one over the limit waits, may be too many.
      if (plan.delayed == 0 && complete) {
        for (const Connection& one : without(seen, plan)) settled.insert(one.key);
      }
      std::erase_if(world.connections, [&](const Connection& one) {
        const bool leaves = random.one_in(12);
        if (leaves) settled.erase(one.key);
        return leaves;
      });
      for (std::size_t i = random.below(3); i > 0; --i)
        world.connections.push_back(random_connection(random, next_cid++));
    }
    survivors += settled.size();
  }
  EXPECT_GT(kicks, 3'000U);
  EXPECT_GT(survivors, 300U);
}

}  // namespace
}  // namespace roomkeeper::testing
