// The settings of connection limits.
#include <chrono>
#include <optional>
#include <set>

#include "config/connection_counts.h"
#include "config/row_makers.h"

namespace roomkeeper::config {
namespace {

using policies::ConnectionLimit;
using policies::ErrorCode;
using policies::fail;
using policies::Identity;
using policies::OnLimit;
using policies::Result;

constexpr std::size_t most_identities = 10'000;

/// The first slash parts them: an account's name has none.
std::optional<Identity> parse_identity(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size())
    return std::nullopt;
  return Identity{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

Result<void> check_identity(std::string_view text) {
  if (auto good = check_text(text); !good) return good;
  if (parse_identity(text)) return {};
  return fail(ErrorCode::invalid, "expected ACCOUNT/user, not " + quote(text));
}

std::set<Identity> identities(const SettingInput& input) {
  std::set<Identity> out;
  for (const std::string& item : input.items) {
    if (auto identity = parse_identity(item)) out.insert(*std::move(identity));
  }
  return out;
}

std::string show_identities(const std::set<Identity>& all) {
  std::vector<std::string> texts;
  for (const Identity& identity : all) texts.push_back(identity.account + "/" + identity.user);
  return joined(texts);
}

/// `access`: from a configuration to the limit.
template <class Access>
SettingRow max_row(const std::string& key, std::string_view help, Access access) {
  SettingRow row = make_row(key, "int", help);
  row.help += ", or unlimited (0 to " + std::to_string(most_connections) + ")";
  row.apply = [access](Config& config, const SettingInput& input) -> Applied {
    const std::string& text = input.items.front();
    auto value = parse_connections(text);
    if (!value) return refuse(0, std::move(value.error().text), nearest_connections(text));
    std::optional<int>& max = access(config).max;
    max.reset();
    if (*value >= 0) max = *value;
    return {};
  };
  row.show = [access](const Config& config) { return format_connections(access(config).max); };
  return row;
}

/// `whose`: of whom there may be too many, as a part of a sentence.
template <class Access>
void add_limit(std::vector<SettingRow>& rows, const std::string& section, std::string_view max_help,
               const std::string& whose, Access access) {
  rows.push_back(max_row(section + ".max", max_help, access));
  rows.push_back(choice_row(section + ".on_limit", "who has to go when " + whose + " too many",
                            std::array{OnLimit::reject_new, OnLimit::evict_oldest},
                            [access](auto& config) -> auto& { return access(config).on_limit; }));
  rows.push_back(integer_row(
      section + ".reserved_for_admins",
      "places on top of max that only users of limits.admin_users take", 0, most_reserved,
      [access](auto& config) -> auto& { return access(config).reserved_for_admins; }));
  rows.push_back(bool_row(section + ".enforce_now",
                          "whether those inside go when max is lowered below their number",
                          [access](auto& config) -> auto& { return access(config).enforce_now; }));
}

/// `access`: from a configuration to the users.
template <class Access>
SettingRow users_row(std::string_view key, std::string_view help, Access access) {
  SettingRow row = list_row(
      key, help, 0, most_identities,
      [access](Config& config, const SettingInput& input) { access(config) = identities(input); },
      check_identity);
  row.show = [access](const Config& config) { return show_identities(access(config)); };
  return row;
}

}  // namespace

std::vector<SettingRow> limits_rows() {
  std::vector<SettingRow> rows;
  add_limit(rows, "limits.server_connections",
            "connections of the account that each server may have at the same time", "a server has",
            [](auto& config) -> auto& { return config.limits.connections.server; });
  add_limit(rows, "limits.account_connections",
            "connections of the account on all servers at the same time", "the account has",
            [](auto& config) -> auto& { return config.limits.connections.account; });
  add_limit(rows, "limits.connections_per_user",
            "connections a user may have at the same time, on all servers", "a user has",
            [](auto& config) -> auto& { return config.limits.connections.per_user; });
  rows.push_back(users_row("limits.exempt_users", "users whom no limit counts, as ACCOUNT/user",
                           [](auto& config) -> auto& { return config.limits.connections.exempt; }));
  rows.push_back(
      users_row("limits.shared_users",
                "users behind whom many people stand, not counted per user, as ACCOUNT/user",
                [](auto& config) -> auto& { return config.limits.connections.shared_users; }));
  rows.push_back(users_row("limits.admin_users",
                           "users who take places of reserved_for_admins, as ACCOUNT/user",
                           [](auto& config) -> auto& { return config.limits.connections.admins; }));
  rows.push_back(duration_row("limits.interval",
                              "connections are looked at this often even if nothing happens",
                              std::chrono::seconds(1), std::chrono::hours(1),
                              [](auto& config) -> auto& { return config.limits.interval; }));
  rows.push_back(integer_row("limits.kicks_per_second", "kicks in a second at most, over all users",
                             1, 10'000,
                             [](auto& config) -> auto& { return config.limits.kicks.per_second; }));
  rows.push_back(
      duration_row("limits.longest_kick_interval",
                   "longest wait between kicks of one user who keeps coming back",
                   std::chrono::seconds(1), std::chrono::hours(1),
                   [](auto& config) -> auto& { return config.limits.kicks.longest_interval; }));
  return rows;
}

}  // namespace roomkeeper::config
