// Tells the audit what a pass has changed: what is the same for many rooms as one entry.
//
// A pass that makes ten thousand rooms costs fifty entries. A removal is told by itself and at
// once. Thread: the loop's. Ownership: the log must outlive this.
#ifndef ROOMKEEPER_SIDECAR_CHANGE_AUDIT_H_
#define ROOMKEEPER_SIDECAR_CHANGE_AUDIT_H_

#include <map>
#include <string>

#include "policies/plan.h"
#include "policies/time.h"
#include "sidecar/audit_log.h"
#include "sidecar/change_applier.h"

namespace roomkeeper::sidecar {

class ChangeAudit {
 public:
  explicit ChangeAudit(AuditLog& audit) : audit_(audit) {}

  /// How a change ended. What was only planned for another world is not told.
  void note(const policies::Change& change, const Applied& applied, policies::MonoTime now);
  /// The pass has ended: tells what waits for more of its kind.
  void flush();

 private:
  struct Group {
    api::AuditRecord entry;
    std::string stream;  ///< of its first room
    policies::MonoTime since{};
  };
  void tell(Group group);

  AuditLog& audit_;
  std::map<std::string, Group, std::less<>> groups_;  ///< by what their rooms have in common
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CHANGE_AUDIT_H_
