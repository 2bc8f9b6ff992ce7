// What fits and what does not: one test for each resource and each kind of limit, and their edges.
#include "policies/capacity.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/capacity_world.h"
#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {
namespace {

using policies::CapacityReport;
using policies::CapacityResource;
using policies::LimitOwner;
using policies::Storage;

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

TEST(Capacity, FiveHundredRoomsOf64MiBDoNotFitAStoreOf20GB) {
  CapacityWorld world;
  world.server({.name = "n1", .max_storage = 20'000'000'000});
  world.create(500, {.max_bytes = 64 * mib});
  const CapacityReport report = world.check();
  EXPECT_EQ(report.creates, 500U);
  EXPECT_EQ(report.fitting, 298U);
  EXPECT_EQ(held(report), from(500, 298));
  ASSERT_EQ(report.advice.size(), 1U);
  EXPECT_EQ(report.advice[0],
            "storage of server n1: 31.2 GiB is wanted, 18.6 GiB of 18.6 GiB is left, 12.6 GiB is "
            "missing; 298 of 500 new streams of 64.0 MiB fit; max_bytes of at most 38 MiB would "
            "fit all, or layout: pooled, which needs 1 stream for these 500 rooms");
  EXPECT_EQ(report.reasons, report.advice);
}

TEST(Capacity, NothingIsMissingWhereAllFits) {
  CapacityWorld world;
  world.account({.max_streams = 3, .max_storage = 300, .max_memory = 0});
  world.there({.max_bytes = 100});
  world.create(2, {.max_bytes = 100});
  const CapacityReport report = world.check();
  EXPECT_EQ(report.fitting, 2U);
  EXPECT_TRUE(report.held.empty());
  EXPECT_TRUE(report.advice.empty());
  const auto& storage = level(report, CapacityResource::storage, LimitOwner::account);
  EXPECT_EQ(storage.used, 100U);
  EXPECT_EQ(storage.wanted, 200U);
  EXPECT_EQ(storage.limit, 300U);
  EXPECT_EQ(storage.missing, 0U);
}

TEST(Capacity, AByteTooManyIsTooMany) {
  CapacityWorld world;
  world.account({.max_storage = 299});
  world.create(3, {.max_bytes = 100});
  EXPECT_EQ(held(world.check()), (std::vector<std::size_t>{2}));
  EXPECT_EQ(level(world.check(), CapacityResource::storage, LimitOwner::account).missing, 1U);
}

TEST(Capacity, StreamsOfTheAccountAreCountedWhoeverMadeThem) {
  CapacityWorld world;
  world.account({.max_streams = 4});
  world.there({}, "KV_somebody");
  world.there({}, "ORDERS");
  world.create(3, {});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{2}));
  EXPECT_EQ(report.reasons[0],
            "streams of the account: 3 are wanted, 2 of 4 are left, 1 is missing; 2 of 3 new "
            "streams fit; layout: pooled, which needs 1 stream for these 3 rooms would fit");
}

TEST(Capacity, ZeroIsNoLimitOfStreamsAndAllowsNoBytes) {
  CapacityWorld world;
  world.account({.max_streams = 0, .max_storage = -1, .max_memory = 0});
  world.create(1, {.max_bytes = huge});
  world.create(1, {.storage = Storage::memory, .max_bytes = -1});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{1}));
  EXPECT_EQ(level(report, CapacityResource::memory, LimitOwner::account).missing, 1U);
}

TEST(Capacity, WithoutMaxBytesAByteHasToBeFreeAndNothingIsReserved) {
  CapacityWorld world;
  world.account({.max_storage = 100});
  world.create(5, {.max_bytes = -1});
  world.create(1, {.max_bytes = 100});
  world.create(1, {.max_bytes = -1});
  EXPECT_EQ(held(world.check()), (std::vector<std::size_t>{6}));
}

TEST(Capacity, MemoryAndFilesAreCountedApart) {
  CapacityWorld world;
  world.server({.name = "n1", .max_storage = 100, .max_memory = 100});
  world.create(1, {.max_bytes = 100});
  world.create(2, {.storage = Storage::memory, .max_bytes = 60});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{2}));
  EXPECT_EQ(report.reasons[0].substr(0, 20), "memory of server n1:");
}

TEST(Capacity, SmallerOnesThatFitAreMadeAfterALargerOneThatDoesNot) {
  CapacityWorld world;
  world.account({.max_storage = 100});
  world.create(1, {.max_bytes = 60});
  world.create(1, {.max_bytes = 50});
  world.create(1, {.max_bytes = 40});
  EXPECT_EQ(held(world.check()), (std::vector<std::size_t>{1}));
}

TEST(Capacity, WithoutTiersReplicasAreCountedEach) {
  CapacityWorld world;
  world.account({.max_storage = 1000});
  world.there({.max_bytes = 100, .replicas = 3});
  world.create(3, {.max_bytes = 100, .replicas = 3});
  const CapacityReport report = world.check();
  EXPECT_EQ(level(report, CapacityResource::storage, LimitOwner::account).used, 300U);
  EXPECT_EQ(held(report), (std::vector<std::size_t>{2}));
  // Before 2.15 the new stream itself counted once only.
  world.limits.counts_new_replicas = false;
  EXPECT_TRUE(held(world.check()).empty());
  world.limits.tiers[0].max_storage = 999;
  EXPECT_EQ(held(world.check()), (std::vector<std::size_t>{2}));
}

TEST(Capacity, ATierHasItsOwnStreamsAndBytes) {
  CapacityWorld world;
  world.account({.tier = "R1", .max_streams = 1});
  world.account({.tier = "R3", .max_streams = 2, .max_storage = 250});
  world.there({.max_bytes = 100, .replicas = 3});
  world.create(1, {.max_bytes = 1000});
  world.create(1, {.max_bytes = 150, .replicas = 3});
  world.create(1, {.max_bytes = 1, .replicas = 3});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{2}));
  EXPECT_EQ(level(report, CapacityResource::streams, LimitOwner::tier, "R3").missing, 1U);
  EXPECT_EQ(level(report, CapacityResource::storage, LimitOwner::tier, "R3").missing, 1U);
  EXPECT_EQ(level(report, CapacityResource::streams, LimitOwner::tier, "R1").missing, 0U);
}

TEST(Capacity, WhereTiersAreTheOthersAllowNothing) {
  CapacityWorld world;
  world.account({.tier = "R1"});
  world.create(1, {.replicas = 3});
  world.create(1, {});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{0}));
  EXPECT_EQ(level(report, CapacityResource::streams, LimitOwner::tier, "R3").limit, 0U);
}

TEST(Capacity, AServersStoreIsSharedWithOthers) {
  CapacityWorld world;
  world.account({});
  world.server({.name = "n1", .max_storage = 100, .storage = 90});
  world.create(1, {.max_bytes = 11});
  world.create(1, {.max_bytes = 10});
  EXPECT_EQ(held(world.check()), (std::vector<std::size_t>{0}));
}

TEST(Capacity, ReplicasNeedServersOfTheirOwn) {
  CapacityWorld world;
  world.server({.name = "n1", .cluster = "c", .max_storage = 1000});
  world.server({.name = "n2", .cluster = "c", .max_storage = 1000});
  world.server({.name = "n3", .cluster = "c", .max_storage = 100});
  world.create(1, {.max_bytes = 200, .replicas = 3});
  world.create(1, {.max_bytes = 100, .replicas = 3});
  world.create(1, {.max_bytes = 900});
  world.create(1, {.max_bytes = 901});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{0, 3}));
  EXPECT_EQ(report.reasons[0].substr(0, 34), "storage of the servers n1, n2, n3:");
}

TEST(Capacity, APlacementNamesTheServersThatCount) {
  CapacityWorld world;
  world.server({.name = "n1", .cluster = "east", .max_storage = 1000});
  world.server({.name = "n2", .cluster = "west", .max_storage = 10});
  world.create(1, {.max_bytes = 100, .cluster = "west"});
  world.create(1, {.max_bytes = 100, .cluster = "east"});
  // Of a cluster that nobody knows nothing can be said: the server will.
  world.create(1, {.max_bytes = 10'000, .cluster = "north"});
  EXPECT_EQ(held(world.check()), (std::vector<std::size_t>{0}));
}

TEST(Capacity, HaAssetsAreLimitedPerServer) {
  CapacityWorld world;
  for (const std::string name : {"n1", "n2", "n3"})
    world.server({.name = name, .cluster = "c", .ha_assets = 8, .max_ha_assets = 10});
  world.create(3, {.replicas = 3});
  world.create(1, {});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{2}));
  const auto& assets = level(report, CapacityResource::ha_assets, LimitOwner::servers);
  EXPECT_EQ(assets.used, 24U);
  EXPECT_EQ(assets.limit, 30U);
  EXPECT_EQ(assets.wanted, 9U);
  EXPECT_EQ(assets.missing, 3U);
}

TEST(Capacity, MoreThanIsRecommendedIsToldAndNotHeld) {
  CapacityWorld world;
  for (const std::string name : {"n1", "n2", "n3"})
    world.server({.name = name, .cluster = "c", .ha_assets = 1990});
  world.create(20, {.replicas = 3});
  const CapacityReport report = world.check();
  EXPECT_TRUE(held(report).empty());
  const auto& assets = level(report, CapacityResource::ha_assets, LimitOwner::recommendation);
  EXPECT_EQ(assets.missing, 30U);
  EXPECT_FALSE(assets.binding());
  ASSERT_EQ(report.advice.size(), 1U);
}

TEST(Capacity, FileHandlesAreAnEstimateAgainstTheConfiguration) {
  CapacityWorld world;
  world.there({}, "ORDERS");
  world.create(3, {});
  world.create(5, {.storage = Storage::memory});
  CapacityReport report = world.check();
  EXPECT_TRUE(held(report).empty());
  EXPECT_EQ(level(report, CapacityResource::file_handles, LimitOwner::configuration).wanted, 3U);
  world.limits.file_handles = 3;
  report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{2}));
  EXPECT_EQ(level(report, CapacityResource::file_handles, LimitOwner::configuration).missing, 1U);
}

TEST(Capacity, FileHandlesAreSharedByServers) {
  CapacityWorld world;
  for (const std::string name : {"n1", "n2", "n3"}) world.server({.name = name});
  world.limits.file_handles = 2;
  world.create(7, {});
  EXPECT_EQ(held(world.check()), (std::vector<std::size_t>{6}));
}

TEST(Capacity, WhatIsNotKnownHoldsNothing) {
  CapacityWorld world;
  world.create(100, {.max_bytes = huge, .replicas = 5});
  const CapacityReport report = world.check();
  EXPECT_FALSE(report.account_known);
  EXPECT_FALSE(report.servers_known);
  EXPECT_TRUE(held(report).empty());
  EXPECT_TRUE(report.advice.empty());
}

TEST(Capacity, SumsEndAtTheRangesEdge) {
  CapacityWorld world;
  world.account({.max_storage = huge});
  world.server({.name = "n1", .max_storage = huge, .storage = ~std::uint64_t{0}});
  for (int i = 0; i < 5; ++i) world.there({.max_bytes = huge, .replicas = 5});
  world.create(3, {.max_bytes = huge, .replicas = 1});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), from(3, 0));
  EXPECT_EQ(level(report, CapacityResource::storage, LimitOwner::account).used,
            std::numeric_limits<std::uint64_t>::max());
}

TEST(Capacity, AnUpdateReservesWhatItGrowsBy) {
  CapacityWorld world;
  world.account({.max_storage = 300});
  world.there({.max_bytes = 100}, "ROOM_grows");
  world.update("grows", {.max_bytes = 150});
  world.create(1, {.max_bytes = 150});
  world.create(1, {.max_bytes = 1});
  const CapacityReport report = world.check();
  EXPECT_EQ(report.creates, 2U);
  EXPECT_EQ(held(report), (std::vector<std::size_t>{2}));
  EXPECT_EQ(level(report, CapacityResource::storage, LimitOwner::account).wanted, 201U);
}

TEST(Capacity, AnUpdateThatDoesNotFitIsToldAndTakesNoRoom) {
  CapacityWorld world;
  world.account({.max_storage = 300});
  world.there({.max_bytes = 100}, "ROOM_grows");
  world.update("grows", {.max_bytes = 1000});
  world.create(1, {.max_bytes = 200});
  const CapacityReport report = world.check();
  EXPECT_TRUE(held(report).empty());
  EXPECT_EQ(level(report, CapacityResource::storage, LimitOwner::account).missing, 900U);
  EXPECT_EQ(report.advice.size(), 1U);
}

TEST(Capacity, AnUpdateThatShrinksAlwaysFits) {
  CapacityWorld world;
  world.account({.max_storage = 50});
  world.there({.max_bytes = 100}, "ROOM_shrinks");
  world.update("shrinks", {.max_bytes = 60});
  const CapacityReport report = world.check();
  EXPECT_EQ(level(report, CapacityResource::storage, LimitOwner::account).missing, 0U);
  EXPECT_TRUE(report.advice.empty());
}

TEST(Capacity, APoolIsOneStreamAndItsRoomsAreNone) {
  CapacityWorld world;
  world.account({.max_streams = 1});
  world.create_pool("lobbies", {.max_bytes = 10});
  world.remove_pooled_room("gone");
  EXPECT_TRUE(held(world.check()).empty());
  EXPECT_EQ(world.check().creates, 1U);
}

TEST(Capacity, StreamsMadeSinceTheServersWereLookedAtAreCounted) {
  CapacityWorld world;
  world.server({.name = "n1", .max_storage = 100, .storage = 50});
  world.limits.looked = policies::WallTime(std::chrono::seconds(100));
  world.there({.max_bytes = 50, .created = policies::WallTime(std::chrono::seconds(99))});
  world.there({.max_bytes = 40, .created = policies::WallTime(std::chrono::seconds(101))});
  world.create(1, {.max_bytes = 11});
  world.create(1, {.max_bytes = 10});
  const CapacityReport report = world.check();
  EXPECT_EQ(held(report), (std::vector<std::size_t>{0}));
  EXPECT_EQ(level(report, CapacityResource::storage, LimitOwner::server).used, 90U);
}

TEST(CapacityAdvice, ASmallerSizeIsOnlyNamedWhereItWouldFit) {
  CapacityWorld world;
  world.account({.max_streams = 2, .max_storage = 100 * mib});
  world.create(3, {.max_bytes = 60 * mib});
  const CapacityReport report = world.check();
  ASSERT_EQ(report.advice.size(), 2U);
  for (const std::string& advice : report.advice) {
    EXPECT_EQ(advice.find("at most"), std::string::npos) << advice;
    EXPECT_NE(advice.find("layout: pooled, which needs 1 stream for these 3 rooms would fit"),
              std::string::npos)
        << advice;
  }
}

TEST(CapacityAdvice, APoolIsOnlyNamedWhereItWouldFit) {
  CapacityWorld world;
  world.account({.max_storage = 100});
  world.create(3, {.max_bytes = 101});
  const CapacityReport report = world.check();
  ASSERT_EQ(report.advice.size(), 1U);
  EXPECT_EQ(report.advice[0].find("pooled"), std::string::npos) << report.advice[0];
  EXPECT_NE(report.advice[0].find("max_bytes of at most 33 B would fit all"), std::string::npos)
      << report.advice[0];
}

TEST(CapacityText, SizesAreCutToATenth) {
  EXPECT_EQ(policies::size_text(0), "0 B");
  EXPECT_EQ(policies::size_text(1023), "1023 B");
  EXPECT_EQ(policies::size_text(1024), "1.0 KiB");
  EXPECT_EQ(policies::size_text(1024 * 1024 - 1), "1023.9 KiB");
  EXPECT_EQ(policies::size_text(20'000'000'000), "18.6 GiB");
  EXPECT_EQ(policies::size_text(std::numeric_limits<std::uint64_t>::max()), "15.9 EiB");
}

TEST(HoldBack, TakesTheCreationOutAndSaysWhy) {
  World world;
  for (const char* id : {"a", "b", "c"}) world.want(room(id));
  policies::Plan plan = world.plan();
  ASSERT_EQ(plan.changes.size(), 3U);
  policies::CapacityLimits limits;
  limits.tiers = {{.max_streams = 2}};
  const CapacityReport report = policies::check_capacity(plan, world.observed, limits);
  policies::hold_back(plan, report);
  ASSERT_EQ(plan.changes.size(), 2U);
  EXPECT_EQ(plan.changes[0].room.text(), "a");
  EXPECT_EQ(plan.changes[1].room.text(), "b");
  expect_verdict(plan, "b", policies::RoomState::pending, policies::Reason::room_missing);
  expect_verdict(plan, "c", policies::RoomState::blocked, policies::Reason::no_capacity);
  EXPECT_EQ(verdict(plan, "c").detail, report.reasons.at(0));
  EXPECT_NE(verdict(plan, "c").detail.find("1 is missing"), std::string::npos);
}

TEST(HoldBack, RoomsOfAPoolThatIsNotMadeWaitWithIt) {
  World world;
  const auto pooled = [](policies::RoomSettings& settings) {
    settings.template_name = "lobby";
    settings.layout = policies::Layout::pooled;
    settings.stream.on_full = policies::OnFull::reject_new;
  };
  world.want(room("a", pooled));
  world.want(room("b"));
  policies::PoolsSeen pools;
  pools.roster.known = true;
  policies::Plan plan = policies::plan_rooms(world.desired, world.observed, world.seen,
                                             world.limits, world.names, zones(), pools);
  ASSERT_EQ(plan.changes.size(), 2U);
  ASSERT_EQ(plan.roster.size(), 1U);
  policies::CapacityLimits limits;
  limits.tiers = {{.max_storage = 0}};
  policies::hold_back(plan, policies::check_capacity(plan, world.observed, limits));
  EXPECT_TRUE(plan.changes.empty());
  EXPECT_TRUE(plan.roster.empty());
  expect_verdict(plan, "a", policies::RoomState::blocked, policies::Reason::no_capacity);
  expect_verdict(plan, "b", policies::RoomState::blocked, policies::Reason::no_capacity);
  ASSERT_EQ(plan.pools.size(), 1U);
  EXPECT_EQ(plan.pools[0].state, policies::RoomState::blocked);
  EXPECT_EQ(plan.pools[0].reason, policies::Reason::no_capacity);
}

}  // namespace
}  // namespace roomkeeper::testing
