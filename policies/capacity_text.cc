// Amounts and limits of capacity.h as text.
#include <array>

#include "policies/capacity.h"
#include "policies/capacity_size.h"
#include "policies/field_text.h"

namespace roomkeeper::policies {
namespace {

std::string noun(CapacityResource resource) {
  switch (resource) {
    case CapacityResource::ha_assets:
      return "HA assets";
    case CapacityResource::file_handles:
      return "file handles";
    default:
      return std::string(to_string(resource));
  }
}

/// Names of servers are bytes of strangers.
std::string name_text(const std::string& name) {
  std::string text = policies::quoted(name);
  return text.size() >= 2 ? text.substr(1, text.size() - 2) : text;
}

std::string with_verb(CapacityResource resource, std::uint64_t amount, std::string_view what) {
  const bool one = of_bytes(resource) || amount == 1;
  return amount_text(resource, amount) + (one ? " is " : " are ") + std::string(what);
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::array<std::string_view, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  std::uint64_t size = 1024;
  while (unit + 1 < units.size() && bytes / size >= 1024) {
    size *= 1024;
    ++unit;
  }
  const std::uint64_t tenths = bytes % size / (size / 1024) * 10 / 1024;
  return std::to_string(bytes / size) + "." + std::to_string(tenths) + " " +
         std::string(units.at(unit));
}

std::string amount_text(CapacityResource resource, std::uint64_t amount) {
  return of_bytes(resource) ? size_text(amount) : std::to_string(amount);
}

std::string limit_name(const CapacityLevel& level) {
  const std::string what = noun(level.resource);
  switch (level.owner) {
    case LimitOwner::account:
      return what + " of the account";
    case LimitOwner::tier:
      return what + " of the account's tier " + name_text(level.whose);
    case LimitOwner::server:
      return what + " of server " + name_text(level.whose);
    case LimitOwner::servers:
      return what + " of the servers " + name_text(level.whose);
    case LimitOwner::configuration:
      return what + " of a server, as capacity.file_handles says";
    case LimitOwner::recommendation:
      return what + " that are recommended for " + name_text(level.whose);
  }
  return what;
}

std::string level_text(const CapacityLevel& level) {
  std::string text = limit_name(level) + ": " + with_verb(level.resource, level.wanted, "wanted");
  if (!level.limit) return text;
  text += ", " + amount_text(level.resource, level.left()) + " of " +
          with_verb(level.resource, *level.limit, "left");
  if (level.missing > 0) text += ", " + with_verb(level.resource, level.missing, "missing");
  return text;
}

}  // namespace roomkeeper::policies
