// The settings of connection limits.
#include <chrono>
#include <optional>
#include <set>

#include "config/row_makers.h"

namespace roomkeeper::config {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Identity;
using policies::OnLimit;
using policies::Result;

constexpr int most_connections = 1'000'000;
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

SettingRow max_row() {
  SettingRow row =
      make_row("limits.connections_per_user.max", "int",
               "connections a user may have at the same time, or unlimited (0 to 1000000)");
  row.apply = [](Config& config, const SettingInput& input) -> Applied {
    std::optional<int>& max = config.limits.connections.per_user.max;
    if (input.items.front() == "unlimited") {
      max.reset();
      return {};
    }
    auto value = parse_integer(input.items.front(), 0, most_connections);
    if (!value)
      return refuse(0, "expected a whole number from 0 to 1000000 or unlimited, not " +
                           quote(input.items.front()));
    max = static_cast<int>(*value);
    return {};
  };
  row.show = [](const Config& config) {
    const std::optional<int>& max = config.limits.connections.per_user.max;
    return max ? std::to_string(*max) : std::string("unlimited");
  };
  return row;
}

}  // namespace

std::vector<SettingRow> limits_rows() {
  std::vector<SettingRow> rows;
  rows.push_back(max_row());
  rows.push_back(choice_row(
      "limits.connections_per_user.on_limit", "who has to go when a user has too many",
      std::array{OnLimit::reject_new, OnLimit::evict_oldest},
      [](auto& config) -> auto& { return config.limits.connections.per_user.on_limit; }));
  rows.push_back(list_row(
      "limits.exempt_users", "users without limits, as ACCOUNT/user", 0, most_identities,
      [](Config& config, const SettingInput& input) {
        config.limits.connections.exempt = identities(input);
      },
      check_identity));
  rows.back().show = [](const Config& config) {
    return show_identities(config.limits.connections.exempt);
  };
  rows.push_back(list_row(
      "limits.shared_users",
      "users behind whom many people stand, not counted per user, as ACCOUNT/user", 0,
      most_identities,
      [](Config& config, const SettingInput& input) {
        config.limits.connections.shared_users = identities(input);
      },
      check_identity));
  rows.back().show = [](const Config& config) {
    return show_identities(config.limits.connections.shared_users);
  };
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
