#include "policies/calendar.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/instants.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::day_spans;
using policies::first_instant;
using policies::last_deadline;
using policies::local_today;
using policies::next_deadline;
using policies::WallTime;

struct Midnight {
  const char* zone;
  const char* day;
  const char* instant;
};

void expect_midnights(const std::vector<Midnight>& midnights) {
  for (const Midnight& midnight : midnights) {
    EXPECT_EQ(shown(first_instant(zone_named(midnight.zone), local_date(midnight.day))),
              shown(utc(midnight.instant)))
        << midnight.zone << " " << midnight.day;
  }
}

// Each instant was worked out by hand from the zone's published transitions, of years that are
// over: governments still change those to come.
TEST(FirstInstant, OfAnOrdinaryDayIsItsMidnight) {
  expect_midnights({{"UTC", "2026-08-01", "2026-08-01T00:00:00Z"},
                    {"Asia/Seoul", "2026-08-01", "2026-07-31T15:00:00Z"},
                    {"Asia/Kolkata", "2026-08-01", "2026-07-31T18:30:00Z"},
                    {"Asia/Kathmandu", "2026-08-01", "2026-07-31T18:15:00Z"},
                    {"Pacific/Kiritimati", "2026-08-01", "2026-07-31T10:00:00Z"},
                    {"Pacific/Pago_Pago", "2026-08-01", "2026-08-01T11:00:00Z"},
                    {"America/New_York", "2024-01-15", "2024-01-15T05:00:00Z"},
                    {"America/New_York", "2024-07-15", "2024-07-15T04:00:00Z"}});
}

TEST(FirstInstant, OfADayWhoseMidnightDoesNotExistIsTheEndOfTheGap) {
  expect_midnights({{"Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z"},
                    {"America/Havana", "2024-03-10", "2024-03-10T05:00:00Z"},
                    {"Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z"},
                    {"America/Santiago", "2024-09-08", "2024-09-08T04:00:00Z"},
                    {"America/Asuncion", "2023-10-01", "2023-10-01T04:00:00Z"},
                    {"Atlantic/Azores", "2024-03-31", "2024-03-31T01:00:00Z"},
                    {"Asia/Tehran", "2022-03-22", "2022-03-21T20:30:00Z"},
                    {"Africa/Casablanca", "2008-06-01", "2008-06-01T00:00:00Z"},
                    {"Asia/Gaza", "2012-03-30", "2012-03-29T22:00:00Z"}});
}

TEST(FirstInstant, OfADayWithTwoMidnightsIsTheEarlier) {
  expect_midnights({{"America/Havana", "2024-11-03", "2024-11-03T04:00:00Z"},
                    {"Atlantic/Azores", "2024-10-27", "2024-10-27T00:00:00Z"},
                    {"Asia/Gaza", "2012-09-21", "2012-09-20T21:00:00Z"},
                    {"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"}});
}

// Clocks that reach 24:00 and are set back to 23:00: the date begins an hour later, once.
TEST(FirstInstant, IsAfterTheHourThatMidnightRepeats) {
  expect_midnights({{"America/Santiago", "2024-04-07", "2024-04-07T04:00:00Z"},
                    {"Africa/Cairo", "2024-11-01", "2024-10-31T22:00:00Z"},
                    {"Asia/Tehran", "2022-09-22", "2022-09-21T20:30:00Z"},
                    {"America/Scoresbysund", "2024-10-27", "2024-10-27T02:00:00Z"},
                    {"Africa/Casablanca", "2008-09-01", "2008-09-01T00:00:00Z"}});
}

TEST(FirstInstant, IsTheTransitionWhereTheGapEndsAtMidnight) {
  expect_midnights({{"America/Scoresbysund", "2025-03-30", "2025-03-30T01:00:00Z"}});
}

TEST(FirstInstant, OfASkippedDateIsThatOfTheNext) {
  expect_midnights({{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"},
                    {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
                    {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
                    {"Pacific/Apia", "2012-01-01", "2011-12-31T10:00:00Z"},
                    {"Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00:00Z"},
                    {"Pacific/Kwajalein", "1993-08-22", "1993-08-21T12:00:00Z"},
                    {"Pacific/Enderbury", "1994-12-31", "1994-12-31T11:00:00Z"},
                    {"Pacific/Enderbury", "1995-01-01", "1994-12-31T11:00:00Z"},
                    {"Pacific/Kiritimati", "1994-12-31", "1994-12-31T10:00:00Z"},
                    {"Pacific/Kiritimati", "1995-01-01", "1994-12-31T10:00:00Z"}});
}

struct Day {
  const char* zone;
  const char* day;
  std::chrono::minutes length;
};

TEST(FirstInstant, DaysOf22To26HoursHaveTheirLength) {
  const std::vector<Day> days = {{"Antarctica/Troll", "2024-03-31", 22h},
                                 {"Antarctica/Troll", "2024-10-27", 26h},
                                 {"Australia/Lord_Howe", "2024-04-07", 24h + 30min},
                                 {"Australia/Lord_Howe", "2024-10-06", 23h + 30min},
                                 {"America/New_York", "2024-03-10", 23h},
                                 {"America/New_York", "2024-11-03", 25h},
                                 {"Atlantic/Azores", "2024-03-30", 24h},
                                 {"Atlantic/Azores", "2024-03-31", 23h},
                                 {"Atlantic/Azores", "2024-10-27", 25h},
                                 {"America/Havana", "2024-11-03", 25h},
                                 {"America/Santiago", "2024-04-06", 25h},
                                 {"America/Scoresbysund", "2025-03-29", 23h},
                                 {"Africa/Casablanca", "2024-03-10", 25h},
                                 {"Asia/Seoul", "2024-03-10", 24h}};
  for (const Day& day : days) {
    const auto& zone = zone_named(day.zone);
    const auto date = local_date(day.day);
    EXPECT_EQ(first_instant(zone, date + date::days{1}) - first_instant(zone, date), day.length)
        << day.zone << " " << day.day;
  }
}

struct Moment {
  const char* zone;
  const char* now;
  const char* today;
};

TEST(LocalToday, IsTheDateOnTheWall) {
  const std::vector<Moment> moments = {
      {"Asia/Seoul", "2026-07-31T14:59:59.999999999Z", "2026-07-31"},
      {"Asia/Seoul", "2026-07-31T15:00:00Z", "2026-08-01"},
      {"America/Havana", "2024-03-10T04:59:59.999999999Z", "2024-03-09"},
      {"America/Havana", "2024-03-10T05:00:00Z", "2024-03-10"},
      {"Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"},
      {"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"},
      {"Pacific/Kwajalein", "1993-08-21T11:59:59Z", "1993-08-20"},
      {"Pacific/Kwajalein", "1993-08-21T12:00:00Z", "1993-08-22"},
      {"UTC", "1969-12-31T23:59:59.5Z", "1969-12-31"}};
  for (const Moment& moment : moments) {
    EXPECT_EQ(shown(local_today(zone_named(moment.zone), utc(moment.now))), moment.today)
        << moment.zone << " " << moment.now;
  }
}

// St John's fell back at 00:01 to 23:01 of the day before; Havana and the Azores at 01:00 to 00:00.
TEST(LocalToday, DoesNotRunBackWhenClocksAreSetBackAcrossMidnight) {
  const auto& st_johns = zone_named("America/St_Johns");
  EXPECT_EQ(shown(local_today(st_johns, utc("2010-11-07T02:29:59Z"))), "2010-11-06");
  EXPECT_EQ(shown(local_today(st_johns, utc("2010-11-07T02:30:00Z"))), "2010-11-07");
  for (const char* now : {"2010-11-07T02:31:00Z", "2010-11-07T03:00:00Z", "2010-11-07T03:29:59Z",
                          "2010-11-07T03:30:00Z"}) {
    EXPECT_EQ(shown(local_today(st_johns, utc(now))), "2010-11-07") << now;
    EXPECT_EQ(shown(last_deadline(st_johns, utc(now))), shown(utc("2010-11-07T02:30:00Z"))) << now;
    EXPECT_EQ(shown(next_deadline(st_johns, utc(now))), shown(utc("2010-11-08T03:30:00Z"))) << now;
  }
  const auto& havana = zone_named("America/Havana");
  EXPECT_EQ(shown(local_today(havana, utc("2024-11-03T04:30:00Z"))), "2024-11-03");
  EXPECT_EQ(shown(local_today(havana, utc("2024-11-03T05:30:00Z"))), "2024-11-03");
}

TEST(Deadlines, LieOnBothSidesOfNow) {
  const auto& seoul = zone_named("Asia/Seoul");
  const WallTime midnight = utc("2026-07-31T15:00:00Z");
  EXPECT_EQ(last_deadline(seoul, midnight), midnight);
  EXPECT_EQ(next_deadline(seoul, midnight), midnight + 24h);
  EXPECT_EQ(last_deadline(seoul, midnight - 1ns), midnight - 24h);
  EXPECT_EQ(next_deadline(seoul, midnight - 1ns), midnight);
  // The deadline before Apia's skipped date is the one after it.
  const auto& apia = zone_named("Pacific/Apia");
  EXPECT_EQ(shown(next_deadline(apia, utc("2011-12-30T09:59:59Z"))),
            shown(utc("2011-12-30T10:00:00Z")));
  EXPECT_EQ(shown(next_deadline(apia, utc("2011-12-30T10:00:00Z"))),
            shown(utc("2011-12-31T10:00:00Z")));
}

TEST(Deadlines, AreClampedAtTheEdgesOfTime) {
  for (const char* name : {"Asia/Seoul", "America/New_York", "UTC", "Pacific/Apia"}) {
    const auto& zone = zone_named(name);
    EXPECT_EQ(next_deadline(zone, WallTime::max()), WallTime::max()) << name;
    EXPECT_LE(last_deadline(zone, WallTime::max()), WallTime::max()) << name;
    EXPECT_EQ(last_deadline(zone, WallTime::min()), WallTime::min()) << name;
    EXPECT_GT(next_deadline(zone, WallTime::min()), WallTime::min()) << name;
    EXPECT_EQ(first_instant(zone, date::local_days::max()), WallTime::max()) << name;
    EXPECT_EQ(first_instant(zone, date::local_days::min()), WallTime::min()) << name;
  }
}

TEST(DaySpans, KnowTheLongestAndTheShortestDay) {
  struct Case {
    const char* zone;
    int count;
    std::chrono::minutes shortest;
    std::chrono::minutes longest;
  };
  const std::vector<Case> cases = {{"UTC", 1, 24h, 24h},
                                   {"UTC", 7, 168h, 168h},
                                   {"Asia/Seoul", 0, 0h, 0h},
                                   {"Asia/Seoul", 1, 23h, 25h},
                                   {"Antarctica/Troll", 1, 22h, 26h},
                                   {"Antarctica/Troll", 7, 166h, 170h},
                                   {"America/New_York", 1, 23h, 25h},
                                   {"America/New_York", 3650, 87599h, 87601h},
                                   {"Pacific/Apia", 1, 0h, 25h},
                                   {"Pacific/Kwajalein", 2, 24h, 48h}};
  for (const Case& c : cases) {
    const auto spans = day_spans(zone_named(c.zone), c.count);
    EXPECT_EQ(spans.shortest, c.shortest) << c.zone << " " << c.count;
    EXPECT_EQ(spans.longest, c.longest) << c.zone << " " << c.count;
  }
}

// For long spans both ends meet transitions of their own: every first day is tried.
TEST(DaySpans, OfManyDaysAreThoseOfAllFirstDays) {
  const int known =
      static_cast<int>((local_date("2037-12-31") - local_date("1970-01-01")).count()) + 1;
  constexpr int most = 500;
  for (const char* name :
       {"Africa/Casablanca", "Asia/Manila", "Asia/Seoul", "Pacific/Apia", "Asia/Gaza"}) {
    std::vector<WallTime> midnights;
    for (int day = 0; day < known + most; ++day) {
      midnights.push_back(
          first_instant(zone_named(name), local_date("1970-01-01") + date::days{day}));
    }
    for (const int count : {30, 100, 200, 365, most}) {
      policies::DaySpans wanted{policies::Nanoseconds::max(), {}};
      for (std::size_t day = 0; day < static_cast<std::size_t>(known); ++day) {
        const auto span = midnights[day + static_cast<std::size_t>(count)] - midnights[day];
        wanted.shortest = std::min(wanted.shortest, span);
        wanted.longest = std::max(wanted.longest, span);
      }
      const auto spans = day_spans(zone_named(name), count);
      EXPECT_EQ(spans.shortest, wanted.shortest) << name << " " << count;
      EXPECT_EQ(spans.longest, wanted.longest) << name << " " << count;
    }
  }
}

}  // namespace
}  // namespace roomkeeper::testing
