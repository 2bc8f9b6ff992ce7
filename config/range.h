// `game-{1..20}`: many ids in one entry. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_RANGE_H_
#define ROOMKEEPER_CONFIG_RANGE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::config {

struct IdRange {
  std::string before;
  std::string after;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  std::size_t width = 0;  ///< digits at least, filled with zeros: `{01..20}` is 2

  std::size_t size() const { return std::size_t{high} - low + 1; }
  std::string id(std::uint32_t number) const;
};

/// Exactly one `{low..high}`, low <= high, at most max_range numbers. Errors: invalid.
policies::Result<IdRange> parse_range(std::string_view text);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_RANGE_H_
