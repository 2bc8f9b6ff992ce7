// The lease as one replica decides about it; and many of them against one key, with stalls and lost
// answers: never two that act.
#include "policies/lease.h"

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace roomkeeper::policies {
namespace {

using namespace std::chrono_literals;

MonoTime after(Nanoseconds time) {
  return MonoTime{} + time;
}

LeaseRecord held_by(const std::string& process) {
  return {.name = "a", .process = process, .generation = 3, .duration = 4s};
}

const ConfigurationId same{};

TEST(ConfigurationOrder, TheSameTextMayAlwaysFollow) {
  const ConfigurationId older{.hash = "x", .revision = 1, .loaded = WallTime(1s)};
  const ConfigurationId newer{.hash = "x", .revision = 2, .loaded = WallTime(9s)};
  EXPECT_TRUE(is_as_new(older, newer));
  EXPECT_TRUE(is_as_new(newer, older));
}

TEST(ConfigurationOrder, AHigherRevisionIsNewerWheneverItWasRead) {
  const ConfigurationId first{.hash = "x", .revision = 1, .loaded = WallTime(9s)};
  const ConfigurationId second{.hash = "y", .revision = 2, .loaded = WallTime(1s)};
  EXPECT_FALSE(is_as_new(first, second));
  EXPECT_TRUE(is_as_new(second, first));
}

TEST(ConfigurationOrder, OfOneRevisionWhatWasReadLaterIsNewer) {
  const ConfigurationId first{.hash = "x", .loaded = WallTime(1s)};
  const ConfigurationId second{.hash = "y", .loaded = WallTime(2s)};
  EXPECT_FALSE(is_as_new(first, second));
  EXPECT_TRUE(is_as_new(second, first));
}

TEST(LeaseWatch, AFreeLeaseIsTakenAtOnce) {
  LeaseWatch watch;
  watch.saw(std::nullopt, 0, after(0s));
  const auto decision = watch.decide("me", same, after(0s));
  EXPECT_TRUE(decision.take);
  EXPECT_EQ(decision.reason, Reason::lease_free);
}

TEST(LeaseWatch, OneThatWasHandedOverIsTakenAtOnce) {
  LeaseWatch watch;
  watch.saw(held_by(""), 5, after(0s));
  const auto decision = watch.decide("me", same, after(0s));
  EXPECT_TRUE(decision.take);
  EXPECT_EQ(decision.reason, Reason::lease_released);
}

TEST(LeaseWatch, AHeldOneIsTakenWhenItsRevisionHasStoodStillForItsDuration) {
  LeaseWatch watch;
  watch.saw(held_by("other"), 5, after(0s));
  watch.saw(held_by("other"), 5, after(3s));
  const auto waits = watch.decide("me", same, after(3999ms));
  EXPECT_FALSE(waits.take);
  EXPECT_EQ(waits.reason, Reason::leader_elsewhere);
  EXPECT_EQ(waits.when, after(4s));
  EXPECT_TRUE(watch.decide("me", same, after(4s)).take);
  EXPECT_EQ(watch.decide("me", same, after(4s)).reason, Reason::lease_expired);
}

TEST(LeaseWatch, ARenewalBeginsTheWaitAnew) {
  LeaseWatch watch;
  watch.saw(held_by("other"), 5, after(0s));
  watch.saw(held_by("other"), 6, after(3s));
  EXPECT_FALSE(watch.decide("me", same, after(6s)).take);
  EXPECT_TRUE(watch.decide("me", same, after(7s)).take);
}

TEST(LeaseWatch, TheSameRevisionOfAnotherStoreBeginsItAnewToo) {
  LeaseWatch watch;
  watch.saw(held_by("other"), 5, after(0s));
  watch.saw(held_by("third"), 5, after(3s));
  EXPECT_FALSE(watch.decide("me", same, after(6s)).take);
}

TEST(LeaseWatch, AHeldKeyThatVanishesIsWaitedForAllTheSame) {
  LeaseWatch watch;
  watch.saw(held_by("other"), 5, after(0s));
  watch.saw(std::nullopt, 0, after(3s));
  watch.saw(std::nullopt, 0, after(6s));
  EXPECT_FALSE(watch.decide("me", same, after(6900ms)).take);
  EXPECT_TRUE(watch.decide("me", same, after(7s)).take);
  EXPECT_EQ(watch.revision(), 0U);
  watch.saw(held_by("other"), 1, after(7s));
  EXPECT_FALSE(watch.decide("me", same, after(10s)).take) << "it has written it anew";
}

TEST(LeaseWatch, OneThatWasHandedOverMayVanish) {
  LeaseWatch watch;
  watch.saw(held_by(""), 5, after(0s));
  watch.saw(std::nullopt, 0, after(1s));
  EXPECT_TRUE(watch.decide("me", same, after(1s)).take);
}

TEST(LeaseWatch, OnesOwnIsTakenAtOnce) {
  LeaseWatch watch;
  watch.saw(held_by("me"), 5, after(0s));
  EXPECT_TRUE(watch.decide("me", same, after(0s)).take);
}

TEST(LeaseWatch, ALowerRevisionTakesItAfterFiveMinutesWithoutALeader) {
  const ConfigurationId mine{.hash = "old", .revision = 1, .loaded = WallTime(9s)};
  for (const auto& [process, gone] :
       std::vector<std::pair<const char*, Nanoseconds>>{{"other", 4s}, {"", 0s}}) {
    LeaseWatch watch;
    LeaseRecord record = held_by(process);
    record.configuration = {.hash = "new", .revision = 2};
    watch.saw(record, 5, after(0s));
    const auto waits = watch.decide("me", mine, after(gone + 299s));
    EXPECT_FALSE(waits.take);
    EXPECT_EQ(waits.reason, Reason::older_configuration);
    EXPECT_EQ(waits.when, after(gone + 300s));
    EXPECT_TRUE(watch.decide("me", mine, after(gone + 300s)).take);
  }
}

TEST(LeaseWatch, OneThatOnlySeemsOlderTakesItAfterAMinuteWithoutALeader) {
  const ConfigurationId mine{.hash = "x", .loaded = WallTime(1s)};
  for (const auto& [process, gone] :
       std::vector<std::pair<const char*, Nanoseconds>>{{"other", 4s}, {"", 0s}}) {
    LeaseWatch watch;
    LeaseRecord record = held_by(process);
    record.configuration = {.hash = "y", .loaded = WallTime(2s)};
    watch.saw(record, 5, after(0s));
    const auto waits = watch.decide("me", mine, after(gone + 59s));
    EXPECT_FALSE(waits.take);
    EXPECT_EQ(waits.reason, Reason::older_configuration);
    EXPECT_TRUE(watch.decide("me", mine, after(gone + 60s)).take);
  }
}

TEST(LeaseWatch, AStrangersDurationIsBounded) {
  for (const auto& [asked, waits] :
       std::vector<std::pair<Nanoseconds, Nanoseconds>>{{0s, 1s}, {-5s, 1s}, {24h, 60s}}) {
    LeaseWatch watch;
    LeaseRecord record = held_by("other");
    record.duration = asked;
    watch.saw(record, 5, after(0s));
    EXPECT_FALSE(watch.decide("me", same, after(waits - 1ns)).take);
    EXPECT_TRUE(watch.decide("me", same, after(waits)).take);
  }
}

/// One key, compare-and-set, and replicas that read and write it with delays, lose answers, stall,
/// and whose clocks run at different speeds (by up to the margin).
class ReplicaRun {
 public:
  explicit ReplicaRun(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < 3; ++i) replicas_.push_back({.process = std::to_string(i)});
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      now_ += Nanoseconds(1ms) * static_cast<std::int64_t>(1 + random_() % 400);
      Replica& one = replicas_[random_() % replicas_.size()];
      if (random_() % 20 == 0) one.stalled_until = now_ + 1s * static_cast<int>(random_() % 12);
      if (now_ >= one.stalled_until) act(one);
      check();
      if (::testing::Test::HasFailure()) return;
    }
  }
  int takeovers() const { return takeovers_; }

 private:
  struct Replica {
    std::string process;
    LeaseWatch watch{};
    bool leads = false;
    MonoTime until{};
    MonoTime stalled_until{};
  };

  void act(Replica& one) {
    if (one.leads && now_ >= one.until) one.leads = false;
    if (!one.leads) {
      one.watch.saw(record_, revision_, now_);
      if (!one.watch.decide(one.process, same, now_).take) return;
    }
    const MonoTime sent = now_;
    // What was read may be old by the time it is written.
    const std::uint64_t expected = one.watch.revision();
    if (expected != revision_) {
      one.leads = false;
      return;
    }
    if (!one.leads) ++takeovers_;
    record_ = LeaseRecord{.name = one.process,
                          .process = one.process,
                          .generation = record_ ? record_->generation + 1 : 1,
                          .duration = 4s};
    ++revision_;
    if (random_() % 10 == 0) {  // the answer is lost: it has to ask again
      one.leads = false;
      return;
    }
    one.watch.saw(record_, revision_, now_);
    one.leads = true;
    one.until = sent + record_->duration - lease_margin(record_->duration);
  }

  void check() {
    int acting = 0;
    for (const Replica& one : replicas_) acting += one.leads && now_ < one.until ? 1 : 0;
    ASSERT_LE(acting, 1);
  }

  std::mt19937_64 random_;
  std::vector<Replica> replicas_;
  std::optional<LeaseRecord> record_;
  std::uint64_t revision_ = 0;
  MonoTime now_ = after(1h);
  int takeovers_ = 0;
};

TEST(LeaseProperty, AtMostOneReplicaActsAtAnyTime) {
  int takeovers = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    ReplicaRun run(seed);
    run.run(400);
    takeovers += run.takeovers();
    if (HasFailure()) return;
  }
  EXPECT_GT(takeovers, 1000) << "nothing was tried";
}

}  // namespace
}  // namespace roomkeeper::policies
