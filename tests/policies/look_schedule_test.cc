#include "policies/look_schedule.h"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/limit_world.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::Connection;
using policies::ConnectionLimits;
using policies::KickPlan;
using policies::LookSchedule;
using policies::Nanoseconds;

constexpr Nanoseconds interval = 30s;

ConnectionLimits limited() {
  ConnectionLimits limits;
  limits.per_user = {.max = 3, .on_limit = policies::OnLimit::evict_oldest};
  limits.account.max = 100;
  limits.server.max = 60;
  return limits;
}

/// A schedule whose last look began at 0 s, took `took` and saw these.
LookSchedule looked_at(const std::vector<Connection>& all, Nanoseconds took = 10ms,
                       const KickPlan& plan = {}, bool rooms_limited = false) {
  LookSchedule looks;
  looks.reset(at(0s));
  looks.begin(at(0s));
  looks.ended(at(took), all, limited(), plan, rooms_limited, interval);
  return looks;
}

void connects(LookSchedule& looks, Nanoseconds now, const Connection& one) {
  looks.connected(at(now), one.key, one.identity, limited(), false);
}

policies::LookDue due(const LookSchedule& looks) {
  EXPECT_TRUE(looks.due().has_value());
  return looks.due().value_or(policies::LookDue{});
}

TEST(LookSchedule, TheFirstLookIsDueAtOnce) {
  LookSchedule looks;
  EXPECT_EQ(looks.due(), std::nullopt);
  looks.reset(at(7s));
  EXPECT_EQ(due(looks).at, at(7s));
  EXPECT_EQ(due(looks).why, "start");
}

TEST(LookSchedule, WithoutEventsTheIntervalDecides) {
  const LookSchedule looks = looked_at({});
  EXPECT_EQ(due(looks).at, at(10ms + interval));
  EXPECT_EQ(due(looks).why, "interval");
}

TEST(LookSchedule, AConnectionThatCannotBeTooManyWaits) {
  LookSchedule looks = looked_at({client(1, "bob")});
  connects(looks, 1s, client(2, "bob"));
  connects(looks, 2s, client(3, "bob"));
  EXPECT_EQ(due(looks).at, at(6s));
  EXPECT_EQ(due(looks).why, "event");
}

TEST(LookSchedule, OneThatMayBeTooManyIsLookedAtSoon) {
  LookSchedule looks = looked_at({client(1, "bob")});
  for (std::uint64_t cid = 2; cid <= 4; ++cid) connects(looks, 1s, client(cid, "bob"));
  EXPECT_EQ(due(looks).at, at(1250ms));
}

TEST(LookSchedule, TheAccountAndEachServerAreWatchedToo) {
  LookSchedule account = looked_at(together(crowd(1, 50, "NA"), crowd(51, 50, "NB")));
  connects(account, 1s, client(200, "new", "NC"));
  EXPECT_EQ(due(account).at, at(1250ms));
  LookSchedule server = looked_at(crowd(1, 60, "NA"));
  connects(server, 1s, client(200, "new", "NB"));
  EXPECT_EQ(due(server).at, at(6s));
  connects(server, 2s, client(201, "newer", "NA"));
  EXPECT_EQ(due(server).at, at(2250ms));
}

TEST(LookSchedule, ADisconnectFreesAPlaceButProvesNothing) {
  LookSchedule looks = looked_at({client(1, "bob"), client(2, "bob"), client(3, "bob")});
  looks.changed(at(1s), false);
  EXPECT_EQ(due(looks).at, at(6s));
  connects(looks, 2s, client(4, "bob"));
  EXPECT_EQ(due(looks).at, at(2250ms)) << "an event alone is never counted down by";
}

TEST(LookSchedule, ABannedUserAndAnUnreadableEventAreUrgent) {
  LookSchedule banned = looked_at({});
  banned.connected(at(1s), {"NA", 1}, {"APP", "zoe"}, limited(), true);
  EXPECT_EQ(due(banned).at, at(1250ms));
  LookSchedule unreadable = looked_at({});
  unreadable.changed(at(1s), true);
  EXPECT_EQ(due(unreadable).at, at(1250ms));
}

TEST(LookSchedule, WhileRoomsAreLimitedEveryConnectionAndTwoSecondsCount) {
  LookSchedule looks = looked_at({}, 10ms, {}, true);
  EXPECT_EQ(due(looks).at, at(2010ms));
  connects(looks, 1s, client(1, "bob"));
  EXPECT_EQ(due(looks).at, at(1250ms));
}

TEST(LookSchedule, NoTwoLooksWithin250Milliseconds) {
  LookSchedule looks = looked_at({});
  looks.again(at(20ms));
  EXPECT_EQ(due(looks).at, at(250ms));
  EXPECT_EQ(due(looks).why, "again");
}

TEST(LookSchedule, DearLooksAreRare) {
  // A look of a second: one that matters rests three, one that does not twenty-five.
  LookSchedule urgent = looked_at({}, 1s);
  urgent.again(at(1s));
  EXPECT_EQ(due(urgent).at, at(4s));
  LookSchedule idle = looked_at({}, 1s);
  connects(idle, 2s, client(1, "bob"));
  EXPECT_EQ(due(idle).at, at(26s));
  const LookSchedule rooms = looked_at({}, 1s, {}, true);
  EXPECT_EQ(due(rooms).at, at(26s));
}

TEST(LookSchedule, ARoomThatIsNearlyFullIsLookedAtMoreOften) {
  KickPlan plan;
  plan.figures[static_cast<std::size_t>(policies::LimitKind::room_connections)].nearest =
      policies::GroupUse{.name = {policies::LimitKind::room_connections, "general"},
                         .used = 95,
                         .admins = 0,
                         .limit = {{.max = 100}, "room/general"}};
  EXPECT_EQ(due(looked_at({}, 1s, plan, true)).at, at(4s));
}

TEST(LookSchedule, ALookThatWasDrawnOutPutsOffAnUrgentOneByTenSecondsAtMost) {
  LookSchedule looks = looked_at({}, 14s);
  looks.again(at(14s));
  EXPECT_EQ(due(looks).at, at(24s));
}

TEST(LookSchedule, WhatComesWhileLookingIsJudgedAfterwards) {
  LookSchedule looks;
  looks.reset(at(0s));
  looks.begin(at(0s));
  EXPECT_EQ(looks.due(), std::nullopt);
  connects(looks, 5ms, client(9, "bob"));
  looks.ended(at(10ms), {client(1, "bob"), client(2, "bob"), client(3, "bob")}, limited(), {},
              false, interval);
  EXPECT_EQ(due(looks).at, at(260ms)) << "the look may have missed it";
  looks.begin(at(1s));
  connects(looks, 1001ms, client(10, "ann"));
  looks.ended(at(1010ms), {client(1, "bob")}, limited(), {}, false, interval);
  EXPECT_EQ(due(looks).at, at(6010ms)) << "ann cannot be too many";
}

TEST(LookSchedule, ABannedUserWhoComesWhileLookingIsNotForgotten) {
  LookSchedule looks;
  looks.reset(at(0s));
  looks.begin(at(0s));
  looks.connected(at(5ms), {"NA", 1}, {"APP", "zoe"}, limited(), true);
  looks.ended(at(10ms), {}, limited(), {}, false, interval);
  EXPECT_EQ(due(looks).at, at(260ms));
}

TEST(LookSchedule, WhatThePlanWantsComesInTime) {
  KickPlan plan;
  plan.look_again_after = 700ms;
  EXPECT_EQ(due(looked_at({}, 10ms, plan)).at, at(710ms));
}

TEST(LookSchedule, AFailedLookIsTriedAgain) {
  LookSchedule looks = looked_at({});
  looks.begin(at(5s));
  looks.failed(at(7s), 2s);
  EXPECT_EQ(due(looks).at, at(9s));
}

TEST(LookSchedule, AStormWhileLookingIsBounded) {
  LookSchedule looks;
  looks.reset(at(0s));
  looks.begin(at(0s));
  for (std::uint64_t cid = 1; cid <= 20'000; ++cid)
    connects(looks, 1ms, client(cid, "user" + std::to_string(cid)));
  looks.ended(at(10ms), {}, limited(), {}, false, interval);
  EXPECT_EQ(due(looks).at, at(260ms));
}

}  // namespace
}  // namespace roomkeeper::testing
