// Where the limits of the configuration in force stand, by the names under which they are
// remembered: "account_connections", "users/bot-*", "template/lobby", "room/general". Pure. Thread:
// the loop's.
#ifndef ROOMKEEPER_SIDECAR_LIMIT_RULES_H_
#define ROOMKEEPER_SIDECAR_LIMIT_RULES_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "config/config.h"
#include "policies/limit_groups.h"
#include "policies/listening.h"
#include "sidecar/room_directory.h"

namespace roomkeeper::sidecar {

/// Of a room that is wanted: its own where it differs from its template's, else the template's.
/// nullopt: nobody wants the room.
std::optional<policies::NamedLimit> room_limit(const config::Config& config,
                                               const RoomDirectory& rooms,
                                               const policies::RoomId& room);

/// All rules without `enforce_now`, by name.
std::map<std::string, policies::ConnectionLimit, std::less<>> lenient_rules(
    const config::Config& config, const RoomDirectory& rooms);

/// Some room's connections are limited.
bool rooms_limited(const config::Config& config, const RoomDirectory& rooms);

/// What subscriptions hear, by the rooms and pools that are wanted. `rooms` must outlive it.
std::shared_ptr<const policies::Listening> listening(const config::Config& config,
                                                     const RoomDirectory& rooms);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LIMIT_RULES_H_
