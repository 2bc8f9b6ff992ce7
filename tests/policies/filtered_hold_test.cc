// Whether the copy of a room in a pool has what would be deleted: against a model of the pool.
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "policies/hold.h"

namespace roomkeeper::policies {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t everything = ~std::uint64_t{0};
constexpr WallTime pool_noon{1'790'000'000s};

RoomInPool room_of(std::uint64_t messages, std::uint64_t first, std::uint64_t last) {
  return {.messages = messages,
          .first_seq = first,
          .first_time = pool_noon + Nanoseconds(first),
          .last_seq = last,
          .last_time = pool_noon + Nanoseconds(last),
          .pool_first_seq = 1};
}

/// A copy that has both ends of the room.
CopyOfRoom copy_of(const RoomInPool& room, std::uint64_t messages) {
  return {.last_seq = room.last_seq,
          .messages = messages,
          .only_here = 0,
          .knows_only_here = true,
          .same_first = room.first_time,
          .same_last = room.last_time};
}

Coverage coverage(const RoomInPool& room, const CopyOfRoom& copy,
                  std::uint64_t up_to = everything) {
  const CoverVerdict verdict = check_filtered_cover(room, copy, up_to);
  EXPECT_EQ(verdict.why.empty(), verdict.coverage == Coverage::complete);
  EXPECT_TRUE(verdict.coverage != Coverage::complete || verdict.missing == 0);
  return verdict.coverage;
}

TEST(FilteredHoldCover, ARoomWithoutMessagesHasNothingToLose) {
  EXPECT_EQ(coverage({}, {}), Coverage::complete);
  EXPECT_EQ(coverage(room_of(3, 10, 30), {}, 10), Coverage::complete) << "all of it stays";
  EXPECT_EQ(coverage(room_of(3, 10, 30), {}, 11), Coverage::behind);
}

TEST(FilteredHoldCover, BothEndsAndTheirNumberAreComplete) {
  const RoomInPool room = room_of(3, 10, 30);
  EXPECT_EQ(coverage(room, copy_of(room, 3)), Coverage::complete);
  CopyOfRoom copy = copy_of(room, 3);
  copy.last_seq = 44;
  EXPECT_EQ(coverage(room, copy), Coverage::complete) << "it was looked at later";
  copy = copy_of(room, 5);
  copy.only_here = 2;
  EXPECT_EQ(coverage(room, copy), Coverage::complete) << "two were deleted since";
}

TEST(FilteredHoldCover, WhatIsMissingIsCounted) {
  const RoomInPool room = room_of(5, 10, 30);
  EXPECT_EQ(check_filtered_cover(room, copy_of(room, 3), everything).missing, 2U);
  CopyOfRoom copy = copy_of(room, 5);
  copy.only_here = 1;
  EXPECT_EQ(check_filtered_cover(room, copy, everything).missing, 1U)
      << "one that the pool has not any more fills no gap";
  copy = copy_of(room, 3);
  copy.last_seq = 20;
  copy.same_last.reset();
  EXPECT_EQ(check_filtered_cover(room, copy, everything).missing, 2U);
}

TEST(FilteredHoldCover, EveryDoubtIsNo) {
  const RoomInPool room = room_of(3, 10, 30);
  CopyOfRoom copy = copy_of(room, 3);
  copy.same_first.reset();
  EXPECT_EQ(coverage(room, copy), Coverage::behind);
  copy = copy_of(room, 3);
  copy.same_last.reset();
  EXPECT_EQ(coverage(room, copy), Coverage::behind);
  copy = copy_of(room, 3);
  copy.knows_only_here = false;
  EXPECT_EQ(coverage(room, copy), Coverage::behind);
  RoomInPool moving = room;
  moving.pool_first_seq = 11;  // purged since its first message was asked for
  EXPECT_EQ(coverage(moving, copy_of(moving, 3)), Coverage::behind);
  moving = room;
  moving.first_seq = 31;  // purged since its last message was asked for
  EXPECT_EQ(coverage(moving, copy_of(moving, 3)), Coverage::behind);
}

TEST(FilteredHoldCover, TheSameSequenceAtAnotherTimeIsAnotherMessage) {
  const RoomInPool room = room_of(3, 10, 30);
  CopyOfRoom copy = copy_of(room, 3);
  copy.same_first = pool_noon;
  EXPECT_EQ(coverage(room, copy), Coverage::damaged);
  copy = copy_of(room, 3);
  copy.same_last = pool_noon;
  EXPECT_EQ(coverage(room, copy), Coverage::damaged);
}

/// A pool with two rooms, the copy of one of them, and all that can happen to both.
class PoolModel {
 public:
  explicit PoolModel(std::uint64_t seed) : seed_(seed * 2 + 1) {}

  std::uint64_t random(std::uint64_t below) {
    seed_ = seed_ * 6364136223846793005U + 1442695040888963407U;
    return (seed_ >> 33U) % below;
  }
  void step() {
    switch (random(14)) {
      case 0:
        erase(random(last_ + 1));
        break;
      case 1:
        purge(random(last_ + 2));
        break;
      case 2:
        erase_room(random(last_ + 2));
        break;
      case 3:
        if (random(6) == 0) recreate();
        break;
      case 4:
      case 5:
      case 6:
        copy_some();
        break;
      default:
        ++last_;
        pool_[last_] = {.held = random(2) == 0, .time = ++clock_};
    }
  }
  void copy_all() { copy_up_to(last_); }
  void make_no_holes() { holes_ = false; }

  RoomInPool look() const {
    RoomInPool room;
    room.pool_first_seq = first();
    for (const auto& [seq, message] : pool_) {
      if (!message.held) continue;
      if (room.first_seq == 0) {
        room.first_seq = seq;
        room.first_time = at(message);
      }
      room.last_seq = seq;
      room.last_time = at(message);
      ++room.messages;
    }
    return room;
  }
  CopyOfRoom look_at_copy(const RoomInPool& room) const {
    CopyOfRoom copy;
    copy.last_seq = copy_.empty() ? 0 : copy_.rbegin()->first;
    copy.knows_only_here = true;
    for (const auto& [seq, message] : copy_) {
      if (seq < room.first_seq || seq > room.last_seq) continue;
      ++copy.messages;
      if (!pool_.contains(seq)) ++copy.only_here;
    }
    if (const auto found = copy_.find(room.first_seq); found != copy_.end())
      copy.same_first = at(found->second);
    if (const auto found = copy_.find(room.last_seq); found != copy_.end())
      copy.same_last = at(found->second);
    return copy;
  }
  /// By the definition: every message one by one.
  bool has_all_below(std::uint64_t up_to) const {
    return std::all_of(pool_.begin(), pool_.end(), [&](const auto& item) {
      if (!item.second.held || item.first >= up_to) return true;
      const auto found = copy_.find(item.first);
      return found != copy_.end() && found->second.time == item.second.time;
    });
  }
  std::uint64_t last() const { return last_; }
  bool numbers_alike() const { return alike_; }

 private:
  struct Said {
    bool held = false;
    std::uint64_t time = 0;
  };
  static WallTime at(const Said& said) { return pool_noon + Nanoseconds(said.time); }
  std::uint64_t first() const { return pool_.empty() ? last_ + 1 : pool_.begin()->first; }

  void erase(std::uint64_t seq) { pool_.erase(seq); }
  void purge(std::uint64_t up_to) { pool_.erase(pool_.begin(), pool_.lower_bound(up_to)); }
  void erase_room(std::uint64_t up_to) {
    std::erase_if(pool_, [&](const auto& item) { return item.second.held && item.first < up_to; });
  }
  /// With sequences that had been used, now and then.
  void recreate() {
    pool_.clear();
    const std::uint64_t highest = std::max(last_, copy_.empty() ? 0 : copy_.rbegin()->first);
    last_ = random(2) == 0 ? highest : random(highest + 1);
    alike_ = alike_ && last_ == highest;
  }
  void copy_some() {
    const std::uint64_t from = copy_.empty() ? 0 : copy_.rbegin()->first;
    copy_up_to(from + random(5));
  }
  /// A mirror only appends; a server may leave a message out.
  void copy_up_to(std::uint64_t to) {
    for (auto it = pool_.upper_bound(copy_.empty() ? 0 : copy_.rbegin()->first);
         it != pool_.end() && it->first <= to; ++it) {
      if (it->second.held && (!holes_ || random(12) != 0)) copy_.insert(*it);
    }
  }

  std::uint64_t seed_;
  std::uint64_t clock_ = 0;
  std::uint64_t last_ = 0;
  bool holes_ = true;
  bool alike_ = true;
  std::map<std::uint64_t, Said> pool_;
  std::map<std::uint64_t, Said> copy_;
};

TEST(FilteredHoldCover, IsNeverClaimedWhereAMessageIsMissing) {
  std::uint64_t claimed = 0;
  std::uint64_t refused = 0;
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    PoolModel model(seed);
    for (int step = 0; step < 60; ++step) {
      model.step();
      const RoomInPool room = model.look();
      const CopyOfRoom copy = model.look_at_copy(room);
      for (const std::uint64_t up_to : {everything, model.random(model.last() + 2)}) {
        const bool complete =
            check_filtered_cover(room, copy, up_to).coverage == Coverage::complete;
        ++(complete ? claimed : refused);
        ASSERT_TRUE(!complete || model.has_all_below(up_to)) << "seed " << seed << ", " << step;
      }
    }
  }
  EXPECT_GT(claimed, 10'000U);
  EXPECT_GT(refused, 10'000U);
}

TEST(FilteredHoldCover, IsClaimedWhereTheCopyHasAll) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    PoolModel model(seed);
    model.make_no_holes();
    for (int step = 0; step < 60 && model.numbers_alike(); ++step) {
      model.step();
      if (!model.numbers_alike()) break;
      model.copy_all();
      const RoomInPool room = model.look();
      if (!model.has_all_below(everything)) continue;
      ASSERT_EQ(coverage(room, model.look_at_copy(room)), Coverage::complete)
          << "seed " << seed << ", " << step;
    }
  }
}

}  // namespace
}  // namespace roomkeeper::policies
