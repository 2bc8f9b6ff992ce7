// What must hold in every zone of the database, for every day from 1970 to 2037.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/retention.h"
#include "tests/policies/instants.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::Nanoseconds;
using policies::UntilMidnight;
using policies::WallTime;

// Plain seconds and days since 1970: millions of them are compared, in unoptimised builds too.
using Seconds = std::int64_t;
constexpr Seconds day_length = 86'400;
constexpr int days_known = 24'837;  // 1970-01-01 to 2037-12-31
constexpr int days_more = 9;

date::local_days day_number(int day) {
  return date::local_days{date::days{day}};
}
WallTime wall(Seconds at) {
  return WallTime{std::chrono::seconds{at}};
}

// A change of offset.
struct Jump {
  Seconds at = 0;
  Seconds before = 0;
  Seconds after = 0;
  auto operator<=>(const Jump&) const = default;
};

struct ZoneTable {
  const date::time_zone* zone = nullptr;
  std::vector<Jump> jumps;
  std::vector<Seconds> midnights;  // by day number
};

std::vector<Jump> jumps_of(const date::time_zone& zone) {
  auto stretch = zone.get_info(date::sys_days{date::year{1969} / 12 / 1});
  std::vector<Jump> jumps = {{0, stretch.offset.count(), stretch.offset.count()}};
  const date::sys_seconds until = date::sys_days{date::year{2039} / 1 / 1};
  while (stretch.end < until) {
    const auto next = zone.get_info(stretch.end);
    jumps.push_back(
        {stretch.end.time_since_epoch().count(), stretch.offset.count(), next.offset.count()});
    stretch = next;
  }
  jumps.erase(std::unique(jumps.begin(), jumps.end()), jumps.end());
  return jumps;
}

// The first instant of each day by another way than the program's: one walk over days and jumps
// together.
std::vector<Seconds> midnights_of(const std::vector<Jump>& jumps) {
  std::vector<Seconds> midnights;
  midnights.reserve(days_known + days_more);
  auto jump = jumps.begin() + 1;  // the first only says the offset to begin with
  Seconds offset = jumps.front().after;
  for (Seconds shown = 0; shown < day_length * (days_known + days_more); shown += day_length) {
    while (jump != jumps.end() && jump->at + std::max(jump->before, jump->after) < shown) {
      offset = jump->after;
      ++jump;
    }
    Seconds at = shown - offset;
    if (jump != jumps.end() && at >= jump->at) at = std::max(jump->at, shown - jump->after);
    midnights.push_back(at);
  }
  return midnights;
}

// Every zone of the database; names that share all their transitions (links) stand here once.
const std::vector<ZoneTable>& tables() {
  static const std::vector<ZoneTable> made = [] {
    std::map<std::vector<Jump>, const date::time_zone*> distinct;
    for (const date::time_zone& zone : date::get_tzdb().zones)
      distinct.emplace(jumps_of(zone), &zone);
    std::vector<ZoneTable> all;
    for (const auto& [jumps, zone] : distinct) all.push_back({zone, jumps, midnights_of(jumps)});
    return all;
  }();
  return made;
}

// The days around each jump, and one in 367 of the others.
std::vector<int> delicate_days(const ZoneTable& table) {
  std::vector<int> days;
  for (int day = 0; day < days_known; day += 367) days.push_back(day);
  for (const Jump& jump : table.jumps) {
    const int near = static_cast<int>(jump.at / day_length);
    for (int day = near - 1; day <= near + 2; ++day) {
      if (day >= 0 && day < days_known) days.push_back(day);
    }
  }
  return days;
}

// Around each jump and around each midnight near one.
std::vector<WallTime> delicate_instants(const ZoneTable& table) {
  std::vector<Seconds> edges;
  for (const Jump& jump : table.jumps) edges.push_back(jump.at);
  for (const int day : delicate_days(table))
    edges.push_back(table.midnights[static_cast<std::size_t>(day)]);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  std::vector<WallTime> instants;
  for (const Seconds edge : edges) {
    if (edge <= table.midnights.front() + 3'600 || edge >= table.midnights[days_known - 1])
      continue;
    for (const Nanoseconds off :
         {Nanoseconds(-1h), Nanoseconds(-1ns), Nanoseconds(0), Nanoseconds(59min)}) {
      instants.push_back(wall(edge) + off);
    }
  }
  return instants;
}

Seconds extreme_span(const ZoneTable& table, int days, bool longest) {
  const Seconds* const first = table.midnights.data();
  Seconds extreme = first[days] - first[0];
  for (int day = 1; day < days_known; ++day) {
    const Seconds span = first[day + days] - first[day];
    if (longest ? span > extreme : span < extreme) extreme = span;
  }
  return extreme;
}

// Compiled zone files without transitions up to 2037 would be silently wrong from their last one
// on.
TEST(EveryZone, DatabaseIsWholeAndReachesTo2037) {
  EXPECT_GE(date::get_tzdb().zones.size(), 400U);
  const Seconds year_2037 = utc("2037-01-01T00:00:00Z").time_since_epoch() / 1s;
  const auto reach = std::count_if(tables().begin(), tables().end(), [&](const ZoneTable& table) {
    return table.jumps.back().at > year_2037;
  });
  EXPECT_GE(reach, 20);
}

TEST(EveryZone, FirstInstantsAreThoseOfTheTransitionTable) {
  for (const ZoneTable& table : tables()) {
    EXPECT_TRUE(std::is_sorted(table.midnights.begin(), table.midnights.end()))
        << table.zone->name();
    for (const int day : delicate_days(table)) {
      const WallTime wanted = wall(table.midnights[static_cast<std::size_t>(day)]);
      EXPECT_EQ(policies::first_instant(*table.zone, day_number(day)), wanted)
          << table.zone->name() << " " << shown(day_number(day)) << " wanted " << shown(wanted);
    }
  }
}

// For every day as the first, by brute force: never earlier than the deadline, and not later than
// an hour after.
TEST(EveryZone, BackstopIsTheLongestSpanOfAllDaysAndAnHour) {
  for (const ZoneTable& table : tables()) {
    for (int days = 0; days <= 7; ++days) {
      EXPECT_EQ(policies::backstop_max_age(UntilMidnight{days, table.zone}),
                std::chrono::seconds{extreme_span(table, days + 1, true)} + 1h)
          << table.zone->name() << " " << days;
    }
  }
}

TEST(EveryZone, ShortestSpanIsThatOfAllDays) {
  for (const ZoneTable& table : tables()) {
    for (const int days : {1, 2, 7}) {
      EXPECT_EQ(policies::day_spans(*table.zone, days).shortest,
                std::chrono::seconds{extreme_span(table, days, false)})
          << table.zone->name() << " " << days;
    }
  }
}

TEST(EveryZone, TodayAndDeadlinesAgreeWithTheMidnights) {
  for (const ZoneTable& table : tables()) {
    const auto& midnights = table.midnights;
    for (const WallTime now : delicate_instants(table)) {
      const Seconds at = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
      const auto after = std::upper_bound(midnights.begin(), midnights.end(), at);
      const auto today = day_number(static_cast<int>(after - midnights.begin()) - 1);
      EXPECT_EQ(policies::local_today(*table.zone, now), today)
          << table.zone->name() << " " << shown(now);
      EXPECT_EQ(policies::next_deadline(*table.zone, now), wall(*after))
          << table.zone->name() << " " << shown(now);
      EXPECT_EQ(policies::last_deadline(*table.zone, now), wall(*(after - 1)))
          << table.zone->name() << " " << shown(now);
    }
  }
}

// A message is older than the boundary exactly from gone_at on, and the backstop keeps it until
// then.
TEST(EveryZone, AMessageIsOverdueExactlyFromGoneAtOn) {
  for (const ZoneTable& table : tables()) {
    const std::vector<WallTime> instants = delicate_instants(table);
    for (std::size_t days = 0; days <= 7; ++days) {
      const UntilMidnight rule{static_cast<int>(days), table.zone};
      const Nanoseconds backstop = policies::backstop_max_age(rule);
      // Seven and four have no common divisor: each number of days meets each kind of instant.
      for (std::size_t i = days; i < instants.size(); i += 7) {
        const WallTime at = instants[i];
        const WallTime gone = *policies::gone_at(rule, at);
        EXPECT_LT(at, policies::boundary(rule, gone)) << table.zone->name() << " " << shown(at);
        EXPECT_GE(at, policies::boundary(rule, gone - 1ns))
            << table.zone->name() << " " << shown(at);
        EXPECT_LE(gone - at, backstop) << table.zone->name() << " " << shown(at);
      }
    }
  }
}

}  // namespace
}  // namespace roomkeeper::testing
