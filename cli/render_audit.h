// Entries of the audit as text for people. Pure but for the local time zone; texts of strangers are
// made safe. Thread: any.
#ifndef ROOMKEEPER_CLI_RENDER_AUDIT_H_
#define ROOMKEEPER_CLI_RENDER_AUDIT_H_

#include <string>

#include "api/audit.h"
#include "cli/stream_reader.h"

namespace roomkeeper::cli {

/// Heads of the columns TIME, KIND and WHAT.
std::string audit_head();
/// One entry: WHAT goes on in lines of its own where it is wider than `width`; 0: one line.
std::string render_audit(const api::AuditRecord& record, int width);
/// A message that is no entry.
std::string render_unreadable(const StreamMessage& message, const std::string& why, int width);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RENDER_AUDIT_H_
