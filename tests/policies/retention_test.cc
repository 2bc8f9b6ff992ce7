#include "policies/retention.h"

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/instants.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::backstop_max_age;
using policies::boundary;
using policies::gone_at;
using policies::KeepFor;
using policies::KeepForever;
using policies::may_shorten;
using policies::Nanoseconds;
using policies::parse_retention;
using policies::RetentionRule;
using policies::UntilMidnight;
using policies::WallTime;

UntilMidnight until_midnight(std::string_view zone, int days) {
  return {days, &zone_named(zone)};
}

const date::time_zone* find_zone(std::string_view name) {
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    if (zone.name() == name) return &zone;
  }
  return nullptr;
}

std::vector<RetentionRule> all_kinds() {
  return {KeepForever{},
          KeepFor{1s},
          KeepFor{720h},
          KeepFor{Nanoseconds::max()},
          until_midnight("Asia/Seoul", 0),
          until_midnight("America/Argentina/ComodRivadavia", 7),
          until_midnight("UTC", policies::max_retention_days)};
}

TEST(RetentionText, IsStable) {
  EXPECT_EQ(to_text(KeepForever{}), "forever");
  EXPECT_EQ(to_text(KeepFor{30s}), "for:30000000000");
  EXPECT_EQ(to_text(until_midnight("Asia/Seoul", 0)), "midnight:0:Asia/Seoul");
}

TEST(RetentionText, ReadsBackWhatItWrote) {
  for (const RetentionRule& rule : all_kinds()) {
    const auto read = parse_retention(to_text(rule), find_zone);
    ASSERT_TRUE(read.has_value()) << to_text(rule) << ": " << read.error().text;
    EXPECT_EQ(*read, rule);
  }
}

TEST(RetentionText, RefusesWhatItNeverWrites) {
  const std::vector<std::string> texts = {"",
                                          "Forever",
                                          "forever ",
                                          "for:",
                                          "for:0",
                                          "for:999999999",
                                          "for:-1000000000",
                                          "for:+1000000000",
                                          "for:01000000000",
                                          "for:1000000000s",
                                          "for:9223372036854775808",
                                          "for:99999999999999999999999999",
                                          "midnight",
                                          "midnight:",
                                          "midnight:0",
                                          "midnight:0:",
                                          "midnight::Asia/Seoul",
                                          "midnight:-1:Asia/Seoul",
                                          "midnight:3651:Asia/Seoul",
                                          "midnight:1.5:Asia/Seoul",
                                          "midnight:00:Asia/Seoul",
                                          "midnight:0:Asia/Atlantis",
                                          "midnight:0:Asia/Seoul ",
                                          "midnight:0:asia/seoul",
                                          "midnight:0:" + std::string(200, 'x'),
                                          std::string(1 << 20, 'f'),
                                          std::string("forever\0", 8)};
  for (const std::string& text : texts) {
    const auto read = parse_retention(text, find_zone);
    ASSERT_FALSE(read.has_value()) << text.substr(0, 60);
    EXPECT_EQ(read.error().code, policies::ErrorCode::invalid);
    EXPECT_FALSE(read.error().text.empty());
  }
}

TEST(RetentionText, WithoutZonesNoMidnightIsKnown) {
  EXPECT_FALSE(parse_retention("midnight:0:UTC", nullptr).has_value());
  EXPECT_TRUE(parse_retention("forever", nullptr).has_value());
}

TEST(RetentionDescription, IsForPeople) {
  EXPECT_EQ(describe(KeepForever{}), "forever");
  EXPECT_EQ(describe(KeepFor{720h}), "for 30d");
  EXPECT_EQ(describe(KeepFor{36h + 30min}), "for 1d12h30m");
  EXPECT_EQ(describe(KeepFor{1s + 500ms}), "for 1s500ms");
  EXPECT_EQ(describe(until_midnight("Asia/Seoul", 0)), "until midnight, 0 days, Asia/Seoul");
  EXPECT_EQ(describe(until_midnight("Asia/Seoul", 1)), "until midnight, 1 day, Asia/Seoul");
}

TEST(Boundary, IsTheFirstInstantOfTodayMinusDays) {
  const WallTime noon = utc("2026-08-01T03:00:00Z");  // 12:00 in Seoul
  EXPECT_EQ(shown(boundary(until_midnight("Asia/Seoul", 0), noon)),
            shown(utc("2026-07-31T15:00:00Z")));
  EXPECT_EQ(shown(boundary(until_midnight("Asia/Seoul", 7), noon)),
            shown(utc("2026-07-24T15:00:00Z")));
  // Across the change to summer time: never "now minus 24 h".
  const WallTime monday = utc("2024-03-11T12:00:00Z");
  EXPECT_EQ(shown(boundary(until_midnight("America/New_York", 0), monday)),
            shown(utc("2024-03-11T04:00:00Z")));
  EXPECT_EQ(shown(boundary(until_midnight("America/New_York", 1), monday)),
            shown(utc("2024-03-10T05:00:00Z")));
  EXPECT_EQ(shown(boundary(until_midnight("America/New_York", 2), monday)),
            shown(utc("2024-03-09T05:00:00Z")));
}

TEST(Boundary, OnOddDaysIsTheirFirstInstant) {
  EXPECT_EQ(shown(boundary(until_midnight("Africa/Cairo", 0), utc("2024-04-26T10:00:00Z"))),
            shown(utc("2024-04-25T22:00:00Z")));
  EXPECT_EQ(shown(boundary(until_midnight("America/Havana", 0), utc("2024-11-03T05:30:00Z"))),
            shown(utc("2024-11-03T04:00:00Z")));
  // Apia on 1 January 2012: one day back is 31 December; two days back is a date that never was.
  const WallTime new_year = utc("2011-12-31T12:00:00Z");
  EXPECT_EQ(shown(boundary(until_midnight("Pacific/Apia", 1), new_year)),
            shown(utc("2011-12-30T10:00:00Z")));
  EXPECT_EQ(shown(boundary(until_midnight("Pacific/Apia", 2), new_year)),
            shown(utc("2011-12-30T10:00:00Z")));
  EXPECT_EQ(shown(boundary(until_midnight("Pacific/Apia", 3), new_year)),
            shown(utc("2011-12-29T10:00:00Z")));
}

struct Life {
  const char* zone;
  int days;
  const char* at;
  const char* gone;
};

TEST(GoneAt, IsTheMidnightAfterTheLastDay) {
  const std::vector<Life> lives = {
      {"Asia/Seoul", 0, "2026-08-01T03:00:00Z", "2026-08-01T15:00:00Z"},
      {"Asia/Seoul", 0, "2026-08-01T14:59:59.999999999Z", "2026-08-01T15:00:00Z"},
      {"Asia/Seoul", 0, "2026-08-01T15:00:00Z", "2026-08-02T15:00:00Z"},
      {"Asia/Seoul", 7, "2026-08-01T03:00:00Z", "2026-08-08T15:00:00Z"},
      {"Africa/Cairo", 0, "2024-04-25T12:00:00Z", "2024-04-25T22:00:00Z"},
      {"America/Havana", 0, "2024-11-02T12:00:00Z", "2024-11-03T04:00:00Z"},
      {"America/Havana", 0, "2024-11-03T04:30:00Z", "2024-11-04T05:00:00Z"},
      {"America/Havana", 0, "2024-11-03T05:30:00Z", "2024-11-04T05:00:00Z"},
      {"America/St_Johns", 0, "2010-11-07T02:29:59Z", "2010-11-07T02:30:00Z"},
      {"America/St_Johns", 0, "2010-11-07T03:00:00Z", "2010-11-08T03:30:00Z"},
      {"Antarctica/Troll", 0, "2024-10-27T00:00:00Z", "2024-10-28T00:00:00Z"},
      {"Pacific/Apia", 0, "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z"},
      {"Pacific/Apia", 1, "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z"},
      {"Pacific/Apia", 2, "2011-12-30T09:00:00Z", "2011-12-31T10:00:00Z"},
      {"Pacific/Kwajalein", 1, "1993-08-21T11:00:00Z", "1993-08-21T12:00:00Z"}};
  for (const Life& life : lives) {
    const auto gone = gone_at(until_midnight(life.zone, life.days), utc(life.at));
    ASSERT_TRUE(gone.has_value());
    EXPECT_EQ(shown(*gone), shown(utc(life.gone)))
        << life.zone << " " << life.days << " " << life.at;
  }
}

TEST(GoneAt, OfAnAgeIsThatMuchLater) {
  const WallTime at = utc("2026-08-01T00:00:00Z");
  EXPECT_EQ(gone_at(KeepFor{30s}, at), at + 30s);
  EXPECT_EQ(gone_at(KeepFor{Nanoseconds::max()}, at), WallTime::max());
  EXPECT_EQ(gone_at(KeepForever{}, at), std::nullopt);
}

TEST(GoneAt, IsTheFirstInstantAtWhichTheBoundaryIsLater) {
  std::mt19937_64 random(2026);
  const auto& zones = date::get_tzdb().zones;
  const auto start = utc("1970-01-01T00:00:00Z");
  for (int round = 0; round < 20'000; ++round) {
    const UntilMidnight rule{static_cast<int>(random() % 40), &zones[random() % zones.size()]};
    const auto pick = [&] {
      return start + std::chrono::seconds(static_cast<std::int64_t>(random() % 2'145'916'800U));
    };
    const WallTime at = pick();
    const WallTime gone = *gone_at(rule, at);
    EXPECT_GT(gone, at);
    const WallTime near =
        gone + std::chrono::seconds(static_cast<std::int64_t>(random() % 360'000U)) - 50h;
    for (const WallTime now : {pick(), near, gone, gone - 1ns}) {
      EXPECT_EQ(at < boundary(rule, now), now >= gone)
          << to_text(rule) << " message " << shown(at) << " at " << shown(now);
    }
  }
}

TEST(Backstop, OfAnAgeIsTheAgeAndForeverIsUnlimited) {
  EXPECT_EQ(backstop_max_age(KeepForever{}), 0ns);
  EXPECT_EQ(backstop_max_age(KeepFor{720h}), 720h);
}

TEST(Backstop, OfAMidnightIsTheLongestSpanAndAnHour) {
  EXPECT_EQ(backstop_max_age(until_midnight("UTC", 0)), 25h);
  EXPECT_EQ(backstop_max_age(until_midnight("Asia/Seoul", 0)), 26h);
  EXPECT_EQ(backstop_max_age(until_midnight("America/New_York", 6)), 168h + 2h);
  EXPECT_EQ(backstop_max_age(until_midnight("Antarctica/Troll", 0)), 27h);
  EXPECT_EQ(backstop_max_age(until_midnight("UTC", policies::max_retention_days)), 3651 * 24h + 1h);
  EXPECT_EQ(backstop_max_age(until_midnight("America/New_York", policies::max_retention_days)),
            3651 * 24h + 2h);
}

struct Change {
  RetentionRule from;
  RetentionRule to;
  bool shortens;
};

TEST(MayShorten, JudgesEveryPairOfKinds) {
  const std::vector<Change> changes = {
      {KeepForever{}, KeepForever{}, false},
      {KeepForever{}, KeepFor{87600h}, true},
      {KeepForever{}, until_midnight("UTC", 3650), true},
      {KeepFor{1s}, KeepForever{}, false},
      {until_midnight("UTC", 0), KeepForever{}, false},
      {KeepFor{720h}, KeepFor{720h}, false},
      {KeepFor{720h}, KeepFor{720h + 1ns}, false},
      {KeepFor{720h}, KeepFor{720h - 1ns}, true},
      {until_midnight("Asia/Seoul", 1), until_midnight("Asia/Seoul", 1), false},
      {until_midnight("Asia/Seoul", 1), until_midnight("Asia/Seoul", 2), false},
      {until_midnight("Asia/Seoul", 1), until_midnight("Asia/Seoul", 0), true},
      {until_midnight("Asia/Seoul", 1), until_midnight("Asia/Tokyo", 1), true},
      {until_midnight("Asia/Seoul", 1), until_midnight("Asia/Tokyo", 30), true},
      // One day after the day of writing lasts 23 h at least.
      {KeepFor{23h}, until_midnight("Asia/Seoul", 1), false},
      {KeepFor{23h + 1ns}, until_midnight("Asia/Seoul", 1), true},
      {KeepFor{24h}, until_midnight("UTC", 1), false},
      {KeepFor{24h + 1ns}, until_midnight("UTC", 1), true},
      {KeepFor{1s}, until_midnight("UTC", 0), true},
      // In Apia the day after 29 December 2011 never was.
      {KeepFor{1s}, until_midnight("Pacific/Apia", 1), true},
      // The day of writing can last 25 h.
      {until_midnight("Asia/Seoul", 0), KeepFor{25h}, false},
      {until_midnight("Asia/Seoul", 0), KeepFor{25h - 1ns}, true},
      {until_midnight("UTC", 1), KeepFor{48h}, false},
      {until_midnight("UTC", 1), KeepFor{48h - 1ns}, true}};
  for (const Change& change : changes) {
    EXPECT_EQ(may_shorten(change.from, change.to), change.shortens)
        << to_text(change.from) << " -> " << to_text(change.to);
  }
}

// What may_shorten calls harmless takes no message of any time away earlier.
TEST(MayShorten, IsFalseOnlyWhereNoMessageGoesEarlier) {
  std::mt19937_64 random(11);
  const std::vector<const char*> zones = {"Asia/Seoul", "Africa/Cairo", "Pacific/Apia",
                                          "Antarctica/Troll", "America/Havana"};
  const auto rule = [&]() -> RetentionRule {
    const int days = static_cast<int>(random() % 4);
    if (random() % 2 == 0) return KeepFor{days * 24h + std::chrono::hours(random() % 30 + 1)};
    return until_midnight(zones[random() % zones.size()], days);
  };
  int harmless = 0;
  for (int round = 0; round < 1'000; ++round) {
    const RetentionRule from = rule();
    const RetentionRule to = rule();
    if (may_shorten(from, to)) continue;
    ++harmless;
    for (int i = 0; i < 50; ++i) {
      const WallTime at = utc("2010-01-01T00:00:00Z") + std::chrono::minutes(random() % 10'000'000);
      EXPECT_GE(*gone_at(to, at), *gone_at(from, at))
          << to_text(from) << " -> " << to_text(to) << " " << shown(at);
    }
  }
  EXPECT_GT(harmless, 50);
}

}  // namespace
}  // namespace roomkeeper::testing
