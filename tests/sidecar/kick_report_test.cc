// Kicks in the log and the audit: one by one while they are few, in sums while they are many, none
// lost.
#include "sidecar/kick_report.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "sidecar/audit_repeats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::sidecar {
namespace {

using api::AuditRecord;
using policies::ErrorCode;
using policies::Kick;
using policies::LimitKind;
using policies::Reason;
using policies::Result;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class RecordingAudit final : public AuditLog {
 public:
  void record(AuditRecord entry) override { entries.push_back(std::move(entry)); }
  std::vector<AuditRecord> entries;
};

Kick kick(const std::string& user, LimitKind limit = LimitKind::account_connections) {
  return {.key = {"NSERVER", 41},
          .identity = {"APP", user},
          .limit = limit,
          .of = {},
          .reason = limit == LimitKind::ban ? Reason::banned : Reason::reject_new,
          .used = 501,
          .max = 500};
}

Result<> refused() {
  return policies::fail(ErrorCode::timeout, "no answer");
}

class KickReportTest : public ::testing::Test {
 protected:
  std::size_t logged(std::string_view text) const {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(),
        [text](const std::string& line) { return line.find(text) != std::string::npos; }));
  }
  std::uint64_t connections() const {
    std::uint64_t sum = 0;
    for (const AuditRecord& entry : audit.entries) sum += entry.connections.value_or(0);
    return sum;
  }

  testing::ManualClock clock;
  testing::ManualLoop loop{clock};
  std::vector<std::string> lines;
  Log log{clock, {}, [this](config::LogLevel, const std::string& line) { lines.push_back(line); }};
  metrics::Metrics metrics;
  Runtime runtime{.loop = loop,
                  .clock = clock,
                  .log = log,
                  .metrics = metrics,
                  .config = std::make_shared<config::Config>(),
                  .zones = config::find_zone};
  RecordingAudit audit;
  KickReport report{runtime, audit};
};

TEST_F(KickReportTest, AFewAreToldAtOnceAndByName) {
  report.told(kick("bob"), {});
  ASSERT_EQ(audit.entries.size(), 1U);
  const AuditRecord& entry = audit.entries[0];
  EXPECT_EQ(entry.kind, api::AuditKind::kick);
  EXPECT_EQ(entry.reason, Reason::reject_new);
  EXPECT_EQ(entry.actor.origin, api::Origin::limit);
  EXPECT_EQ(entry.user, "APP/bob");
  EXPECT_EQ(entry.connections, 1U);
  EXPECT_TRUE(entry.ok);
  EXPECT_EQ(entry.text, "account_connections: 501 connections, 500 allowed");
  EXPECT_EQ(logged("connections.kicked user=APP/bob limit=account_connections reason=reject_new"),
            1U);
  loop.advance(1min);
  EXPECT_EQ(audit.entries.size(), 1U) << "no sum of nothing";
}

TEST_F(KickReportTest, NamesTheRoomAndTheBan) {
  Kick in_room = kick("bob", LimitKind::room_connections);
  in_room.of = "general";
  report.told(in_room, {});
  report.told(kick("eve", LimitKind::ban), {});
  ASSERT_EQ(audit.entries.size(), 2U);
  EXPECT_EQ(audit.entries[0].room, "general");
  EXPECT_EQ(audit.entries[0].text, "room_connections of general: 501 connections, 500 allowed");
  EXPECT_EQ(audit.entries[1].text, "ban: the user is banned");
  EXPECT_EQ(audit.entries[1].reason, Reason::banned);
}

TEST_F(KickReportTest, WhatFailedIsToldAndWhatWasGoneIsNot) {
  report.told(kick("bob"), refused());
  report.told(kick("eve"), policies::fail(ErrorCode::not_found, "no such connection"));
  Kick asked = kick("kim");
  asked.reason = Reason::kicked_by_admin;
  report.told(asked, {});
  ASSERT_EQ(audit.entries.size(), 1U) << "an administrator's is told by who was asked";
  EXPECT_FALSE(audit.entries[0].ok);
  EXPECT_EQ(audit.entries[0].connections, 0U);
  EXPECT_THAT(audit.entries[0].text, HasSubstr("no answer"));
  EXPECT_EQ(logged("connections.not_kicked"), 1U);
}

TEST_F(KickReportTest, ManyAreOneSumWhenTheWindowIsOver) {
  for (int i = 0; i < 100; ++i) report.told(kick("user-" + std::to_string(i % 50)), {});
  report.told(kick("bob"), refused());
  EXPECT_EQ(audit.entries.size(), static_cast<std::size_t>(KickReport::each_max));
  loop.advance(KickReport::window);
  ASSERT_EQ(audit.entries.size(), static_cast<std::size_t>(KickReport::each_max) + 1);
  const AuditRecord& sum = audit.entries.back();
  EXPECT_EQ(sum.user, "");
  EXPECT_EQ(sum.connections, 80U);
  EXPECT_FALSE(sum.ok) << "one could not be ended";
  EXPECT_THAT(sum.text, HasSubstr("account_connections: 81 connections of 51 users"));
  EXPECT_THAT(sum.text, HasSubstr("501 connections, 500 allowed"));
  EXPECT_THAT(sum.text, HasSubstr("1 could not be ended: no answer"));
  EXPECT_EQ(connections(), 100U) << "nothing lost, nothing twice";
  EXPECT_EQ(logged("connections.kicked limit=account_connections count=80 users=51"), 1U);
  report.told(kick("bob"), {});
  EXPECT_EQ(audit.entries.back().user, "APP/bob") << "a new window";
}

TEST_F(KickReportTest, AStormOfOneLimitHidesNoKickOfAnother) {
  for (int i = 0; i < 1000; ++i) report.told(kick("user-" + std::to_string(i)), {});
  report.told(kick("bob", LimitKind::connections_per_user), {});
  EXPECT_EQ(audit.entries.back().user, "APP/bob");
}

TEST_F(KickReportTest, AtTheEndTheSumsAreTold) {
  for (int i = 0; i < 30; ++i) report.told(kick("user-" + std::to_string(i)), {});
  report.flush();
  EXPECT_EQ(connections(), 30U);
  EXPECT_EQ(loop.pending_timers(), 0U);
  report.flush();
  EXPECT_EQ(connections(), 30U);
}

TEST_F(KickReportTest, AsManyUsersAsComeAreCountedUpToABound) {
  const std::size_t users = KickReport::users_max + 500;
  for (std::size_t i = 0; i < users; ++i) report.told(kick("user-" + std::to_string(i)), {});
  report.flush();
  EXPECT_THAT(audit.entries.back().text, HasSubstr("of at least 10000 users"));
  EXPECT_EQ(connections(), users);
}

/// 1,000 users who are kicked 20 times a minute each: each window has 20 entries and one sum, and
/// what is stored of these is no more.
TEST_F(KickReportTest, AMinuteOfAStormIsABoundedNumberOfEntriesAndLines) {
  constexpr int users = 1000;
  constexpr int times = 20;
  for (int round = 0; round < times; ++round) {
    for (int user = 0; user < users; ++user) report.told(kick("user-" + std::to_string(user)), {});
    loop.advance(3s);
  }
  constexpr std::size_t windows = 7;  // a minute touches that many of 10 s
  constexpr std::size_t bound = windows * (KickReport::each_max + 1);
  EXPECT_LE(audit.entries.size(), bound);
  EXPECT_LE(lines.size(), bound);
  EXPECT_GT(audit.entries.size(), 100U) << "and it is told";
  report.flush();
  EXPECT_EQ(connections(), static_cast<std::uint64_t>(users) * times);
  // Behind it the audit's own sum of repeats makes it fewer still: the same few users come first.
  AuditRepeats repeats;
  std::size_t stored = 0;
  for (const AuditRecord& entry : audit.entries)
    stored += repeats.take(entry, clock.mono()) ? 1U : 0U;
  EXPECT_LE(stored + repeats.drain().size(), audit.entries.size());
}

}  // namespace
}  // namespace roomkeeper::sidecar
