#include "tests/support/zone_file.h"

#include <cstdint>
#include <exception>
#include <filesystem>
#include <string_view>
#include <vector>

namespace roomkeeper::testing {

namespace {

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(
        static_cast<unsigned char>((value >> static_cast<unsigned>(shift)) & 0xffU));
  }
}

/// RFC 8536: a header and one block of data with a single local time type, in force since a
/// transition long ago.
void put_block(std::string& out, std::int64_t offset, int time_bytes) {
  constexpr std::string_view abbreviation("SOON\0", 5);
  out += "TZif2";
  out.append(15, '\0');
  put_big_endian(out, 0, 4);  // UT/local indicators
  put_big_endian(out, 0, 4);  // standard/wall indicators
  put_big_endian(out, 0, 4);  // leap seconds
  put_big_endian(out, 1, 4);  // transitions
  put_big_endian(out, 1, 4);  // local time types
  put_big_endian(out, abbreviation.size(), 4);
  put_big_endian(out, static_cast<std::uint64_t>(INT32_MIN), time_bytes);  // when the type begins
  out += '\0';  // the type of that transition
  put_big_endian(out, static_cast<std::uint64_t>(offset), 4);
  out += '\0';  // not daylight saving
  out += '\0';  // index of the abbreviation
  out.append(abbreviation);
}

std::string tzif(std::int64_t offset) {
  std::string out;
  put_block(out, offset, 4);
  put_block(out, offset, 8);
  return out + "\n\n";
}

/// Debian's zone directory; the name of a zone is relative to it.
constexpr std::string_view zone_directory = "/usr/share/zoneinfo";

/// date's headers can make a zone but not destroy one: zones live as long as the process, as the
/// database's do.
const date::time_zone* keep(const std::string& name) {
  static std::vector<const date::time_zone*> zones;
  zones.push_back(new date::time_zone(name, date::detail::undocumented{}));
  return zones.back();
}

}  // namespace

ZoneFile::ZoneFile(std::chrono::seconds offset) : directory_(std::make_shared<TempDirectory>()) {
  const auto file = directory_->write("Soon", tzif(offset.count()));
  const std::string name = std::filesystem::relative(file, zone_directory).string();
  zone_ = keep(name);
  static_cast<void>(
      zone_->get_info(date::sys_seconds{}));  // loads it now, so that a failure is this test's
}

ZoneFile ZoneFile::with_midnight_at(policies::WallTime instant) {
  using namespace std::chrono;
  const auto second = ceil<seconds>(instant.time_since_epoch());
  auto offset = -(second % hours(24));
  if (offset < -hours(12)) offset += hours(24);
  return ZoneFile(offset);
}

policies::ZoneLookup ZoneFile::lookup() const {
  return [zone = zone_](std::string_view name) -> const date::time_zone* {
    if (name == zone->name()) return zone;
    try {
      return date::locate_zone(std::string(name));
    } catch (const std::exception&) {
      return nullptr;
    }
  };
}

}  // namespace roomkeeper::testing
