// A time zone of a test's own: one fixed offset from UTC, chosen so that a local midnight comes
// when it is wanted.
//
//   const ZoneFile zone = ZoneFile::with_midnight_at(clock.wall() + 5s);
//   rule = UntilMidnight{.days = 0, .zone = zone.get()};
//   parse_retention(text, zone.lookup());                  // knows zone.name() and all of the IANA
//   database
//
// A TZif file in a temporary directory, read by the date library as it reads the system's. The name
// leads out of the system's zone directory ("../../../tmp/.../Soon"), so only the lookup here finds
// it. REQUIRES: date built with the system's database (Debian's is).
#ifndef ROOMKEEPER_TESTS_SUPPORT_ZONE_FILE_H_
#define ROOMKEEPER_TESTS_SUPPORT_ZONE_FILE_H_

#include <chrono>
#include <memory>
#include <string>

#include <date/tz.h>

#include "policies/retention.h"
#include "policies/time.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

class ZoneFile {
 public:
  /// Local time is UTC + offset, at all times. Throws, which fails the test, when date cannot read
  /// it.
  explicit ZoneFile(std::chrono::seconds offset);
  /// Local midnights come at `instant` (rounded up to a full second) and every 24 h before and
  /// after it.
  static ZoneFile with_midnight_at(policies::WallTime instant);

  const date::time_zone* get() const {
    return zone_;
  }  ///< never freed, as the zones of the database
  std::string name() const { return zone_->name(); }
  /// Finds this zone and those of the database; null for others.
  policies::ZoneLookup lookup() const;

 private:
  std::shared_ptr<TempDirectory> directory_;
  const date::time_zone* zone_ = nullptr;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_ZONE_FILE_H_
