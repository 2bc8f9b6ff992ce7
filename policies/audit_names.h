// Where the audit lies on the wire: fixed, so that its readers need no settings. Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_AUDIT_NAMES_H_
#define ROOMKEEPER_POLICIES_AUDIT_NAMES_H_

#include <string_view>

namespace roomkeeper::policies {

inline constexpr std::string_view audit_stream = "ROOMKEEPER_AUDIT";
inline constexpr std::string_view audit_prefix = "roomkeeper.audit";  ///< of its subjects
inline constexpr std::string_view audit_subjects = "roomkeeper.audit.>";
/// Beside `roomkeeper.instance` in the stream's metadata: this is no room.
inline constexpr std::string_view audit_mark = "roomkeeper.audit";

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_AUDIT_NAMES_H_
