// Which entries of the audit a person wants to see. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_AUDIT_FILTER_H_
#define ROOMKEEPER_CLI_AUDIT_FILTER_H_

#include <optional>
#include <string>
#include <string_view>

#include "api/audit.h"
#include "cli/arguments.h"
#include "policies/reason.h"

namespace roomkeeper::cli {

struct AuditFilter {
  std::string room;  ///< empty: any
  std::string user;  ///< a user id, or ACCOUNT/user
  std::optional<api::AuditKind> kind;
  std::optional<policies::Reason> reason;

  /// True when what is wanted cannot be told from the subject alone.
  bool by_content() const { return !room.empty() || !user.empty() || reason.has_value(); }
  bool any() const { return by_content() || kind.has_value(); }
  /// `roomkeeper.audit.purge`, or all of them.
  std::string subject() const;
  bool matches(const api::AuditRecord& record) const;
  /// Of an entry about many rooms only the one that was asked for is left.
  void reduce(api::AuditRecord& record) const;
};

/// `--room`, `--user`, `--kind`, `--reason`. Errors: bad_request, with what is known.
api::ApiResult<AuditFilter> audit_filter(const Arguments& arguments);

/// An entry, or why the message is none. `subject`: the message's.
api::ApiResult<api::AuditRecord> read_audit(std::string_view subject, std::string_view data);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_AUDIT_FILTER_H_
