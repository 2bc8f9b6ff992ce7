// Repeats of the audit: the first at once, the rest of a minute as one, nothing lost.
#include "sidecar/audit_repeats.h"

#include <string>

#include <gtest/gtest.h>

#include "sidecar/json_changes.h"
#include "tests/support/manual_clock.h"

namespace roomkeeper::testing {
namespace {

using api::AuditKind;
using api::AuditRecord;
using policies::Reason;
using sidecar::AuditRepeats;
using sidecar::json_changes;
using namespace std::chrono_literals;

class AuditRepeatsTest : public ::testing::Test {
 protected:
  AuditRecord failure(const std::string& room, const std::string& text = "no space") const {
    AuditRecord entry;
    entry.at = clock.wall();
    entry.kind = AuditKind::change_failed;
    entry.reason = Reason::server_refused;
    entry.ok = false;
    entry.room = room;
    entry.text = text;
    return entry;
  }
  AuditRecord kick(const std::string& user, std::uint64_t connections = 1) const {
    AuditRecord entry;
    entry.at = clock.wall();
    entry.kind = AuditKind::kick;
    entry.reason = Reason::evict_oldest;
    entry.user = user;
    entry.connections = connections;
    return entry;
  }
  bool told(AuditRecord entry) { return repeats.take(std::move(entry), clock.mono()).has_value(); }

  ManualClock clock{policies::WallTime(1'795'348'800s)};
  AuditRepeats repeats;
};

TEST_F(AuditRepeatsTest, TheFirstAtOnceTheRestAfterAMinute) {
  EXPECT_TRUE(told(failure("a")));
  clock.advance(10s);
  const policies::WallTime second = clock.wall();
  EXPECT_FALSE(told(failure("a")));
  clock.advance(10s);
  EXPECT_FALSE(told(failure("a", "still no space")));
  EXPECT_EQ(repeats.next_due(), clock.mono() + 40s);
  EXPECT_TRUE(repeats.due(clock.mono()).empty());
  clock.advance(40s);
  const auto over = repeats.due(clock.mono());
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over[0].times, 2U);
  EXPECT_EQ(over[0].first, second);
  EXPECT_EQ(over[0].at, second + 10s);
  EXPECT_EQ(over[0].text, "still no space");
  EXPECT_FALSE(repeats.next_due());
}

TEST_F(AuditRepeatsTest, WhatGoesOnIsToldOnceAMinute) {
  std::uint64_t entries = 0;
  std::uint64_t times = 0;
  for (int second = 0; second < 600; ++second) {
    for (const AuditRecord& entry : repeats.due(clock.mono())) {
      ++entries;
      times += entry.times;
    }
    if (told(kick("APP/bob"))) {
      ++entries;
      ++times;
    }
    clock.advance(1s);
  }
  for (const AuditRecord& entry : repeats.drain()) times += entry.times;
  EXPECT_EQ(times, 600U);
  EXPECT_EQ(entries, 10U);
}

TEST_F(AuditRepeatsTest, AfterAQuietMinuteTheNextOneIsAFirstAgain) {
  EXPECT_TRUE(told(failure("a")));
  clock.advance(60s);
  EXPECT_TRUE(told(failure("a")));
  clock.advance(1s);
  EXPECT_FALSE(told(failure("a")));
}

TEST_F(AuditRepeatsTest, CountsAreAddedAndOneRepeatIsAPlainEntry) {
  EXPECT_TRUE(told(kick("APP/bob", 2)));
  EXPECT_FALSE(told(kick("APP/bob", 3)));
  EXPECT_FALSE(told(kick("APP/bob", 4)));
  EXPECT_TRUE(told(kick("APP/eve")));
  EXPECT_FALSE(told(kick("APP/eve", 5)));
  const auto rest = repeats.drain();
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].connections, 7U);
  EXPECT_EQ(rest[0].times, 2U);
  EXPECT_EQ(rest[1].connections, 5U);
  EXPECT_EQ(rest[1].times, 1U);
  EXPECT_FALSE(rest[1].first.has_value());
}

TEST_F(AuditRepeatsTest, OthersAreNotMixedUp) {
  EXPECT_TRUE(told(failure("a")));
  EXPECT_TRUE(told(failure("b")));
  AuditRecord other = failure("a");
  other.reason = Reason::server_timeout;
  EXPECT_TRUE(told(other));
  other = failure("a");
  other.actor.claimed = "kim";
  EXPECT_TRUE(told(other));
  other = failure("");
  other.user = "a";
  EXPECT_TRUE(told(other));
  AuditRecord done = kick("APP/bob");
  EXPECT_TRUE(told(done));
  done.ok = false;
  EXPECT_TRUE(told(done)) << "a kick that failed is no kick";
  // Two names that look like one when they are put together.
  AuditRecord tricky = kick("1:b");
  tricky.room = "a";
  EXPECT_TRUE(told(tricky));
  tricky.room = "a1:b";
  tricky.user = "";
  EXPECT_TRUE(told(tricky));
}

TEST_F(AuditRepeatsTest, KicksOfOneUserByTwoLimitsAreTwo) {
  AuditRecord by_user = kick("APP/bob");
  by_user.actor.origin = api::Origin::limit;
  by_user.text = "connections_per_user: 6 connections, 5 allowed";
  AuditRecord by_account = by_user;
  by_account.text = "account_connections: 501 connections, 500 allowed";
  EXPECT_TRUE(told(by_user));
  EXPECT_TRUE(told(by_account));
  by_account.text = "account_connections: 502 connections, 500 allowed";
  EXPECT_FALSE(told(by_account)) << "only the number differs";
}

TEST_F(AuditRepeatsTest, SumsOverManyUsersAreNotSummedAgain) {
  AuditRecord sum = kick("");
  sum.actor.origin = api::Origin::limit;
  sum.text = "account_connections: 400 connections of 400 users";
  EXPECT_TRUE(told(sum));
  EXPECT_TRUE(told(sum));
}

TEST_F(AuditRepeatsTest, WhatDiffersInAnythingIsToldInFull) {
  AuditRecord updated;
  updated.at = clock.wall();
  updated.kind = AuditKind::stream_updated;
  updated.reason = Reason::drift;
  updated.room = "a";
  updated.changes = {{.field = "max_messages", .from = "7", .to = "unlimited"}};
  EXPECT_TRUE(told(updated));
  EXPECT_FALSE(told(updated)) << "somebody fights with us";
  updated.changes[0].from = "8";
  EXPECT_TRUE(told(updated));
  AuditRecord job;
  job.kind = AuditKind::purge;
  job.job = "j1";
  EXPECT_TRUE(told(job));
  EXPECT_TRUE(told(job));
  AuditRecord purge;
  purge.kind = AuditKind::purge;
  purge.rooms = {{.room = "a", .messages = 1, .before = 1, .up_to = 2}};
  EXPECT_TRUE(told(purge));
  EXPECT_TRUE(told(purge));
}

TEST_F(AuditRepeatsTest, FailuresOfTheSameRoomsRepeatInAnyOrder) {
  AuditRecord failed = failure("");
  failed.rooms = {{.room = "a"}, {.room = "b"}};
  EXPECT_TRUE(told(failed));
  std::swap(failed.rooms[0], failed.rooms[1]);
  EXPECT_FALSE(told(failed));
  failed.rooms.pop_back();
  EXPECT_TRUE(told(failed));
}

TEST_F(AuditRepeatsTest, WhatFindsNoPlaceIsToldAtOnce) {
  for (std::size_t i = 0; i < AuditRepeats::keys_max; ++i)
    EXPECT_TRUE(told(failure("r" + std::to_string(i))));
  EXPECT_FALSE(told(failure("r5")));
  EXPECT_TRUE(told(failure("one too many")));
  EXPECT_TRUE(told(failure("one too many"))) << "not remembered";
  clock.advance(60s);
  repeats.due(clock.mono());
  EXPECT_TRUE(told(failure("one too many")));
  EXPECT_FALSE(told(failure("one too many"))) << "there is room again";
}

TEST(JsonChanges, ByKeyWithNestedOnes) {
  const auto changes = json_changes(
      R"({"id": "a", "title": "x", "tags": ["p"], "stream": {"max_bytes": 1, "storage": "file"}})",
      R"({"id": "b", "title": "y", "tags": ["p","q"], "stream": {"storage": "file"}, "n": {}})");
  std::string text;
  for (const api::AuditChange& change : changes)
    text += change.field + ": " + change.from + " -> " + change.to + "\n";
  EXPECT_EQ(text,
            "n:  -> {}\n"
            "stream.max_bytes: 1 -> \n"
            "tags: [\"p\"] -> [\"p\",\"q\"]\n"
            "title: x -> y\n");
}

TEST(JsonChanges, WhatIsNoObjectIsEmpty) {
  EXPECT_TRUE(json_changes("", "").empty());
  EXPECT_TRUE(json_changes("[1]", "nonsense").empty());
  EXPECT_EQ(json_changes("", R"({"title": "\u00ff"})").size(), 1U);
}

}  // namespace
}  // namespace roomkeeper::testing
