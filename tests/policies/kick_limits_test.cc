// Limits of the account, of servers, of rooms and of users by pattern; reserved places, bans,
// lowered limits, and who came first.
#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/limit_world.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::Connection;
using policies::ConnectionLimit;
using policies::ConnectionLimits;
using policies::KickBounds;
using policies::KickHistory;
using policies::KickPlan;
using policies::LimitKind;
using policies::OnLimit;
using policies::plan_kicks;
using policies::Reason;
using policies::WallTime;
using Cids = std::vector<std::uint64_t>;

ConnectionLimit reject(int max, int reserved = 0) {
  return {.max = max, .reserved_for_admins = reserved};
}

ConnectionLimit evict(int max, int reserved = 0) {
  return {.max = max, .on_limit = OnLimit::evict_oldest, .reserved_for_admins = reserved};
}

ConnectionLimits account(const ConnectionLimit& limit) {
  ConnectionLimits limits;
  limits.account = limit;
  return limits;
}

/// One look without a past.
KickPlan look(const std::vector<Connection>& all, const ConnectionLimits& limits,
              const Sources& sources = {}) {
  KickHistory history;
  return plan_kicks(all, limits, {}, at(0s), history, sources.get());
}

TEST(AccountLimit, TheNewestGoWhateverTheirServer) {
  const KickPlan plan = look(together(crowd(1, 4, "NA"), crowd(5, 3, "NB")), account(reject(5)));
  EXPECT_EQ(cids_of(plan), (Cids{6, 7}));
  EXPECT_EQ(plan.kicks[0].limit, LimitKind::account_connections);
  EXPECT_EQ(plan.kicks[0].of, "");
  EXPECT_EQ(plan.kicks[0].reason, Reason::reject_new);
  EXPECT_EQ(plan.kicks[0].used, 7);
  EXPECT_EQ(plan.kicks[0].max, 5);
}

TEST(AccountLimit, EvictOldestTakesTheOldest) {
  EXPECT_EQ(cids_of(look(crowd(1, 7), account(evict(5)))), (Cids{1, 2}));
}

TEST(AccountLimit, CountsSharedAndNamelessConnectionsButNotExemptOnes) {
  ConnectionLimits limits = account(reject(3));
  limits.shared_users = {{"APP", "kiosk"}};
  limits.exempt = {{"APP", "robot"}};
  std::vector<Connection> all = {client(1, "kiosk"), client(2, "robot"), client(3, ""),
                                 client(4, "bob"),   client(5, "kiosk"), client(6, "robot")};
  all.push_back(client(7, "roomkeeper"));
  all.back().own = true;
  const KickPlan plan = look(all, limits);
  EXPECT_EQ(cids_of(plan), (Cids{5}));
  EXPECT_EQ(plan.of(LimitKind::account_connections).nearest->used, 4);
}

TEST(AccountLimit, ZeroLetsNobodyIn) {
  EXPECT_EQ(look(crowd(1, 3), account(reject(0))).kicks.size(), 3U);
}

TEST(AccountLimit, WithoutAMaximumNobodyIsCounted) {
  const KickPlan plan = look(crowd(1, 900), {});
  EXPECT_TRUE(plan.kicks.empty());
  EXPECT_FALSE(plan.of(LimitKind::account_connections).nearest.has_value());
  EXPECT_EQ(plan.of(LimitKind::account_connections).most_used, 900);
}

TEST(ServerLimit, EachServerHasItsOwn) {
  ConnectionLimits limits;
  limits.server = reject(2);
  const KickPlan plan = look(together(crowd(1, 2, "NA"), crowd(11, 4, "NB")), limits);
  EXPECT_EQ(cids_of(plan), (Cids{13, 14}));
  EXPECT_EQ(plan.kicks[0].of, "NB");
  EXPECT_EQ(plan.of(LimitKind::server_connections).over, 1);
  EXPECT_EQ(plan.of(LimitKind::server_connections).groups, 2);
}

TEST(RoomLimit, CountsOnlyThoseWhoNameTheRoom) {
  Sources sources;
  sources.rooms["general"] = reject(2);
  std::vector<Connection> all = together(crowd(1, 3, "NA", {"general"}), crowd(4, 9));
  all.push_back(client(20, "spy"));
  all.back().wildcard = true;
  const KickPlan plan = look(all, {}, sources);
  EXPECT_EQ(cids_of(plan), (Cids{3}));
  EXPECT_EQ(plan.kicks[0].of, "general");
  EXPECT_EQ(plan.wildcard, 1);
  ASSERT_EQ(plan.rooms.size(), 1U);
  EXPECT_EQ(plan.rooms[0].used, 3);
  EXPECT_EQ(plan.rooms[0].max, 2);
}

TEST(RoomLimit, AConnectionThatGoesForOneRoomCountsInNoOther) {
  Sources sources;
  sources.rooms["a"] = reject(1);
  sources.rooms["b"] = reject(1);
  // 2 is too many in a; without it, 1 in b is 3.
  const std::vector<Connection> all = {client(1, "ann", "NA", {"a"}),
                                       client(2, "bob", "NA", {"a", "b"}),
                                       client(3, "cat", "NA", {"b"})};
  EXPECT_EQ(cids_of(look(all, {}, sources)), (Cids{2}));
}

TEST(RoomLimit, WhoWasInTheRoomFirstStaysHoweverLongTheOtherIsConnected) {
  Sources sources;
  sources.rooms["general"] = reject(2);
  KickHistory history;
  // 1 has been connected for long; 8 and 9 are in the room when it comes.
  std::vector<Connection> all = {client(1, "old"), client(8, "ann", "NA", {"general"}),
                                 client(9, "bob", "NA", {"general"})};
  EXPECT_TRUE(plan_kicks(all, {}, {}, at(0s), history, sources.get()).kicks.empty());
  all[0] = client(1, "old", "NA", {"general"});
  EXPECT_EQ(cids_of(plan_kicks(all, {}, {}, at(1s), history, sources.get())), (Cids{1}));
}

TEST(RoomLimit, ALookThatMissesAConnectionTakesNoPlaceFromIt) {
  Sources sources;
  sources.rooms["general"] = reject(2);
  KickHistory history;
  const std::vector<Connection> both = crowd(1, 2, "NA", {"general"});
  EXPECT_TRUE(plan_kicks(both, {}, {}, at(0s), history, sources.get()).kicks.empty());
  const std::vector<Connection> one = {both[1]};
  EXPECT_TRUE(plan_kicks(one, {}, {}, at(10s), history, sources.get()).kicks.empty());
  const std::vector<Connection> three = together(both, {client(3, "new", "NA", {"general"})});
  EXPECT_EQ(cids_of(plan_kicks(three, {}, {}, at(20s), history, sources.get())), (Cids{3}));
}

TEST(Order, AServerWhoseClockIsBehindTakesNobodysPlace) {
  KickHistory history;
  const std::vector<Connection> first = crowd(1000, 3, "NA");
  EXPECT_TRUE(plan_kicks(first, account(reject(3)), {}, at(0s), history).kicks.empty());
  // By its own clock server NB's connection came long before the others.
  const std::vector<Connection> all = together(first, {client(1, "late", "NB")});
  EXPECT_EQ(cids_of(plan_kicks(all, account(reject(3)), {}, at(1s), history)), (Cids{1}));
}

TEST(Order, ACidOfANewServerIsSomebodyElse) {
  KickHistory history;
  EXPECT_TRUE(
      plan_kicks(crowd(1, 2, "NOLD"), account(reject(2)), {}, at(0s), history).kicks.empty());
  const KickPlan plan = plan_kicks(crowd(1, 3, "NNEW"), account(reject(2)), {}, at(5s), history);
  EXPECT_EQ(cids_of(plan), (Cids{3}));
  EXPECT_EQ(plan.kicks[0].key.server_id, "NNEW");
}

TEST(UserRules, TheExactNameWinsThenTheLongestPattern) {
  ConnectionLimits limits;
  limits.per_user = evict(1);
  limits.users = {{.pattern = "b*", .max = 3, .on_limit = {}, .origin = {}},
                  {.pattern = "bob", .max = 2, .on_limit = OnLimit::reject_new, .origin = {}},
                  {.pattern = "bo*", .max = -1, .on_limit = {}, .origin = {}}};
  EXPECT_EQ(limit_of_user(limits, "bob").max, 2);
  EXPECT_EQ(limit_of_user(limits, "bob").on_limit, OnLimit::reject_new);
  EXPECT_EQ(limit_of_user(limits, "boris").max, -1);
  EXPECT_FALSE(limit_of_user(limits, "boris").limited());
  EXPECT_EQ(limit_of_user(limits, "ben").max, 3);
  EXPECT_EQ(limit_of_user(limits, "ben").on_limit, OnLimit::evict_oldest);
  EXPECT_EQ(limit_of_user(limits, "ann").max, 1);
  std::vector<Connection> all;
  for (std::uint64_t i = 1; i <= 12; ++i)
    all.push_back(client(i, std::vector<std::string>{"bob", "boris", "ben", "ann"}[i % 4]));
  // ann: 3, 7, 11; bob: 4, 8, 12; boris and ben have three each.
  EXPECT_EQ(cids_of(look(all, limits)), (Cids{3, 7, 12}));
}

TEST(UserRules, APatternAloneLimitsNobodyElse) {
  ConnectionLimits limits;
  limits.users = {{.pattern = "bot-*", .max = 0, .on_limit = {}, .origin = {}}};
  EXPECT_EQ(cids_of(look({client(1, "bot-7"), client(2, "ann"), client(3, "ann")}, limits)),
            (Cids{1}));
}

TEST(Reserved, AdministratorsComeOnTop) {
  ConnectionLimits limits = account(reject(2, 1));
  limits.admins = {{"APP", "root"}};
  // Two users fill it; the administrator still gets in, a second one does not.
  std::vector<Connection> all = together(crowd(1, 2), {client(3, "root")});
  EXPECT_TRUE(look(all, limits).kicks.empty());
  EXPECT_EQ(look(all, limits).of(LimitKind::account_connections).nearest->headroom(), 0);
  all.push_back(client(4, "root"));
  EXPECT_EQ(cids_of(look(all, limits)), (Cids{4}));
  // A user who comes then goes, and nobody else.
  all.back() = client(5, "user5");
  EXPECT_EQ(cids_of(look(all, limits)), (Cids{5}));
}

TEST(Reserved, AnAdministratorWhoWasFirstSitsInTheReserveToo) {
  ConnectionLimits limits = account(reject(2, 1));
  limits.admins = {{"APP", "root"}};
  EXPECT_TRUE(look(together({client(1, "root")}, crowd(2, 2)), limits).kicks.empty());
}

TEST(Reserved, WithEvictOldestTheNewestAdministratorsSitThere) {
  ConnectionLimits limits = account(evict(1, 1));
  limits.admins = {{"APP", "root"}};
  const std::vector<Connection> all = {client(1, "root"), client(2, "ann"), client(3, "root")};
  // 3 sits in the reserve; of 1 and 2 the older goes.
  EXPECT_EQ(cids_of(look(all, limits)), (Cids{1}));
}

TEST(Reserved, NobodyElseMayTakeThosePlaces) {
  ConnectionLimits limits = account(reject(2, 5));
  limits.admins = {{"APP", "root"}};
  EXPECT_EQ(cids_of(look(crowd(1, 4), limits)), (Cids{3, 4}));
}

TEST(Ban, EveryConnectionGoesAtOnceAndAtEveryReturn) {
  Sources sources;
  sources.banned = {"bob"};
  KickHistory history;
  for (int look = 0; look < 20; ++look) {
    const auto cid = static_cast<std::uint64_t>(look) + 1;
    const KickPlan plan = plan_kicks({client(cid, "bob"), client(100, "ann")}, {}, {},
                                     at(look * 250ms), history, sources.get());
    ASSERT_EQ(cids_of(plan), (Cids{cid})) << "no growing interval, look " << look;
    EXPECT_EQ(plan.kicks[0].reason, Reason::banned);
    EXPECT_EQ(plan.kicks[0].limit, LimitKind::ban);
  }
}

TEST(Ban, GoesBeforeEverythingElseWhereTheRateIsShort) {
  Sources sources;
  sources.banned = {"zoe"};
  KickHistory history;
  KickBounds bounds;
  bounds.per_second = 1;
  const KickPlan plan = plan_kicks({client(1, "ann"), client(2, "bob"), client(3, "zoe")},
                                   account(reject(0)), bounds, at(0s), history, sources.get());
  EXPECT_EQ(cids_of(plan), (Cids{3}));
  EXPECT_EQ(plan.delayed, 2);
}

TEST(Ban, NeverTouchesOwnAndExemptConnections) {
  Sources sources;
  sources.banned = {"roomkeeper", "robot"};
  ConnectionLimits limits;
  limits.exempt = {{"APP", "robot"}};
  std::vector<Connection> all = {client(1, "roomkeeper"), client(2, "robot")};
  all[0].own = true;
  EXPECT_TRUE(look(all, limits, sources).kicks.empty());
}

// One who is too many for their own limit makes nobody else too many for the account.
TEST(Together, WhoGoesForOneLimitIsNotCountedByTheNext) {
  ConnectionLimits limits = account(reject(4));
  limits.per_user = evict(1);
  const std::vector<Connection> all = {client(1, "bob"), client(2, "bob"), client(3, "ann"),
                                       client(4, "cat"), client(5, "dan")};
  const KickPlan plan = look(all, limits);
  EXPECT_EQ(cids_of(plan), (Cids{1}));
  EXPECT_EQ(plan.kicks[0].limit, LimitKind::connections_per_user);
}

// The same while the user's kick has to wait: nobody else pays for it.
TEST(Together, AKickThatWaitsIsNotPaidForByOthers) {
  ConnectionLimits limits = account(reject(4));
  limits.per_user = evict(1);
  KickHistory history;
  const std::vector<Connection> first = {client(1, "bob"), client(2, "bob")};
  EXPECT_EQ(cids_of(plan_kicks(first, limits, {}, at(0s), history)), (Cids{1}));
  const std::vector<Connection> all = {client(2, "bob"), client(3, "bob"), client(4, "ann"),
                                       client(5, "cat"), client(6, "dan")};
  const KickPlan plan = plan_kicks(all, limits, {}, at(300ms), history);
  EXPECT_TRUE(plan.kicks.empty());
  EXPECT_EQ(plan.delayed, 1);
}

// Behind a shared name everybody is somebody else: growing intervals would let the limit go.
TEST(Together, SharedConnectionsAreBoundedByTheRateOnly) {
  ConnectionLimits limits = account(reject(2));
  limits.shared_users = {{"APP", "kiosk"}};
  KickHistory history;
  for (std::uint64_t look = 0; look < 10; ++look) {
    const KickPlan plan =
        plan_kicks({client(1, "kiosk"), client(2, "kiosk"), client(10 + look, "kiosk")}, limits, {},
                   at(static_cast<int>(look) * 250ms), history);
    EXPECT_EQ(cids_of(plan), (Cids{10 + look}));
  }
  EXPECT_TRUE(history.offenders.empty());
}

TEST(Lowered, WithoutEnforceNowThoseInsideStayAndNobodyElseComesIn) {
  ConnectionLimits limits = account(reject(2));
  limits.account.enforce_now = false;
  Sources sources;
  sources.lowered["account_connections"] = client(5, "any").start;  // 1 to 5 were inside
  KickHistory history;
  const auto decide = [&](const std::vector<Connection>& all, auto now) {
    return plan_kicks(all, limits, {}, at(now), history, sources.get());
  };
  const KickPlan first = decide(crowd(1, 5), 0s);
  EXPECT_TRUE(first.kicks.empty());
  EXPECT_EQ(first.of(LimitKind::account_connections).kept, 3);
  EXPECT_EQ(cids_of(decide(crowd(1, 6), 1s)), (Cids{6}));
  // Two leave, one comes: still more than the limit, so it goes.
  EXPECT_EQ(cids_of(decide(together(crowd(1, 3), crowd(7, 1)), 2s)), (Cids{7}));
  // Once they are within the limit it is an ordinary one.
  EXPECT_TRUE(decide(together(crowd(1, 1), crowd(8, 1)), 3s).kicks.empty());
  EXPECT_EQ(cids_of(decide(together(crowd(1, 1), crowd(8, 2)), 4s)), (Cids{9}));
}

TEST(Lowered, EvictOldestLetsTheNumberShrinkOnly) {
  ConnectionLimits limits = account(evict(2));
  limits.account.enforce_now = false;
  Sources sources;
  sources.lowered["account_connections"] = client(5, "any").start;
  KickHistory history;
  const auto decide = [&](const std::vector<Connection>& all, auto now) {
    return plan_kicks(all, limits, {}, at(now), history, sources.get());
  };
  EXPECT_TRUE(decide(crowd(1, 5), 0s).kicks.empty());
  EXPECT_EQ(cids_of(decide(crowd(1, 6), 1s)), (Cids{1})) << "a new one takes an old one's place";
  EXPECT_EQ(cids_of(decide(crowd(2, 6), 2s)), (Cids{2}));
  EXPECT_TRUE(decide(crowd(5, 3), 3s).kicks.empty()) << "three are left";
  EXPECT_EQ(cids_of(decide(crowd(5, 4), 4s)), (Cids{5})) << "and no more than three come back";
  EXPECT_TRUE(decide(crowd(7, 2), 5s).kicks.empty());
  EXPECT_EQ(cids_of(decide(crowd(7, 3), 6s)), (Cids{7})) << "an ordinary limit from then on";
}

// How many were let be is not kept anywhere: the first look after a restart takes all for it.
TEST(Lowered, EvictOldestEndsNobodyAfterARestart) {
  ConnectionLimits limits = account(evict(2));
  limits.account.enforce_now = false;
  Sources sources;
  sources.lowered["account_connections"] = client(5, "any").start;
  KickHistory history;
  // 1 to 3 were replaced by 6 to 8 since it was lowered.
  const std::vector<Connection> all = crowd(4, 5);
  EXPECT_TRUE(plan_kicks(all, limits, {}, at(0s), history, sources.get(), false).kicks.empty());
  EXPECT_TRUE(plan_kicks(all, limits, {}, at(1s), history, sources.get()).kicks.empty());
  EXPECT_EQ(cids_of(plan_kicks(crowd(4, 6), limits, {}, at(2s), history, sources.get())),
            (Cids{4}));
}

TEST(Lowered, WithEnforceNowTheyGo) {
  ConnectionLimits limits = account(reject(2));
  Sources sources;
  sources.lowered["account_connections"] = client(5, "any").start;
  EXPECT_EQ(cids_of(look(crowd(1, 5), limits, sources)), (Cids{3, 4, 5}));
}

TEST(FirstLook, OnlyLooksAndRemembersWhoWasFirst) {
  KickHistory history;
  const KickPlan first =
      plan_kicks(crowd(10, 3), account(reject(2)), {}, at(0s), history, {}, false);
  EXPECT_TRUE(first.kicks.empty());
  EXPECT_EQ(first.delayed, 1);
  EXPECT_TRUE(history.offenders.empty());
  EXPECT_EQ(cids_of(plan_kicks(together(crowd(10, 2), crowd(1, 1)), account(reject(2)), {}, at(1s),
                               history)),
            (Cids{1}));
}

TEST(Figures, TheNearestOfEachKindAndTheNumbersOver) {
  ConnectionLimits limits;
  limits.per_user = evict(3);
  limits.account = reject(100);
  Sources sources;
  sources.rooms["a"] = reject(10);
  sources.rooms["b"] = reject(3);
  std::vector<Connection> all = together(crowd(1, 4, "NA", {"a"}), crowd(5, 2, "NA", {"b"}));
  all.push_back(client(7, "user1", "NA", {"c"}));
  const KickPlan plan = look(all, limits, sources);
  EXPECT_EQ(plan.of(LimitKind::connections_per_user).nearest->name.of, "user1");
  EXPECT_EQ(plan.of(LimitKind::connections_per_user).nearest->headroom(), 1);
  EXPECT_EQ(plan.of(LimitKind::room_connections).nearest->name.of, "b");
  EXPECT_EQ(plan.of(LimitKind::room_connections).nearest->headroom(), 1);
  EXPECT_EQ(plan.of(LimitKind::room_connections).groups, 2) << "c has no limit";
  EXPECT_EQ(plan.of(LimitKind::account_connections).nearest->used, 7);
  EXPECT_EQ(plan.rooms.size(), 3U);
}

// What makes the time from connection to kick: the one that was too many.
TEST(Figures, TheConnectionThatWasOneTooManyIsNamedByItsTime) {
  EXPECT_EQ(look(crowd(1, 3), account(reject(2))).kicks[0].caused, client(3, "x").start);
  const KickPlan evicted = look(crowd(1, 3), account(evict(2)));
  EXPECT_EQ(cids_of(evicted), (Cids{1}));
  EXPECT_EQ(evicted.kicks[0].caused, client(3, "x").start);
}

TEST(LimitNames, AreStableAndReadBack) {
  for (const LimitKind kind :
       {LimitKind::ban, LimitKind::connections_per_user, LimitKind::room_connections,
        LimitKind::account_connections, LimitKind::server_connections}) {
    EXPECT_EQ(policies::parse_limit_kind(to_string(kind)), kind);
  }
  EXPECT_EQ(to_string(LimitKind::server_connections), "server_connections");
  EXPECT_EQ(policies::parse_limit_kind("connections"), std::nullopt);
}

}  // namespace
}  // namespace roomkeeper::testing
