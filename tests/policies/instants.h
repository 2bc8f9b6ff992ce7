// Instants and zones written as people read them, for tests of time.
#ifndef ROOMKEEPER_TESTS_POLICIES_INSTANTS_H_
#define ROOMKEEPER_TESTS_POLICIES_INSTANTS_H_

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <date/date.h>
#include <date/tz.h>

#include "policies/time.h"

namespace roomkeeper::testing {

/// `2026-03-08T05:00:00Z`, with or without a fraction of a second.
inline policies::WallTime utc(const std::string& text) {
  std::istringstream in(text);
  policies::WallTime at{};
  in >> date::parse("%FT%TZ", at);
  if (in.fail()) throw std::invalid_argument("not an instant: " + text);
  return at;
}

/// `2026-03-08`
inline date::local_days local_date(const std::string& text) {
  std::istringstream in(text);
  date::local_days day{};
  in >> date::parse("%F", day);
  if (in.fail()) throw std::invalid_argument("not a date: " + text);
  return day;
}

inline const date::time_zone& zone_named(std::string_view name) {
  return *date::locate_zone(name);
}

/// For messages: `2026-03-08T05:00:00.000000000Z`
inline std::string shown(policies::WallTime at) {
  return date::format("%FT%TZ", at);
}
inline std::string shown(date::local_days day) {
  return date::format("%F", day);
}

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_POLICIES_INSTANTS_H_
