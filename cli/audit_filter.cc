#include "cli/audit_filter.h"

#include <algorithm>
#include <vector>

#include "cli/command.h"
#include "cli/format.h"
#include "cli/suggest.h"
#include "policies/audit_names.h"

namespace roomkeeper::cli {
namespace {

using api::AuditKind;
using api::AuditRecord;

template <class Name>
std::vector<std::string> names_of(std::size_t count, const Name& name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.emplace_back(name(i));
  return names;
}

/// `bob` is `APP/bob`, too: kicks name the account.
bool is_user(const std::string& user, const std::string& wanted) {
  if (user == wanted) return true;
  const std::size_t slash = user.find('/');
  return slash != std::string::npos && std::string_view(user).substr(slash + 1) == wanted;
}

}  // namespace

std::string AuditFilter::subject() const {
  return kind ? api::audit_subject(*kind) : std::string(policies::audit_subjects);
}

bool AuditFilter::matches(const AuditRecord& record) const {
  if (kind && record.kind != *kind) return false;
  if (reason && record.reason != *reason) return false;
  if (!user.empty() && !is_user(record.user, user)) return false;
  if (room.empty() || record.room == room) return true;
  return std::any_of(record.rooms.begin(), record.rooms.end(),
                     [this](const api::AuditRoom& one) { return one.room == room; });
}

void AuditFilter::reduce(AuditRecord& record) const {
  if (room.empty() || record.rooms.empty()) return;
  std::erase_if(record.rooms, [this](const api::AuditRoom& one) { return one.room != room; });
  if (record.messages && !record.rooms.empty()) record.messages = record.rooms.front().messages;
}

api::ApiResult<AuditFilter> audit_filter(const Arguments& arguments) {
  AuditFilter filter;
  filter.room = arguments.value("room");
  filter.user = arguments.value("user");
  if (const std::string name = arguments.value("kind"); !name.empty()) {
    filter.kind = api::parse_audit_kind(name);
    if (!filter.kind) {
      const auto kinds = names_of(api::audit_kind_count, [](std::size_t i) {
        return std::string(to_string(static_cast<AuditKind>(i)));
      });
      return usage_error("--kind: unknown kind \"" + name + "\"" + did_you_mean(name, kinds) +
                         "; there are " + listed(kinds));
    }
  }
  if (const std::string name = arguments.value("reason"); !name.empty()) {
    filter.reason = policies::parse_reason(name);
    if (!filter.reason) {
      const auto reasons = names_of(policies::reason_count, [](std::size_t i) {
        return std::string(policies::to_string(static_cast<policies::Reason>(i)));
      });
      return usage_error("--reason: unknown reason \"" + name + "\"" + did_you_mean(name, reasons) +
                         "; docs/operations.md lists them");
    }
  }
  return filter;
}

api::ApiResult<AuditRecord> read_audit(std::string_view subject, std::string_view data) {
  api::ApiResult<AuditRecord> record = api::decode_audit(data);
  if (record && api::audit_subject(record->kind) != subject) {
    return tl::unexpected<api::ApiError>(
        api::ApiError{api::ApiCode::bad_request, "its subject says another kind", {}});
  }
  return record;
}

}  // namespace roomkeeper::cli
