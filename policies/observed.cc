#include "policies/observed.h"

#include <algorithm>

namespace roomkeeper::policies {

const ObservedStream* ObservedStreams::find(std::string_view name) const {
  const auto found = std::lower_bound(
      streams.begin(), streams.end(), name,
      [](const ObservedStream& stream, std::string_view wanted) { return stream.name < wanted; });
  return found != streams.end() && found->name == name ? &*found : nullptr;
}

}  // namespace roomkeeper::policies
