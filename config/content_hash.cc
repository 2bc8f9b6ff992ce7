#include "config/content_hash.h"

#include <cstdio>

namespace roomkeeper::config {

void ContentHash::add(std::string_view text) {
  constexpr std::uint64_t prime = 1099511628211ULL;
  for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * prime;
  value_ = (value_ ^ 0xFFU) * prime;  // parts do not run into each other
}

std::string ContentHash::text() const {
  char buffer[20];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(value_));
  return buffer;
}

}  // namespace roomkeeper::config
