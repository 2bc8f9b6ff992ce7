// What a reload of the configuration has changed, or why it was refused, as entries of the audit.
// Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_RELOAD_AUDIT_H_
#define ROOMKEEPER_SIDECAR_RELOAD_AUDIT_H_

#include <string>
#include <vector>

#include "api/audit.h"
#include "config/config.h"

namespace roomkeeper::sidecar {

/// Settings and settings of templates, old and new; rooms as counts. `kept`: settings, or sections
/// of them, that stay as they were until a restart.
api::AuditRecord audit_of_reload(const config::Config& before, const config::Config& after,
                                 const std::vector<std::string>& kept);
api::AuditRecord audit_of_refusal(const std::vector<config::Problem>& problems);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_RELOAD_AUDIT_H_
