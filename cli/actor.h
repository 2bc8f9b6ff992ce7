// Who asks, as roomctl says it of itself with every request: for the audit. Nobody checks it.
#ifndef ROOMKEEPER_CLI_ACTOR_H_
#define ROOMKEEPER_CLI_ACTOR_H_

#include <string>
#include <string_view>

#include "cli/settings.h"

namespace roomkeeper::cli {

/// `login@host nats:user`: printable ASCII, at most 128 bytes. Any part may be missing.
std::string actor_text(std::string_view login, std::string_view host, std::string_view nats_user);
/// The same of this process: its effective user, its host, and the user of the connection.
std::string own_actor(const Settings& settings);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_ACTOR_H_
