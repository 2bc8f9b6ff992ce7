// Whether a copy has what would be deleted: sequences, holes, and numberings that began anew.
#include "policies/hold.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace roomkeeper::policies {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t all = ~std::uint64_t{0};
constexpr WallTime noon{1'790'000'000s};

SequenceSet stored(std::uint64_t first, std::uint64_t last, std::vector<std::uint64_t> deleted = {},
                   WallTime first_time = noon) {
  SequenceSet set;
  set.first_seq = first;
  set.last_seq = last;
  set.first_time = first_time;
  set.deleted_count = deleted.size();
  set.messages = last + 1 - first - deleted.size();
  set.deleted = std::move(deleted);
  return set;
}

SequenceSet empty(std::uint64_t next = 1) {
  SequenceSet set;
  set.first_seq = next;
  set.last_seq = next - 1;
  return set;
}

std::uint64_t missing(const SequenceSet& origin, const SequenceSet& copy,
                      std::uint64_t up_to = all) {
  const CoverVerdict verdict = check_cover(origin, copy, std::nullopt, up_to);
  EXPECT_EQ(verdict.coverage == Coverage::complete, verdict.missing == 0) << verdict.why;
  EXPECT_EQ(verdict.why.empty(), verdict.coverage == Coverage::complete);
  return verdict.missing;
}

TEST(HoldCover, AnEmptyRoomHasNothingToLose) {
  EXPECT_EQ(missing(empty(), empty()), 0U);
  EXPECT_EQ(missing(empty(100), stored(1, 99)), 0U);
}

TEST(HoldCover, TheSameIsComplete) {
  EXPECT_EQ(missing(stored(1, 10), stored(1, 10)), 0U);
  EXPECT_EQ(missing(stored(5, 10), stored(1, 10)), 0U) << "what the room lost, the copy may keep";
  EXPECT_EQ(missing(stored(1, 10), stored(1, 12)), 0U) << "the copy was looked at later";
}

TEST(HoldCover, WhatComesAfterTheLastCopiedOneIsMissing) {
  EXPECT_EQ(missing(stored(1, 10), empty()), 10U);
  EXPECT_EQ(missing(stored(1, 10), stored(1, 7)), 3U);
  EXPECT_EQ(missing(stored(8, 10), stored(1, 7)), 3U);
  EXPECT_EQ(missing(stored(1, 10, {9}), stored(1, 7)), 2U);
}

TEST(HoldCover, OnlyWhatLiesBelowTheBoundCounts) {
  EXPECT_EQ(missing(stored(1, 10), stored(1, 7), 8), 0U);
  EXPECT_EQ(missing(stored(1, 10), stored(1, 7), 9), 1U);
  EXPECT_EQ(missing(stored(5, 10), empty(), 5), 0U);
  EXPECT_EQ(missing(stored(5, 10), empty(), 6), 1U);
  EXPECT_EQ(missing(stored(1, 10), stored(1, 7), 0), 0U);
}

TEST(HoldCover, ADeletedLastMessageIsNotWaitedFor) {
  EXPECT_EQ(missing(stored(1, 10, {9, 10}), stored(1, 8)), 0U);
  EXPECT_EQ(missing(stored(1, 10, {9, 10}), stored(1, 7)), 1U);
}

TEST(HoldCover, AHoleOfTheCopyAloneIsMissing) {
  EXPECT_EQ(missing(stored(1, 10), stored(1, 10, {4, 5})), 2U);
  EXPECT_EQ(missing(stored(1, 10, {4}), stored(1, 10, {4, 5})), 1U);
  EXPECT_EQ(missing(stored(1, 10, {4, 5}), stored(1, 10, {4})), 0U);
  EXPECT_EQ(missing(stored(6, 10), stored(1, 10, {4, 5})), 0U) << "older than what the room has";
  EXPECT_EQ(missing(stored(1, 10), stored(1, 10, {4, 5}), 5), 1U);
}

TEST(HoldCover, WhatComesBeforeTheFirstCopiedOneIsMissing) {
  EXPECT_EQ(missing(stored(1, 10), stored(4, 10)), 3U);
  EXPECT_EQ(missing(stored(1, 10, {2}), stored(4, 10)), 2U);
  EXPECT_EQ(missing(stored(1, 3), stored(10, 20)), 3U) << "a room made anew with low sequences";
}

TEST(HoldCover, UnlistedHolesProveNothing) {
  SequenceSet origin = stored(1, 10, {3});
  origin.deleted.clear();
  EXPECT_EQ(check_cover(origin, stored(1, 10), std::nullopt, all).coverage, Coverage::behind);
  SequenceSet copy = stored(1, 10, {3});
  copy.deleted.clear();
  EXPECT_EQ(check_cover(stored(1, 10), copy, std::nullopt, all).coverage, Coverage::behind);
}

TEST(HoldCover, TheSameSequenceAtAnotherTimeIsAnotherMessage) {
  const SequenceSet origin = stored(1, 3);
  EXPECT_EQ(check_cover(origin, stored(1, 10), noon, all).coverage, Coverage::complete);
  EXPECT_EQ(check_cover(origin, stored(1, 10), noon - 1ns, all).coverage, Coverage::damaged);
}

/// As nats-server 2.10 does that left a message out.
TEST(HoldCover, RenumberedMessagesAreSeenAtTheLastOne) {
  SequenceSet copy = stored(1, 5);
  copy.last_time = noon + 9s;
  EXPECT_EQ(check_cover(stored(1, 6), copy, noon, 5, noon + 9s).coverage, Coverage::complete);
  EXPECT_EQ(check_cover(stored(1, 6), copy, noon, 5, noon + 8s).coverage, Coverage::damaged);
  EXPECT_EQ(check_cover(stored(1, 6), copy, noon, 5).coverage, Coverage::complete)
      << "the room has not any more what the copy has last";
}

TEST(HoldCover, SequencesThatWentBackAreSeen) {
  SequenceSet copy = stored(1, 1);
  copy.messages = 2013;  // as nats-server 2.10 shows a mirror whose origin began anew
  EXPECT_EQ(check_cover(stored(1, 1), copy, noon, all).coverage, Coverage::damaged);
}

/// Against the definition: every sequence looked at one by one.
TEST(HoldCover, AgreesWithCountingOneByOne) {
  std::uint64_t seed = 7;
  const auto random = [&seed](std::uint64_t below) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (seed >> 33U) % below;
  };
  const auto make = [&] {
    const std::uint64_t first = 1 + random(6);
    const std::uint64_t last = first + random(8);
    std::vector<std::uint64_t> deleted;
    for (std::uint64_t seq = first + 1; seq <= last; ++seq) {
      if (random(3) == 0) deleted.push_back(seq);
    }
    return stored(first, last, std::move(deleted));
  };
  const auto has = [](const SequenceSet& set, std::uint64_t seq) {
    return seq >= set.first_seq && seq <= set.last_seq &&
           std::find(set.deleted.begin(), set.deleted.end(), seq) == set.deleted.end();
  };
  for (int round = 0; round < 20'000; ++round) {
    const SequenceSet origin = make();
    const SequenceSet copy = make();
    const std::uint64_t up_to = random(18);
    std::uint64_t lacking = 0;
    for (std::uint64_t seq = 1; seq < up_to; ++seq)
      lacking += has(origin, seq) && !has(copy, seq) ? 1U : 0U;
    ASSERT_EQ(missing(origin, copy, up_to), lacking)
        << origin.first_seq << ".." << origin.last_seq << " in " << copy.first_seq << ".."
        << copy.last_seq << " below " << up_to;
  }
}

TEST(HoldStates, NamesReadBack) {
  for (std::size_t i = 0; i < hold_state_count; ++i) {
    const auto state = static_cast<HoldState>(i);
    EXPECT_EQ(parse_hold_state(to_string(state)), state);
  }
  EXPECT_EQ(parse_hold_state("lost"), std::nullopt);
}

TEST(CopyDefect, EveryTraitThatMattersIsNamed) {
  CopyTraits good;
  good.origin = "ROOM_a";
  good.deny_purge = true;
  good.deny_delete = true;
  EXPECT_EQ(copy_defect(good, "ROOM_a"), "");
  EXPECT_NE(copy_defect(good, "ROOM_b"), "");
  EXPECT_NE(copy_defect({}, "ROOM_a"), "");
  EXPECT_NE(copy_defect(good, "ROOM_a", "chat.p.a.*"), "");
  CopyTraits pooled = good;
  pooled.origin = "POOL_p";
  pooled.filter = "chat.p.a.*";
  EXPECT_EQ(copy_defect(pooled, "POOL_p", "chat.p.a.*"), "");
  EXPECT_NE(copy_defect(pooled, "POOL_p", "chat.p.b.*"), "");
  EXPECT_NE(copy_defect(pooled, "POOL_p"), "");
  for (bool CopyTraits::* bad : {&CopyTraits::filtered, &CopyTraits::limited,
                                 &CopyTraits::mirror_direct, &CopyTraits::memory}) {
    CopyTraits traits = good;
    traits.*bad = true;
    EXPECT_NE(copy_defect(traits, "ROOM_a"), "");
  }
  for (bool CopyTraits::* needed : {&CopyTraits::deny_purge, &CopyTraits::deny_delete}) {
    CopyTraits traits = good;
    traits.*needed = false;
    EXPECT_NE(copy_defect(traits, "ROOM_a"), "");
  }
}

}  // namespace
}  // namespace roomkeeper::policies
