#include "policies/cut.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/instants.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::check_cut;
using policies::CutEvidence;
using policies::CutKind;
using policies::judge_skew;
using policies::plan_cut;
using policies::Reason;
using policies::Skew;
using policies::StoredRange;
using policies::WallTime;

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

const WallTime midnight = utc("2026-07-31T15:00:00Z");

// Messages 11..20, three of them deleted, from an hour before midnight to an hour after it.
StoredRange straddling() {
  StoredRange stored;
  stored.messages = 7;
  stored.first_seq = 11;
  stored.last_seq = 20;
  stored.first_ts = midnight - 1h;
  stored.last_ts = midnight + 1h;
  stored.created = utc("2026-01-01T00:00:00Z");
  return stored;
}

StoredRange yesterdays() {
  StoredRange stored = straddling();
  stored.last_ts = midnight - 1ns;
  return stored;
}

TEST(PlanCut, EmptyStreamNeedsNothing) {
  StoredRange stored = yesterdays();
  stored.messages = 0;
  EXPECT_EQ(plan_cut(stored, midnight).kind, CutKind::nothing);
  EXPECT_EQ(plan_cut(StoredRange{}, midnight).kind, CutKind::nothing);
}

TEST(PlanCut, TodaysStreamNeedsNothing) {
  StoredRange stored = straddling();
  stored.first_ts = midnight;
  EXPECT_EQ(plan_cut(stored, midnight).kind, CutKind::nothing);
}

TEST(PlanCut, YesterdaysStreamGoesWhole) {
  EXPECT_EQ(plan_cut(yesterdays(), midnight).kind, CutKind::all);
  EXPECT_EQ(plan_cut(yesterdays(), midnight).cut, 21U);
}

TEST(PlanCut, AStreamThatStraddlesNeedsALookUp) {
  EXPECT_EQ(plan_cut(straddling(), midnight).kind, CutKind::look_up);
  EXPECT_EQ(plan_cut(straddling(), midnight).cut, 0U);
  StoredRange stored = yesterdays();
  stored.last_ts = midnight;  // at the boundary is not older than it
  EXPECT_EQ(plan_cut(stored, midnight).kind, CutKind::look_up);
}

TEST(PlanCut, TimesThatRunBackwardsNeverTakeEverything) {
  StoredRange stored = yesterdays();
  stored.first_ts = midnight + 1s;
  EXPECT_EQ(plan_cut(stored, midnight).kind, CutKind::nothing);
}

TEST(PlanCut, NumbersThatContradictEachOtherAreAskedForAgain) {
  for (const auto spoil :
       {+[](StoredRange& s) { s.last_seq = largest; }, +[](StoredRange& s) { s.first_seq = 0; },
        +[](StoredRange& s) { s.first_seq = 21; }, +[](StoredRange& s) { s.messages = 11; }}) {
    StoredRange stored = yesterdays();
    spoil(stored);
    EXPECT_EQ(plan_cut(stored, midnight).kind, CutKind::look_up);
    EXPECT_EQ(plan_cut(stored, midnight).cut, 0U);
  }
}

// The cut 15 of a stream that straddles midnight.
CutEvidence part() {
  CutEvidence evidence;
  evidence.cut = 15;
  evidence.stored = straddling();
  evidence.created_at_look_up = evidence.stored.created;
  evidence.cut_ts = midnight;
  return evidence;
}

// The cut 21 of a stream of yesterday's messages.
CutEvidence all() {
  CutEvidence evidence;
  evidence.cut = 21;
  evidence.stored = yesterdays();
  evidence.created_at_look_up = evidence.stored.created;
  return evidence;
}

TEST(CheckCut, SoundEvidenceIsOk) {
  EXPECT_EQ(check_cut(part(), midnight), Reason::ok);
  EXPECT_EQ(check_cut(all(), midnight), Reason::ok);
}

TEST(CheckCut, TheSmallestCutIsTwo) {
  CutEvidence evidence = part();
  evidence.stored.first_seq = 1;
  evidence.cut = 2;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::ok);
  evidence.cut = 1;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence.cut = 0;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
}

TEST(CheckCut, TheLargestCutIsOneAfterTheLast) {
  CutEvidence evidence = all();
  evidence.cut = 22;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence.cut = largest;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence = part();
  evidence.cut = 22;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
}

TEST(CheckCut, TheFirstStoredMessageMustBeOlder) {
  CutEvidence evidence = part();
  evidence.stored.first_ts = midnight - 1ns;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::ok);
  evidence.stored.first_ts = midnight;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
}

TEST(CheckCut, TheMessageAtTheCutMustNotBeOlder) {
  CutEvidence evidence = part();
  evidence.cut_ts = midnight - 1ns;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
}

TEST(CheckCut, WithNoMessageAtTheCutOnlyTheWholeStreamMayGo) {
  CutEvidence evidence = part();
  evidence.cut_ts.reset();
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence = all();
  evidence.cut = 20;  // a message came in since the cut was made, or the last was deleted
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
}

TEST(CheckCut, TheWholeStreamGoesOnlyWhenItsLastMessageIsOlder) {
  CutEvidence evidence = part();
  evidence.cut = 21;
  evidence.cut_ts.reset();
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence.cut_ts = midnight + 2h;  // one came in after `stored` was read: 20 is still from today
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence = all();
  evidence.cut_ts = midnight + 2h;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::ok);
}

// The newest messages were deleted one by one: last_ts is still theirs.
TEST(CheckCut, ADeletedTailNeedsTheTimeOfTheLastStoredMessage) {
  CutEvidence evidence = all();
  evidence.stored.last_ts = midnight + 1h;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence.last_stored_ts = midnight - 1ns;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::ok);
  evidence.last_stored_ts = midnight;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
}

TEST(CheckCut, ALateLastMessageIsSeenWhateverTheListingSaid) {
  CutEvidence evidence = all();
  evidence.last_stored_ts = midnight + 1s;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
}

TEST(CheckCut, ARecreatedStreamIsLeftAlone) {
  for (CutEvidence evidence : {part(), all()}) {
    evidence.created_at_look_up += 1ns;
    EXPECT_EQ(check_cut(evidence, midnight), Reason::stream_recreated);
    evidence.created_at_look_up = WallTime{};
    EXPECT_EQ(check_cut(evidence, midnight), Reason::stream_recreated);
  }
}

TEST(CheckCut, AnEmptyStreamIsLeftAlone) {
  CutEvidence evidence = all();
  evidence.stored.messages = 0;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
}

// Somebody else has purged up to the cut meanwhile, or the evidence contradicts itself.
TEST(CheckCut, ACutThatLeavesTheFirstMessageIsUnsafe) {
  CutEvidence evidence = part();
  evidence.cut = 11;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence.cut = 5;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
  evidence.cut = 12;
  EXPECT_EQ(check_cut(evidence, midnight), Reason::ok);
}

TEST(CheckCut, NumbersThatContradictEachOtherAreUnsafe) {
  for (const auto spoil :
       {+[](StoredRange& s) { s.last_seq = largest; }, +[](StoredRange& s) { s.first_seq = 0; },
        +[](StoredRange& s) { s.first_seq = 21; }, +[](StoredRange& s) { s.messages = 11; }}) {
    for (CutEvidence evidence : {part(), all()}) {
      spoil(evidence.stored);
      EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
      evidence.cut = 0;  // what last_seq + 1 wraps around to
      EXPECT_EQ(check_cut(evidence, midnight), Reason::unsafe_cut);
    }
  }
}

// A stream of up to 8 sequences in order of time, some of them deleted, and a cut that was made
// honestly or is any number at all.
struct RandomStream {
  std::vector<std::pair<std::uint64_t, WallTime>> kept;
  CutEvidence evidence;
  bool honest = false;
};

RandomStream random_stream(std::mt19937_64& random) {
  const auto pick = [&](std::uint64_t choices) { return random() % choices; };
  RandomStream stream;
  const std::uint64_t first = 1 + pick(3);
  const std::uint64_t end = first + 1 + pick(8);
  WallTime at = midnight - 4h;
  for (std::uint64_t seq = first; seq < end; ++seq) {
    at += std::chrono::hours(static_cast<int>(pick(3)));
    if (pick(4) != 0) stream.kept.emplace_back(seq, at);
  }
  if (stream.kept.empty()) return stream;
  CutEvidence& evidence = stream.evidence;
  const auto& oldest = stream.kept.front();
  evidence.stored = {stream.kept.size(), oldest.first, end - 1, oldest.second, at, {}};
  stream.honest = pick(2) == 0;
  evidence.cut = stream.honest ? end : pick(end + 2);
  for (const auto& [seq, ts] : stream.kept) {
    if (stream.honest && ts >= midnight) evidence.cut = std::min(evidence.cut, seq);
  }
  for (const auto& [seq, ts] : stream.kept) {
    if (seq >= evidence.cut && !evidence.cut_ts) evidence.cut_ts = ts;
  }
  if (pick(2) == 0) evidence.last_stored_ts = stream.kept.back().second;
  return stream;
}

TEST(CheckCut, AllowsOnlyWhatAgreesWithTheMessagesOfTheStream) {
  std::mt19937_64 random(7);
  int allowed = 0;
  for (int round = 0; round < 50'000; ++round) {
    const RandomStream stream = random_stream(random);
    if (stream.kept.empty()) continue;
    const CutEvidence& evidence = stream.evidence;
    const bool something_to_do = stream.kept.front().second < midnight;
    const bool ok = check_cut(evidence, midnight) == Reason::ok;
    if (stream.honest && evidence.last_stored_ts) {
      EXPECT_EQ(ok, something_to_do) << round;
    }
    if (!ok) continue;
    ++allowed;
    EXPECT_TRUE(something_to_do) << round;
    for (const auto& [seq, ts] : stream.kept) {
      const bool goes = seq < evidence.cut;
      if (ts < midnight) {
        EXPECT_TRUE(goes) << round << ", sequence " << seq;
      } else if (stream.honest || evidence.cut == evidence.stored.last_seq + 1) {
        EXPECT_FALSE(goes) << round << ", sequence " << seq;
      }
    }
  }
  EXPECT_GT(allowed, 5'000);
}

TEST(JudgeSkew, FiveSecondsAreNoticedAndSixtyAreTooFar) {
  for (const int sign : {-1, 1}) {
    EXPECT_EQ(judge_skew(midnight, midnight + sign * 5s), Skew::none);
    EXPECT_EQ(judge_skew(midnight, midnight + sign * (5s + 1ns)), Skew::noticed);
    EXPECT_EQ(judge_skew(midnight, midnight + sign * 60s), Skew::noticed);
    EXPECT_EQ(judge_skew(midnight, midnight + sign * (60s + 1ns)), Skew::too_far);
  }
  EXPECT_EQ(judge_skew(midnight, midnight), Skew::none);
}

TEST(JudgeSkew, HoldsAtTheEdgesOfTime) {
  EXPECT_EQ(judge_skew(WallTime::min(), WallTime::max()), Skew::too_far);
  EXPECT_EQ(judge_skew(WallTime::max(), WallTime::min()), Skew::too_far);
  EXPECT_EQ(judge_skew(midnight, WallTime::min()), Skew::too_far);
}

}  // namespace
}  // namespace roomkeeper::testing
