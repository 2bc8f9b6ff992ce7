#include "policies/stream_traits.h"

namespace roomkeeper::policies {

bool is_frozen(const StreamTraits& traits) {
  return traits.sealed || traits.mirror;
}

bool has_dangerous(const StreamTraits& traits) {
  return is_frozen(traits) || traits.allow_rollup || traits.allow_msg_ttl ||
         traits.allow_msg_schedules || traits.delete_markers || traits.deny_purge ||
         traits.deny_delete;
}

bool is_unadoptable(const StreamTraits& traits) {
  return has_dangerous(traits) || traits.sources;
}

}  // namespace roomkeeper::policies
