#include "sidecar/limit_rules.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {
namespace {

using config::Config;
using policies::ConnectionLimit;
using policies::NamedLimit;
using policies::RoomSettings;
using policies::RoomSpec;

const RoomSettings* template_of(const Config& config, const RoomSpec& room) {
  const auto found = config.templates.find(room.settings->template_name);
  return found == config.templates.end() ? nullptr : found->second.get();
}

/// A room that shares its settings with the template has no limit of its own.
bool has_own_limit(const Config& config, const RoomSpec& room) {
  const RoomSettings* shared = template_of(config, room);
  if (shared == room.settings.get()) return false;
  return shared == nullptr || shared->connections != room.settings->connections;
}

}  // namespace

std::optional<NamedLimit> room_limit(const Config& config, const RoomDirectory& rooms,
                                     const policies::RoomId& room) {
  const RoomSpec* spec = rooms.desired().find(room);
  if (spec == nullptr) return std::nullopt;
  return NamedLimit{spec->settings->connections, has_own_limit(config, *spec)
                                                     ? "room/" + room.text()
                                                     : "template/" + spec->settings->template_name};
}

std::map<std::string, ConnectionLimit, std::less<>> lenient_rules(const Config& config,
                                                                  const RoomDirectory& rooms) {
  std::map<std::string, ConnectionLimit, std::less<>> rules;
  const auto add = [&rules](std::string name, const ConnectionLimit& limit) {
    if (!limit.enforce_now) rules.emplace(std::move(name), limit);
  };
  const policies::ConnectionLimits& limits = config.limits.connections;
  add("account_connections", limits.account);
  add("server_connections", limits.server);
  add("connections_per_user", limits.per_user);
  for (const policies::UserRule& rule : limits.users)
    add("users/" + rule.pattern, policies::limit_of_rule(limits, &rule));
  for (const auto& [name, settings] : config.templates)
    add("template/" + name, settings->connections);
  for (const RoomSpec& room : rooms.desired().rooms) {
    if (has_own_limit(config, room)) add("room/" + room.id.text(), room.settings->connections);
  }
  return rules;
}

bool rooms_limited(const Config& config, const RoomDirectory& rooms) {
  const bool by_template =
      std::any_of(config.templates.begin(), config.templates.end(),
                  [](const auto& entry) { return entry.second->connections.limited(); });
  if (by_template) return true;
  const auto& all = rooms.desired().rooms;
  return std::any_of(all.begin(), all.end(),
                     [](const RoomSpec& room) { return room.settings->connections.limited(); });
}

std::shared_ptr<const policies::Listening> listening(const Config& config,
                                                     const RoomDirectory& rooms) {
  std::set<std::string, std::less<>> pools;
  for (const auto& [name, settings] : config.templates) {
    if (settings->layout == policies::Layout::pooled) pools.insert(name);
  }
  return std::make_shared<const policies::Listening>(
      config.names, std::move(pools),
      [&rooms](const policies::RoomId& room) { return rooms.desired().find(room) != nullptr; });
}

}  // namespace roomkeeper::sidecar
