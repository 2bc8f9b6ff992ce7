// The ledger of a move, against a model that remembers every copy.
#include "policies/move.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/instants.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::gone_at;
using policies::KeepFor;
using policies::KeepForever;
using policies::LedgerEntry;
using policies::MoveLedger;
using policies::MoveState;
using policies::Nanoseconds;
using policies::RetentionRule;
using policies::UntilMidnight;
using policies::WallTime;

RetentionRule midnights(std::string_view zone, int days) {
  return UntilMidnight{days, &zone_named(zone)};
}

TEST(MoveLedger, GroupsByTheInstantAtWhichTheyGo) {
  MoveLedger ledger;
  const RetentionRule rule = midnights("Asia/Seoul", 0);
  ledger.note(rule, 1, utc("2026-11-21T14:59:59Z"));
  ledger.note(rule, 2, utc("2026-11-21T15:00:00Z"));
  ledger.note(rule, 3, utc("2026-11-22T14:59:59Z"));
  ASSERT_EQ(ledger.entries().size(), 2U);
  EXPECT_EQ(ledger.next_due(rule), utc("2026-11-21T15:00:00Z"));
  EXPECT_EQ(ledger.due_up_to(rule, utc("2026-11-21T14:59:59.999Z")), 0U);
  EXPECT_EQ(ledger.due_up_to(rule, utc("2026-11-21T15:00:00Z")), 1U);
  EXPECT_EQ(ledger.due_up_to(rule, utc("2026-11-22T15:00:00Z")), 3U);
  ledger.drop_up_to(1);
  EXPECT_EQ(ledger.next_due(rule), utc("2026-11-22T15:00:00Z"));
  ledger.drop_up_to(3);
  EXPECT_TRUE(ledger.empty());
}

TEST(MoveLedger, NothingIsEverDueByARuleThatKeepsForever) {
  MoveLedger ledger;
  ledger.note(KeepForever{}, 1, utc("2026-11-21T00:00:00Z"));
  EXPECT_FALSE(ledger.next_due(KeepForever{}));
  EXPECT_EQ(ledger.due_up_to(KeepForever{}, WallTime::max()), 0U);
  EXPECT_EQ(ledger.due_up_to(KeepFor{1h}, utc("2026-11-21T01:00:00Z")), 1U);
}

TEST(MoveLedger, AnOlderOriginalBehindANewerOneGoesWithIt) {
  MoveLedger ledger;
  const RetentionRule rule = KeepFor{256h};
  ledger.note(rule, 1, utc("2026-11-21T10:00:00Z"));
  ledger.note(rule, 2, utc("2026-11-20T10:00:00Z"));
  ASSERT_EQ(ledger.entries().size(), 1U);
  EXPECT_EQ(ledger.entries().front(),
            (LedgerEntry{.up_to = 2, .newest = utc("2026-11-21T10:00:00Z")}));
}

TEST(MoveLedger, ASingleCopyIsOnlyNotedWhereItsOwnTimeWouldBeLate) {
  MoveLedger ledger;
  const RetentionRule rule = midnights("Asia/Seoul", 1);
  EXPECT_FALSE(
      ledger.note_single(rule, 1, utc("2026-11-22T14:59:00Z"), utc("2026-11-22T14:59:01Z")));
  EXPECT_TRUE(
      ledger.note_single(rule, 2, utc("2026-11-22T14:59:59Z"), utc("2026-11-22T15:00:01Z")));
  EXPECT_FALSE(ledger.due_single(rule, utc("2026-11-23T14:59:59Z")));
  EXPECT_EQ(ledger.due_single(rule, utc("2026-11-23T15:00:00Z")), 2U);
  EXPECT_EQ(ledger.next_due(rule), utc("2026-11-23T15:00:00Z"));
  ledger.drop_single(2);
  EXPECT_TRUE(ledger.empty());
}

TEST(MoveLedger, ARecordThatContradictsItselfIsTakenAsLate) {
  const MoveLedger ledger = MoveLedger::of({{.up_to = 9, .newest = utc("2026-11-20T00:00:00Z")},
                                            {.up_to = 4, .newest = utc("2026-11-21T00:00:00Z")}},
                                           {});
  EXPECT_EQ(ledger.entries().back(),
            (LedgerEntry{.up_to = 9, .newest = utc("2026-11-21T00:00:00Z")}));
}

struct Copy {
  std::uint64_t seq = 0;
  WallTime original{};
};

/// By random histories: a copy never goes before its original's instant, and never later than the
/// newest of its group does.
void hold_to_model(std::mt19937_64& random, const RetentionRule& noted,
                   const RetentionRule& now_rule, Nanoseconds span, std::size_t copies) {
  std::vector<WallTime> times;
  std::uniform_int_distribution<std::int64_t> when(0, span.count());
  const WallTime begin = utc("2024-01-01T00:00:00Z");
  for (std::size_t i = 0; i < copies; ++i) times.push_back(begin + Nanoseconds(when(random)));
  std::sort(times.begin(), times.end());
  MoveLedger ledger;
  std::vector<Copy> all;
  std::uint64_t seq = 0;
  for (const WallTime at : times) {
    seq += 1 + random() % 3;
    ledger.note(noted, seq, at);
    all.push_back({seq, at});
  }
  ASSERT_LE(ledger.entries().size(), policies::ledger_entries_max);
  ASSERT_EQ(ledger.entries().back().up_to, seq);
  while (const auto due = ledger.next_due(now_rule)) {
    ASSERT_EQ(ledger.due_up_to(now_rule, *due - 1ns), 0U);
    const std::uint64_t up_to = ledger.due_up_to(now_rule, *due);
    ASSERT_GT(up_to, 0U);
    std::optional<WallTime> latest;
    while (!all.empty() && all.front().seq <= up_to) {
      latest = gone_at(now_rule, all.front().original);
      ASSERT_TRUE(latest && *latest <= *due);  // never early
      all.erase(all.begin());
    }
    ASSERT_EQ(latest, due);  // the newest of the group goes at its own instant
    ledger.drop_up_to(up_to);
  }
  EXPECT_TRUE(all.empty() || !gone_at(now_rule, all.front().original));
}

TEST(MoveLedger, IsNeverEarlyAndKeepsDaysExactlyByTheModel) {
  std::mt19937_64 random(7);
  for (const char* zone : {"Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "UTC",
                           "America/Sao_Paulo", "Asia/Beirut"}) {
    for (int round = 0; round < 10; ++round) {
      const RetentionRule rule = midnights(zone, static_cast<int>(random() % 8));
      hold_to_model(random, rule, rule, 24h * 300, 500);
      hold_to_model(random, rule, midnights("Asia/Seoul", 3), 24h * 300, 500);
      hold_to_model(random, KeepFor{24h * 30}, rule, 24h * 30, 500);
      hold_to_model(random, KeepForever{}, rule, 24h * 3000, 2000);
      hold_to_model(random, rule, KeepFor{24h * 30}, 24h * 60, 500);
    }
  }
}

/// Every day of a zone has an entry of its own while there are not too many: no copy is late.
TEST(MoveLedger, NoDayIsLate) {
  std::mt19937_64 random(11);
  for (const char* zone : {"Asia/Seoul", "America/New_York", "Asia/Beirut"}) {
    const RetentionRule rule = midnights(zone, 2);
    MoveLedger ledger;
    std::vector<Copy> all;
    WallTime at = utc("2025-03-01T00:00:00Z");
    for (std::uint64_t seq = 1; seq < 3000; ++seq) {
      at += std::chrono::seconds(random() % 10'000);
      ledger.note(rule, seq, at);
      all.push_back({seq, at});
    }
    for (const Copy& copy : all) {
      const std::optional<WallTime> due = gone_at(rule, copy.original);
      ASSERT_TRUE(due);
      EXPECT_GE(ledger.due_up_to(rule, *due), copy.seq) << shown(copy.original);
      EXPECT_LT(ledger.due_up_to(rule, *due - 1ns), copy.seq) << shown(copy.original);
    }
  }
}

TEST(MoveStates, HaveStableNames) {
  for (std::size_t i = 0; i < policies::move_state_count; ++i) {
    const auto state = static_cast<MoveState>(i);
    EXPECT_EQ(policies::parse_move_state(to_string(state)), state);
  }
  EXPECT_FALSE(policies::parse_move_state("none"));
  EXPECT_TRUE(policies::is_before_switch(MoveState::copying));
  EXPECT_FALSE(policies::is_before_switch(MoveState::switching));
}

}  // namespace
}  // namespace roomkeeper::testing
