#include "sidecar/server_version.h"

#include <charconv>
#include <system_error>

namespace roomkeeper::sidecar {

std::optional<std::pair<int, int>> parse_server_version(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, minor);
  if (second.ec != std::errc{}) return std::nullopt;
  return std::pair{major, minor};
}

bool is_supported(std::string_view version) {
  const auto parsed = parse_server_version(version);
  return parsed && *parsed >= std::pair{2, 10};
}

}  // namespace roomkeeper::sidecar
