#include "tests/simulation/local_days.h"

#include <chrono>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>

namespace roomkeeper::testing {
namespace {

using policies::WallTime;
using namespace std::chrono_literals;

constexpr std::chrono::hours known_before{24 * 14};
constexpr std::chrono::hours known_after{24 * 21};
/// Clocks jump and dates begin at whole minutes; nowhere does a date come and go within so long.
constexpr std::chrono::minutes stride{15};

date::local_days shown(const date::time_zone& zone, date::sys_seconds at) {
  return std::chrono::floor<date::days>(zone.to_local(at));
}

}  // namespace

LocalDays::LocalDays(const date::time_zone& zone, WallTime around) {
  const auto middle = std::chrono::floor<std::chrono::minutes>(around);
  date::sys_seconds at = middle - known_before;
  date::local_days latest = shown(zone, at);
  for (; at < middle + known_after; at += stride) {
    if (shown(zone, at + stride) <= latest) continue;
    for (date::sys_seconds minute = at + 1min; minute <= at + stride; minute += 1min) {
      const date::local_days day = shown(zone, minute);
      // More than one at once: dates that were skipped.
      while (latest < day) starts_[latest += date::days(1)] = WallTime(minute.time_since_epoch());
    }
  }
}

date::local_days LocalDays::today(WallTime now) const {
  date::local_days latest{};
  bool found = false;
  for (const auto& [day, start] : starts_) {
    if (start > now) return found ? latest : throw std::out_of_range("before the known dates");
    latest = day;
    found = true;
  }
  throw std::out_of_range("after the known dates");
}

WallTime LocalDays::boundary(int days, WallTime now) const {
  return starts_.at(today(now) - date::days(days));
}

WallTime LocalDays::next_midnight(WallTime now) const {
  return std::next(starts_.find(today(now)))->second;
}

const LocalDays& LocalDays::of(const std::string& zone, WallTime around) {
  static std::map<std::pair<std::string, WallTime>, std::unique_ptr<LocalDays>> made;
  std::unique_ptr<LocalDays>& entry = made[{zone, around}];
  if (!entry) entry = std::make_unique<LocalDays>(*date::locate_zone(zone), around);
  return *entry;
}

}  // namespace roomkeeper::testing
