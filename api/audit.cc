#include "api/audit.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policies/audit_names.h"

namespace roomkeeper::api {
namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<AuditKind, audit_kind_count> kinds = {{
    {AuditKind::daemon_started, "daemon_started"},
    {AuditKind::config_reloaded, "config_reloaded"},
    {AuditKind::room_defined, "room_defined"},
    {AuditKind::room_undefined, "room_undefined"},
    {AuditKind::stream_created, "stream_created"},
    {AuditKind::stream_updated, "stream_updated"},
    {AuditKind::stream_adopted, "stream_adopted"},
    {AuditKind::stream_removed, "stream_removed"},
    {AuditKind::stream_released, "stream_released"},
    {AuditKind::room_pooled, "room_pooled"},
    {AuditKind::room_unpooled, "room_unpooled"},
    {AuditKind::room_moved, "room_moved"},
    {AuditKind::change_failed, "change_failed"},
    {AuditKind::consent, "consent"},
    {AuditKind::purge, "purge"},
    {AuditKind::job, "job"},
    {AuditKind::hold, "hold"},
    {AuditKind::unhold, "unhold"},
    {AuditKind::kick, "kick"},
    {AuditKind::ban, "ban"},
    {AuditKind::unban, "unban"},
    {AuditKind::leader, "leader"},
    {AuditKind::state_imported, "state_imported"},
}};
constexpr Names<Origin, 4> origins = {{
    {Origin::schedule, "schedule"},
    {Origin::file, "file"},
    {Origin::admin_api, "admin_api"},
    {Origin::limit, "limit"},
}};

template <class Enum, std::size_t N>
constexpr bool in_order(const Names<Enum, N>& names) {
  for (std::size_t i = 0; i < N; ++i) {
    if (static_cast<std::size_t>(names[i].first) != i) return false;
  }
  return true;
}
static_assert(in_order(kinds) && in_order(origins), "names stand in the order of the enumerators");

template <class Enum, std::size_t N>
std::string_view name_of(const Names<Enum, N>& names, Enum value) {
  return names[std::min(static_cast<std::size_t>(value), N - 1)].second;
}

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const Names<Enum, N>& names, std::string_view name) {
  for (const auto& [value, text] : names) {
    if (text == name) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(AuditKind kind) {
  return name_of(kinds, kind);
}

std::optional<AuditKind> parse_audit_kind(std::string_view name) {
  return find_name(kinds, name);
}

std::string_view to_string(Origin origin) {
  return name_of(origins, origin);
}

std::optional<Origin> parse_origin(std::string_view name) {
  return find_name(origins, name);
}

std::string audit_subject(AuditKind kind) {
  std::string subject(policies::audit_prefix);
  subject.append(1, '.').append(to_string(kind));
  return subject;
}

}  // namespace roomkeeper::api
