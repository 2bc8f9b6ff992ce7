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

std::string unadoptable_text(const StreamTraits& traits) {
  std::string text;
  const auto name = [&](bool is_on, const char* flag) {
    if (is_on) text += (text.empty() ? "" : ", ") + std::string(flag);
  };
  name(traits.sealed, "sealed");
  name(traits.mirror, "mirror");
  name(traits.sources, "sources");
  name(traits.allow_rollup, "allow_rollup_hdrs");
  name(traits.allow_msg_ttl, "allow_msg_ttl");
  name(traits.allow_msg_schedules, "allow_msg_schedules");
  name(traits.delete_markers, "subject_delete_marker_ttl");
  name(traits.deny_purge, "deny_purge");
  name(traits.deny_delete, "deny_delete");
  return text;
}

}  // namespace roomkeeper::policies
