// Port: where everything that changes something is told (design.md, "Names on the wire", audit).
//
// Implementation: AuditKeeper. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_AUDIT_LOG_H_
#define ROOMKEEPER_SIDECAR_AUDIT_LOG_H_

#include "api/audit.h"

namespace roomkeeper::sidecar {

class AuditLog {
 public:
  virtual ~AuditLog() = default;
  /// Takes the entry and returns; it is stored later, in order. Never fails towards the caller:
  /// what cannot be stored is counted. `at` may be left unset: it becomes the server's time now.
  virtual void record(api::AuditRecord entry) = 0;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_AUDIT_LOG_H_
