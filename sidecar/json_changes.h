// What differs between two JSON objects, value by value, for the audit. Pure; thread: any; never
// throws.
#ifndef ROOMKEEPER_SIDECAR_JSON_CHANGES_H_
#define ROOMKEEPER_SIDECAR_JSON_CHANGES_H_

#include <string_view>
#include <vector>

#include "api/audit.h"

namespace roomkeeper::sidecar {

/// By key, sorted: nested objects as `stream.max_bytes`, lists as their JSON. A text that is no
/// object counts as an empty one; `id`, which cannot change, is left out.
std::vector<api::AuditChange> json_changes(std::string_view before, std::string_view after);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_JSON_CHANGES_H_
